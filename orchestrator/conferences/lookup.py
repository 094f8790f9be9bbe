"""What other services ask of conference rooms, inside their own transactions."""

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.conferences.model import Conference
from orchestrator.db.scope import count_in
from orchestrator.types import Scope


async def has_conference(session: AsyncSession, scope: Scope, room: str) -> bool:
    """Whether `room` is the id of a conference room of the tenant."""
    return bool(await session.scalar(count_in(scope, Conference).where(Conference.id == room)))
