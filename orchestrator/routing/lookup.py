"""What other services ask of routing, inside their own transactions."""

from collections.abc import Iterable

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.db.stored import leads_to
from orchestrator.routing.model import CallerRule, EmergencyNumber, OutboundRoute, OutboundRule
from orchestrator.types import Destination, Scope, TenantId


async def rules_of_trunk(session: AsyncSession, scope: Scope, trunk: str) -> list[str]:
    """Readable names of the rules that name a trunk, and of its emergency numbers."""
    by_trunk = select(OutboundRoute.rule_id).where(OutboundRoute.trunk_id == trunk)
    rules = await session.scalars(
        select_in(scope, OutboundRule)
        .where(OutboundRule.id.in_(by_trunk))
        .order_by(OutboundRule.position)
    )
    numbers = await session.scalars(
        select_in(scope, EmergencyNumber).where(EmergencyNumber.trunk_id == trunk)
    )
    callers = await session.scalars(select_in(scope, CallerRule).order_by(CallerRule.position))
    return [
        *(f"outbound rule {row.name}" for row in rules),
        *(f"caller rule {row.name}" for row in callers if trunk in row.trunks),
        *(f"emergency number {row.number}" for row in numbers),
    ]


async def rules_of_department(session: AsyncSession, scope: Scope, department: str) -> list[str]:
    """Readable names of the outbound rules that take calls of a department."""
    rules = await session.scalars(select_in(scope, OutboundRule).order_by(OutboundRule.position))
    # A list in a column is searched differently by each database; there are few rules.
    return [f"outbound rule {row.name}" for row in rules if department in row.departments]


async def caller_rules_leading_to(
    session: AsyncSession, scope: Scope, destination: Destination
) -> list[str]:
    """Readable names of the caller rules whose calls go to `destination`."""
    rows = await session.scalars(
        select_in(scope, CallerRule)
        .where(
            or_(
                and_(
                    CallerRule.destination_kind == destination.kind,
                    CallerRule.destination_ref == destination.ref,
                ),
                leads_to(destination, CallerRule.closed, CallerRule.on_break, CallerRule.holiday),
            )
        )
        .order_by(CallerRule.position)
    )
    return [f"caller rule {row.name}" for row in rows]


def add_emergency_numbers(session: AsyncSession, tenant: TenantId, numbers: Iterable[str]) -> None:
    """Give a new tenant its emergency numbers."""
    session.add_all(EmergencyNumber(tenant_id=tenant, number=number) for number in numbers)


async def emergency_numbers(session: AsyncSession, scope: Scope) -> list[str]:
    """The numbers that anybody may dial past every restriction."""
    rows = await session.scalars(select_in(scope, EmergencyNumber))
    return sorted(row.number for row in rows)


async def is_emergency_number(session: AsyncSession, scope: Scope, number: str) -> bool:
    """Whether `number` is one that anybody may dial past every restriction."""
    found = select_in(scope, EmergencyNumber).where(EmergencyNumber.number == number)
    return await session.scalar(found) is not None
