"""What other services ask of trunks, inside their own transactions."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.errors import Invalid
from orchestrator.trunks.model import Trunk
from orchestrator.types import Scope


async def require_trunk(
    session: AsyncSession, scope: Scope, trunk: str, field: str = "body.trunk"
) -> None:
    """Raise Invalid for `field` unless it is a trunk of the tenant."""
    found = await session.scalar(
        select(Trunk.id).where(Trunk.tenant_id == scope.tenant, Trunk.id == trunk)
    )
    if found is None:
        raise Invalid.field(field, "there is no such trunk")


async def trunks_of_department(session: AsyncSession, scope: Scope, department: str) -> list[str]:
    """Readable names of the trunks by which only people of the department call out."""
    found = await session.scalars(
        select_in(scope, Trunk).where(Trunk.department_id == department).order_by(Trunk.name)
    )
    return [f"trunk {row.name}" for row in found]
