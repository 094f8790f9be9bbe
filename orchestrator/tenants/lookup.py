"""What other services ask of tenants and operators, inside their own transactions."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.errors import LimitReached
from orchestrator.tenants.model import Operator, Tenant
from orchestrator.types import Scope, TenantId


@dataclass(frozen=True, slots=True)
class Limits:
    """What a tenant may have at most; 0 means no limit."""

    max_users: int
    max_devices: int
    max_trunks: int


async def limits_of(session: AsyncSession, scope: Scope) -> Limits:
    """The limits of the tenant."""
    found = await session.execute(
        select(Tenant.max_users, Tenant.max_devices, Tenant.max_trunks).where(
            Tenant.id == scope.tenant
        )
    )
    users, devices, trunks = found.one()
    return Limits(users, devices, trunks)


def require_room(limit: int, present: int, what: str) -> None:
    """Raise LimitReached when a tenant with `present` of `limit` cannot have one more."""
    if limit and present >= limit:
        raise LimitReached(f"This tenant may have {limit} {what}.")


async def operator_has_email(session: AsyncSession, email: str) -> bool:
    """Whether an operator signs in with `email`."""
    return await session.scalar(select(Operator.id).where(Operator.email == email)) is not None


async def is_suspended(session: AsyncSession, tenant: TenantId) -> bool:
    """Whether the tenant, or one above it, is suspended (or gone): nobody there can sign in."""
    above: str | None = tenant
    while above is not None:
        row = await session.get(Tenant, above)
        if row is None or row.suspended:
            return True
        above = row.parent_id
    return False


async def country_of(session: AsyncSession, scope: Scope) -> str:
    """The tenant's country (ISO 3166): the one that numbers without a prefix belong to."""
    country = await session.scalar(select(Tenant.country).where(Tenant.id == scope.tenant))
    return country or ""


async def timezone_of(session: AsyncSession, scope: Scope) -> str:
    """The tenant's time zone: that of departments which have none of their own."""
    zone = await session.scalar(select(Tenant.timezone).where(Tenant.id == scope.tenant))
    return zone or "UTC"


async def language_of(session: AsyncSession, scope: Scope) -> str:
    """The tenant's language (`nl`, `en-GB`)."""
    language = await session.scalar(select(Tenant.language).where(Tenant.id == scope.tenant))
    return language or "en"


async def tenant_ids(session: AsyncSession) -> set[str]:
    """The ids of all tenants."""
    return set(await session.scalars(select(Tenant.id)))
