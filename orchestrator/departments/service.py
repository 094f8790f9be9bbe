"""Departments of a tenant: containers of people and rights."""

from collections.abc import Sequence
from typing import Any, Protocol

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.menu import remove_menu
from orchestrator.departments.model import Department
from orchestrator.departments.schemas import (
    DepartmentCreate,
    DepartmentOut,
    DepartmentPatch,
    DepartmentQuery,
)
from orchestrator.errors import Conflict, InUse, NotFound
from orchestrator.ivr.lookup import ivrs_of_department
from orchestrator.parking.lookup import parking_of_department
from orchestrator.queues.lookup import queues_of_department
from orchestrator.rights.rules import Right, departments_with, require
from orchestrator.ring_groups.lookup import ring_groups_of_department
from orchestrator.routing.lookup import rules_of_department
from orchestrator.schemas import Page
from orchestrator.trunks.lookup import trunks_of_department
from orchestrator.types import Scope

_KEYS = {"name": Department.name, "created_at": Department.created_at}


class Members(Protocol):
    """Who is in a department, by readable name (`people/service.py` knows)."""

    async def in_department(
        self, session: AsyncSession, scope: Scope, department: str
    ) -> Sequence[str]: ...


class DepartmentService:
    """Use cases of departments. Whoever may open the console sees those where they may."""

    def __init__(self, database: Database, members: Members) -> None:
        self._database = database
        self._members = members

    async def list(self, scope: Scope, query: DepartmentQuery) -> Page[DepartmentOut]:
        statement = _visible(scope)
        if query.search:
            statement = statement.where(Department.name.icontains(query.search, autoescape=True))
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=Department.id
            )
            return Page(items=[DepartmentOut.model_validate(r) for r in rows], next=following)

    async def get(self, scope: Scope, id: str) -> DepartmentOut:  # noqa: A002
        async with self._database.reading() as session:
            row = await session.scalar(_visible(scope).where(Department.id == id))
            if row is None:
                raise NotFound("There is no such department.")
            return DepartmentOut.model_validate(row)

    async def create(self, scope: Scope, body: DepartmentCreate) -> DepartmentOut:
        require(scope.actor, Right.DEPARTMENTS)
        async with self._database.transaction(scope) as session:
            row = Department(tenant_id=scope.tenant, is_default=False, **body.model_dump())
            session.add(row)
            await session.flush()
            return DepartmentOut.model_validate(row)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: DepartmentPatch,
        version: int | None = None,
    ) -> DepartmentOut:
        require(scope.actor, Right.DEPARTMENTS, id)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, Department, id)
            require_version(row, version)
            for name, value in patch.changes().items():
                setattr(row, name, value)
            await session.flush()
            return DepartmentOut.model_validate(row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        """Refused for the default department, while anybody is in it, and while something names
        it."""
        require(scope.actor, Right.DEPARTMENTS, id)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, Department, id)
            require_version(row, version)
            if row.is_default:
                raise Conflict("The default department cannot be deleted.", id="default-department")
            if names := await self._members.in_department(session, scope, id):
                raise InUse(f"{row.name} still has members.", names)
            if used_by := await _uses(session, scope, id):
                raise InUse(f"{row.name} is still used.", used_by)
            await remove_menu(session, scope, row)
            await session.delete(row)


async def _uses(session: AsyncSession, scope: Scope, department: str) -> list[str]:
    """What names the department, by readable name."""
    return [
        *await ivrs_of_department(session, scope, department),
        *await rules_of_department(session, scope, department),
        *await parking_of_department(session, scope, department),
        *await trunks_of_department(session, scope, department),
        *await ring_groups_of_department(session, scope, department),
        *await queues_of_department(session, scope, department),
    ]


def _visible(scope: Scope) -> Select[Any]:
    """Departments where the actor may open the console."""
    statement = select_in(scope, Department)
    reach = departments_with(scope.actor, Right.OPEN_ADMIN_CONSOLE)
    return statement if reach is None else statement.where(Department.id.in_(reach))
