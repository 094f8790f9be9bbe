"""What users switch for themselves with a word: their status, and being logged in to queues."""

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.db.session import Database
from orchestrator.errors import Denied
from orchestrator.forwarding.model import UserStatus
from orchestrator.forwarding.rules import Status
from orchestrator.types import ActorKind, Scope


class UserSwitches:
    """Use cases of a user's own switches; the actor is the user."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set_status(self, scope: Scope, status: Status) -> None:
        """From now on and until it is changed again: a temporary status and the one that the
        office hours choose give way."""
        async with self._database.transaction(scope) as session:
            row = await _own_row(session, scope)
            row.status, row.auto_switch = status, False
            row.temporary = row.temporary_until = None

    async def set_queues(self, scope: Scope, logged_in: bool) -> None:
        async with self._database.transaction(scope) as session:
            (await _own_row(session, scope)).queues = logged_in


async def _own_row(session: AsyncSession, scope: Scope) -> UserStatus:
    if scope.actor.kind is not ActorKind.USER:
        raise Denied("Only a user has a status.")
    row = await session.scalar(
        select_in(scope, UserStatus).where(UserStatus.user_id == scope.actor.id)
    )
    if row is None:
        row = UserStatus(tenant_id=scope.tenant, user_id=scope.actor.id)
        session.add(row)
    return row
