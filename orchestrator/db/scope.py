"""Queries that cannot forget the tenant."""

from typing import Any, Protocol, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import Base
from orchestrator.errors import NotFound, Stale
from orchestrator.types import SYSTEM_ACTOR, Scope, TenantId


class Versioned(Protocol):
    """A row with a version, which is its ETag."""

    @property
    def version(self) -> Any: ...


M = TypeVar("M", bound=Base)

NOWHERE = Scope(TenantId(""), SYSTEM_ACTOR)
"""For what the product writes outside of any tenant; rows that belong to one are refused."""


def select_in(scope: Scope, model: type[M]) -> Select[M]:
    """SELECT of `model`, limited to the tenant of `scope`."""
    return select(model).where(_tenant(model) == scope.tenant)


def count_in(scope: Scope, model: type[M]) -> Select[int]:
    """SELECT count(*) of `model`, limited to the tenant of `scope`."""
    return select(func.count()).select_from(model).where(_tenant(model) == scope.tenant)


async def get_in(session: AsyncSession, scope: Scope, model: type[M], key: str) -> M:
    """The row `key` of the tenant. NotFound, in the same words, for those of other tenants."""
    identity: Any = model.id  # type: ignore[attr-defined]
    row = await session.scalar(select_in(scope, model).where(identity == key))
    if row is None:
        raise NotFound(f"There is no such {model.__name__.lower()}.")
    return row


def require_version(row: Versioned, version: int | None) -> None:
    """Raise Stale unless `row` is still at `version`; None skips the check."""
    if version is not None and row.version != version:
        raise Stale("Somebody else changed this since you read it. Read it again.")


def _tenant(model: type[Base]) -> Any:
    """The tenant column; a model without one has no place in a scoped query."""
    return model.tenant_id  # type: ignore[attr-defined]
