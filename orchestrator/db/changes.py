"""Tells listeners which tenants changed, whoever changed them.

Changes of this process are told right after their commit. Changes of other processes (the CLI,
other workers) are found by reading the small table `revisions` once a second.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.revisions import Revision
from orchestrator.types import TenantId

_REVISIONS = cast(Table, Revision.__table__)


@dataclass(frozen=True, slots=True)
class Wrote:
    """All that one revision of a tenant changed: rows of these tables, of which none was deleted
    (a deleted row may take others with it)."""

    revision: int
    tables: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """Tenants whose read model is out of date; `registrations`: those whose trunks changed.

    `wrote` is there for changes of this process, as far as we know all that they did.
    """

    tenants: frozenset[TenantId]
    registrations: frozenset[TenantId] = frozenset()
    wrote: Mapping[TenantId, Wrote] = field(default_factory=dict, compare=False)


Listener = Callable[[Change], None]


@dataclass(frozen=True, slots=True)
class Counts:
    """One row of `revisions`."""

    revision: int
    registrations: int


class ChangeFeed:
    """Listeners, and what of `revisions` they have heard of already.

    A listener is a plain function that returns at once (it marks work for a task of its own);
    listeners are called in the order in which they subscribed.
    """

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._seen: dict[TenantId, Counts] = {}

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear of changes from now on; call what is returned to hear no more."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def mark(self, counts: Mapping[TenantId, Counts]) -> None:
        """Take the present revisions as known, without telling anybody."""
        self._seen.update(counts)

    def publish(
        self,
        counts: Mapping[TenantId, Counts],
        wrote: Mapping[TenantId, frozenset[str]] | None = None,
    ) -> None:
        """Tell listeners of every tenant whose counts are newer than those seen before.

        `wrote`: the tables that this process wrote in the very revision that `counts` has.
        """
        newer = {t: new for t, new in counts.items() if self._is_newer(t, new)}
        if not newer:
            return
        registrations = frozenset(
            t for t, new in newer.items() if new.registrations > self._before(t).registrations
        )
        self._seen.update(newer)
        steps = {t: Wrote(newer[t].revision, w) for t, w in (wrote or {}).items() if t in newer}
        change = Change(frozenset(newer), registrations, steps)
        for listener in tuple(self._listeners):
            listener(change)

    def _before(self, tenant: TenantId) -> Counts:
        return self._seen.get(tenant, Counts(0, 0))

    def _is_newer(self, tenant: TenantId, counts: Counts) -> bool:
        return counts.revision > self._before(tenant).revision


async def read_revisions(
    session: AsyncSession, only: Collection[TenantId] | None = None
) -> dict[TenantId, Counts]:
    """The present revisions of all tenants, or of those in `only`."""
    columns = select(Revision.tenant_id, Revision.revision, Revision.registrations)
    rows = await session.execute(
        columns if only is None else columns.where(Revision.tenant_id.in_(only))
    )
    return {TenantId(tenant): Counts(revision, reg) for tenant, revision, reg in rows}


async def bump_revisions(
    session: AsyncSession, touched: Mapping[TenantId, bool]
) -> dict[TenantId, Counts]:
    """Count one change of each tenant; True counts one of its registrations too.

    Tenants go in order of their ids, so that two transactions cannot wait for each other.
    """
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if on_postgresql else sqlite.insert
    counts: dict[TenantId, Counts] = {}
    for tenant in sorted(touched):
        new = insert(_REVISIONS).values(
            tenant_id=tenant, revision=1, registrations=int(touched[tenant])
        )
        upsert = new.on_conflict_do_update(
            index_elements=["tenant_id"],
            set_={
                "revision": Revision.revision + 1,
                "registrations": Revision.registrations + new.excluded.registrations,
            },
        ).returning(Revision.revision, Revision.registrations)
        revision, registrations = (await session.execute(upsert)).one()
        counts[tenant] = Counts(revision, registrations)
    return counts
