"""Ending sign-ins, inside the transaction of whoever needs it."""

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.signin.model import SignIn
from orchestrator.types import ActorKind


async def end_sign_ins(
    session: AsyncSession, kind: ActorKind, actor: str, *, keep: str | None = None
) -> int:
    """End all sign-ins of somebody, except `keep`; returns how many were ended."""
    theirs = (SignIn.actor_kind == kind, SignIn.actor_id == actor, SignIn.id != (keep or ""))
    count = await session.scalar(select(func.count()).select_from(SignIn).where(*theirs)) or 0
    await session.execute(delete(SignIn).where(*theirs))
    return count
