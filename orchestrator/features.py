"""Carries out what people change by dial codes, in their name: so their rights hold, and the
audit log says who it was."""

from orchestrator.clock import Clock
from orchestrator.db.session import Database
from orchestrator.errors import Denied
from orchestrator.forwarding.rules import Status
from orchestrator.forwarding.switches import UserSwitches
from orchestrator.hours.overrides import OverrideService
from orchestrator.hours.rules import OverrideState
from orchestrator.people.accounts import dialler
from orchestrator.types import Scope, TenantId


class DialledFeatures:
    """The `Features` of calls (`calls/features.py`), over the services of the features."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._switches = UserSwitches(database)
        self._overrides = OverrideService(database, clock)

    async def set_status(self, tenant: TenantId, user: str, status: Status) -> None:
        await self._switches.set_status(await self._scope(tenant, user), status)

    async def set_queues(self, tenant: TenantId, user: str, logged_in: bool) -> None:
        await self._switches.set_queues(await self._scope(tenant, user), logged_in)

    async def override_hours(
        self, tenant: TenantId, user: str, state: OverrideState | None
    ) -> None:
        await self._overrides.force(await self._scope(tenant, user), state)

    async def _scope(self, tenant: TenantId, user: str) -> Scope:
        async with self._database.reading() as session:
            actor = await dialler(session, user)
        if actor is None or actor.tenant != tenant:
            raise Denied("There is no such user any more.")
        return Scope(tenant, actor)
