"""What other services ask of departments, inside their own transactions."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.departments.model import Department
from orchestrator.types import Scope, TenantId

DEFAULT_NAME = "Default"


async def department_names(session: AsyncSession, scope: Scope) -> dict[str, str]:
    """Id -> name of all departments of the tenant."""
    return {row.id: row.name for row in await session.scalars(select_in(scope, Department))}


async def default_department(session: AsyncSession, scope: Scope) -> str:
    """The id of the tenant's default department; every tenant has one."""
    found = await session.scalars(
        select(Department.id).where(Department.tenant_id == scope.tenant, Department.is_default)
    )
    return found.one()


def add_default_department(session: AsyncSession, tenant: TenantId) -> None:
    """Give a new tenant its default department."""
    session.add(Department(tenant_id=tenant, name=DEFAULT_NAME, is_default=True))
