"""What other services ask of departments, inside their own transactions."""

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.departments.model import Department
from orchestrator.errors import Invalid, NotFound
from orchestrator.rights.rules import Right, allowed, require
from orchestrator.types import Scope, TenantId

DEFAULT_NAME = "Default"


async def department_names(session: AsyncSession, scope: Scope) -> dict[str, str]:
    """Id -> name of all departments of the tenant."""
    return {row.id: row.name for row in await session.scalars(select_in(scope, Department))}


async def department_zones(session: AsyncSession, scope: Scope) -> dict[str, str | None]:
    """Id -> time zone of all departments of the tenant; None: that of the tenant."""
    return {row.id: row.timezone for row in await session.scalars(select_in(scope, Department))}


async def require_department(
    session: AsyncSession, scope: Scope, department: str, right: Right
) -> None:
    """Raise Denied without `right` anywhere, NotFound without it in `department`: departments
    of others and those that do not exist look alike."""
    require(scope.actor, right)
    known = await department_names(session, scope)
    if department not in known or not allowed(scope.actor, right, department):
        raise NotFound("There is no such department.")


async def check_department(
    session: AsyncSession, scope: Scope, department: str, right: Right
) -> None:
    """Raise Invalid for `body.department` unless it exists and the actor holds `right` there."""
    known = await department_names(session, scope)
    if department not in known or not allowed(scope.actor, right, department):
        raise Invalid.field("body.department", "there is no such department")


async def default_department(session: AsyncSession, scope: Scope) -> str:
    """The id of the tenant's default department.

    Every tenant gets one when it is created, except the platform, which a migration makes: there
    it is made now.
    """
    wanted = select_in(scope, Department).where(Department.is_default)
    found = await session.scalar(wanted)
    if found is None:
        add_default_department(session, scope.tenant)
        await session.flush()
        found = (await session.scalars(wanted)).one()
    return found.id


def add_default_department(session: AsyncSession, tenant: TenantId) -> None:
    """Give a new tenant its default department."""
    session.add(Department(tenant_id=tenant, name=DEFAULT_NAME, is_default=True))


async def departments_with_music(session: AsyncSession, scope: Scope, playlist: str) -> list[str]:
    """Readable names of the departments whose callers hear `playlist`."""
    wanted = select_in(scope, Department).where(Department.music_id == playlist)
    rows = await session.scalars(wanted.order_by(Department.name))
    return [f"department {row.name}" for row in rows]
