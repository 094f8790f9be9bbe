"""Numbers of a tenant's plan: who has them, and which nobody may have.

For all owners of numbers (users, ring groups, queues and so on), inside their own transactions.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.errors import Invalid
from orchestrator.options.lookup import tenant_options
from orchestrator.people.model import Extension
from orchestrator.people.rules import OwnerKind
from orchestrator.routing.dial_codes import taking
from orchestrator.routing.lookup import is_emergency_number
from orchestrator.types import Scope


async def check_number(
    session: AsyncSession, scope: Scope, number: str, field: str = "body.number"
) -> None:
    """Raise Invalid for `field` when something else answers to `number`.

    Nobody must answer where somebody calls for help, and a dial code must go on working.
    """
    if await is_emergency_number(session, scope, number):
        raise Invalid.field(field, "is an emergency number")
    codes = (await tenant_options(session, scope)).codes
    if (function := taking(codes, number)) is not None:
        raise Invalid.field(field, f"is taken by the dial code {codes[function]} ({function})")


async def set_number(
    session: AsyncSession, scope: Scope, kind: OwnerKind, owner: str, number: str
) -> None:
    """Give the owner this number, in place of the one it has. Raises Invalid, or Taken later."""
    row = await _row(session, scope, kind, owner)
    if row is not None and row.number == number:
        return
    await check_number(session, scope, number)
    if row is None:
        row = Extension(tenant_id=scope.tenant, number=number, owner_kind=kind, owner_id=owner)
        session.add(row)
    row.number = number
    await session.flush()


async def drop_number(session: AsyncSession, scope: Scope, kind: OwnerKind, owner: str) -> None:
    """The number of an owner that is deleted is free again."""
    row = await _row(session, scope, kind, owner)
    if row is not None:
        await session.delete(row)


async def numbers_of_kind(
    session: AsyncSession, scope: Scope, kind: OwnerKind, owners: Iterable[str]
) -> dict[str, str]:
    """Owner id -> number."""
    rows = await session.scalars(
        select_in(scope, Extension).where(
            Extension.owner_kind == kind, Extension.owner_id.in_(list(owners))
        )
    )
    return {row.owner_id: row.number for row in rows}


async def owners_of_kind(session: AsyncSession, scope: Scope, kind: OwnerKind) -> dict[str, str]:
    """Number -> owner id, of all owners of this kind."""
    rows = await session.scalars(select_in(scope, Extension).where(Extension.owner_kind == kind))
    return {row.number: row.owner_id for row in rows}


async def all_numbers(session: AsyncSession, scope: Scope) -> list[str]:
    """Every number of the tenant's plan."""
    found = select(Extension.number).where(Extension.tenant_id == scope.tenant)
    return list(await session.scalars(found.order_by(Extension.number)))


async def _row(
    session: AsyncSession, scope: Scope, kind: OwnerKind, owner: str
) -> Extension | None:
    wanted = (Extension.owner_kind == kind, Extension.owner_id == owner)
    return await session.scalar(select_in(scope, Extension).where(*wanted))
