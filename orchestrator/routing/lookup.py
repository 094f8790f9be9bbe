"""What other services ask of outbound routing, inside their own transactions."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.routing.model import EmergencyNumber, OutboundRoute, OutboundRule
from orchestrator.types import Scope, TenantId


async def rules_of_trunk(session: AsyncSession, scope: Scope, trunk: str) -> list[str]:
    """Readable names of the outbound rules and emergency numbers that leave by a trunk."""
    by_trunk = select(OutboundRoute.rule_id).where(OutboundRoute.trunk_id == trunk)
    rules = await session.scalars(
        select_in(scope, OutboundRule)
        .where(OutboundRule.id.in_(by_trunk))
        .order_by(OutboundRule.position)
    )
    numbers = await session.scalars(
        select_in(scope, EmergencyNumber).where(EmergencyNumber.trunk_id == trunk)
    )
    return [
        *(f"outbound rule {row.name}" for row in rules),
        *(f"emergency number {row.number}" for row in numbers),
    ]


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
