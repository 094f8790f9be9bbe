"""What other services ask of voicemail, inside their own transactions."""

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import count_in
from orchestrator.types import Scope
from orchestrator.voicemail.model import VoicemailBox


async def has_box(session: AsyncSession, scope: Scope, owner: str) -> bool:
    """Whether the user or ring group `owner` has a box that takes messages."""
    wanted = count_in(scope, VoicemailBox).where(
        or_(VoicemailBox.user_id == owner, VoicemailBox.ring_group_id == owner),
        VoicemailBox.enabled,
    )
    return bool(await session.scalar(wanted))


def add_box(session: AsyncSession, scope: Scope, user: str) -> None:
    """A box for a new user, with the settings that boxes have by default."""
    session.add(VoicemailBox(tenant_id=scope.tenant, user_id=user))
