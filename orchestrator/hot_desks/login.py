"""Logging in to hot-desk phones, and out of them by telephone and by the clock."""

from datetime import datetime

from orchestrator.clock import Clock
from orchestrator.db.session import Database
from orchestrator.devices.hot_desks import log_in, log_out, phone_in, used_before
from orchestrator.errors import Conflict, Denied
from orchestrator.types import ActorKind, Scope


class HotDeskLogin:
    """Use cases of those who use hot-desk phones. They need no right: whoever proves who they are
    may use any of the tenant's phones."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def use(self, scope: Scope, phone: str) -> None:
        """Make the phone that of the actor, who proved at it who they are."""
        if scope.actor.kind is not ActorKind.USER:
            raise Denied("Only people log in to telephones.")
        async with self._database.transaction(scope) as session:
            found = await phone_in(session, scope, phone)
            if found.disabled:
                raise Conflict("This telephone is disabled.")
            await log_in(session, scope, found, scope.actor.id, self._clock.now())

    async def leave(self, scope: Scope, phone: str) -> None:
        """Log the actor out of the phone; nothing happens when it is somebody else's by now."""
        async with self._database.transaction(scope) as session:
            found = await phone_in(session, scope, phone)
            if found.user_id == scope.actor.id:
                await log_out(session, scope, [found])

    async def end_before(self, scope: Scope, instant: datetime) -> int:
        """Log out everybody who logged in before `instant`; how many those were."""
        async with self._database.transaction(scope) as session:
            found = await session.scalars(used_before(scope, instant))
            return await log_out(session, scope, found)
