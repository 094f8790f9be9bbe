"""What other services ask of trunks, inside their own transactions."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.db.stored import leads_to
from orchestrator.errors import Invalid
from orchestrator.trunks.model import Trunk
from orchestrator.types import Destination, Scope


async def require_trunk(
    session: AsyncSession, scope: Scope, trunk: str, field: str = "body.trunk"
) -> None:
    """Raise Invalid for `field` unless it is a trunk of the tenant."""
    found = await session.scalar(
        select(Trunk.id).where(Trunk.tenant_id == scope.tenant, Trunk.id == trunk)
    )
    if found is None:
        raise Invalid.field(field, "there is no such trunk")


async def trunks_leading_to(
    session: AsyncSession, scope: Scope, destination: Destination
) -> list[str]:
    """Readable names of the trunks whose calls without a DID go to `destination`."""
    rows = await session.scalars(
        select_in(scope, Trunk)
        .where(leads_to(destination, Trunk.default_destination))
        .order_by(Trunk.name)
    )
    return [f"trunk {row.name}" for row in rows]


async def trunks_of_department(session: AsyncSession, scope: Scope, department: str) -> list[str]:
    """Readable names of the trunks that only people of a department use."""
    rows = await session.scalars(
        select_in(scope, Trunk).where(Trunk.department_id == department).order_by(Trunk.name)
    )
    return [f"trunk {row.name}" for row in rows]
