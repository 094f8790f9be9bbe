"""What other services ask of prompts, inside their own transactions."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import count_in
from orchestrator.errors import Invalid
from orchestrator.prompts.model import Prompt
from orchestrator.prompts.rules import is_prompt_id
from orchestrator.types import Scope


async def require_prompt(
    session: AsyncSession, scope: Scope, reference: str | None, field: str
) -> None:
    """Raise Invalid for `field` when `reference` is the id of a prompt that the tenant has not."""
    if reference is None or not is_prompt_id(reference):
        return
    if not await session.scalar(count_in(scope, Prompt).where(Prompt.id == reference)):
        raise Invalid.field(field, "there is no such prompt")


async def files_of_prompts(session: AsyncSession) -> set[str]:
    """The files in the media store of all prompts of all tenants."""
    return set(await session.scalars(select(Prompt.file)))
