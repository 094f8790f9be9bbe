"""Carries out what people change by dial codes, in their name: so their rights hold, and the
audit log says who it was."""

from collections.abc import Callable

from orchestrator.clock import Clock
from orchestrator.db.session import Database
from orchestrator.errors import Denied
from orchestrator.forwarding.rules import Status
from orchestrator.forwarding.schemas import StatusBody
from orchestrator.forwarding.service import ForwardingService
from orchestrator.hot_desks.login import HotDeskLogin
from orchestrator.hotel.rules import taken
from orchestrator.hotel.service import MinibarService, RoomService
from orchestrator.hours.overrides import OverrideService
from orchestrator.hours.rules import OverrideState
from orchestrator.people.accounts import dialler
from orchestrator.routing.plan import Plan
from orchestrator.types import Scope, TenantId

_SELF = "-"


class DialledFeatures:
    """The `Features` of calls (`calls/features.py`), over the services of the features."""

    def __init__(self, database: Database, clock: Clock, plan: Callable[[], Plan]) -> None:
        self._database = database
        self._forwarding = ForwardingService(database, clock, plan)
        self._overrides = OverrideService(database, clock)
        self._rooms = RoomService(database, clock)
        self._minibar = MinibarService(database, clock)
        self._desks = HotDeskLogin(database, clock)

    async def set_status(self, tenant: TenantId, user: str, status: Status) -> None:
        scope = await self._scope(tenant, user)
        await self._forwarding.set_status(scope, _SELF, StatusBody(status=status))

    async def set_queues(self, tenant: TenantId, user: str, logged_in: bool) -> None:
        await self._forwarding.set_queues(await self._scope(tenant, user), _SELF, logged_in)

    async def override_hours(
        self, tenant: TenantId, user: str, state: OverrideState | None
    ) -> None:
        await self._overrides.force(await self._scope(tenant, user), state)

    async def report_room(self, tenant: TenantId, user: str, report: str) -> None:
        scope = await self._scope(tenant, user)
        if items := taken(report):
            await self._minibar.report(scope, items)
        else:
            await self._rooms.report_status(scope, report)

    async def use_hot_desk(self, tenant: TenantId, user: str, desk: str) -> None:
        await self._desks.use(await self._scope(tenant, user), desk)

    async def leave_hot_desk(self, tenant: TenantId, user: str, desk: str) -> None:
        await self._desks.leave(await self._scope(tenant, user), desk)

    async def _scope(self, tenant: TenantId, user: str) -> Scope:
        async with self._database.reading() as session:
            actor = await dialler(session, user)
        if actor is None or actor.tenant != tenant:
            raise Denied("There is no such user any more.")
        return Scope(tenant, actor)
