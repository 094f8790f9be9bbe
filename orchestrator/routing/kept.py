"""Rows of the tenants that change, kept so that a refresh reads only the tables that were written.

Whoever writes in this process says which tables (`db/changes.py`). The `revisions` of the snapshot
that is read say whether that is all that happened to a tenant since its rows were kept: each
revision in between must be one of ours. On any doubt (another process wrote, rows were deleted and
may have taken others with them) everything is read.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.changes import Change, Counts
from orchestrator.routing.queries import QUERIES
from orchestrator.routing.tables import (
    Columns,
    Tables,
    TenantRow,
    Tree,
    read_rows,
    read_tables,
)
from orchestrator.types import TenantId

MOST_ROWS = 40_000
"""Rows that are kept at most, of all tenants together: some 20 MB."""
MOST_TENANTS = 8
WORTH_KEEPING = 1_000
"""Rows of a tenant whose first change too is to be quick; smaller ones are quick anyway."""
MOST_STEPS = 100
MOST_PARTS = 50
"""So often in a row a part of a tenant is read; then all of it, so that nothing missed stays."""

# What Centrale's other tables are called in `QUERIES`; the tree of tenants is read every time.
_NAMES = {query.selected_columns[0].table.name: name for name, query in QUERIES.items()}
_ALWAYS_READ = frozenset({"tenants"})

Rows = Mapping[str, list[Columns]]


@dataclass(slots=True)
class _Tenant:
    """Rows as they were at `revision`, and which tables (by name) each revision since then wrote.

    `projected`: the plan was made of these rows, and of `row`.
    """

    row: TenantRow
    revision: int
    rows: Rows
    projected: bool = False
    parts: int = 0
    steps: dict[int, frozenset[str]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return sum(map(len, self.rows.values()))


class Kept:
    """The rows that are kept, those of the tenant that changed last at the end."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self._most_rows = most_rows
        self._tenants: OrderedDict[TenantId, _Tenant] = OrderedDict()

    def note(self, change: Change) -> None:
        """Hear which tables were written."""
        for tenant, wrote in change.wrote.items():
            kept = self._tenants.get(tenant)
            if kept is not None and len(kept.steps) < MOST_STEPS:
                kept.steps[wrote.revision] = wrote.tables

    def begin(self, tables: Tables, counts: Mapping[TenantId, Counts]) -> None:
        """After everything was read: keep the rows of the largest tenants."""
        sizes = {t: sum(len(table.get(t, ())) for table in tables.all()) for t in tables.tenants}
        large = sorted((t for t in sizes if sizes[t] >= WORTH_KEEPING), key=lambda t: sizes[t])
        self._tenants.clear()
        for tenant in large[-MOST_TENANTS:]:
            self._keep(tables, tenant, counts)

    async def read(
        self,
        session: AsyncSession,
        tree: Tree,
        stale: Collection[TenantId],
        counts: Mapping[TenantId, Counts],
    ) -> Tables:
        """The rows of these tenants in the snapshot of `session`, whose revisions are `counts`."""
        written = {t: self._written(t, counts) for t in stale if t in tree}
        whole = {t for t, names in written.items() if names is None}
        tables = await read_tables(session, tree, whole)
        settled, parts = set(), dict.fromkeys(stale, 0)
        for tenant, names in written.items():
            if names is None:
                continue
            kept = self._tenants[tenant]
            parts[tenant] = kept.parts + 1
            if kept.projected and kept.row == tree[tenant]:
                settled.add(tenant)
            fresh = {n: (await read_rows(session, n, {tenant})).get(tenant, []) for n in names}
            tables.put(tenant, {**kept.rows, **fresh})
        tables = replace(
            tables,
            tenants=tuple(written),
            unwritten={t: QUERIES.keys() - (written[t] or ()) for t in settled},
        )
        for tenant in stale:
            self._keep(tables, tenant, counts, parts[tenant])
        return tables

    def projected(self, tenants: Iterable[TenantId]) -> None:
        """Plans were made of the rows of these tenants."""
        for tenant in tenants:
            if tenant in self._tenants:
                self._tenants[tenant].projected = True

    def _written(
        self, tenant: TenantId, counts: Mapping[TenantId, Counts]
    ) -> frozenset[str] | None:
        """Which rows (names in `QUERIES`) are out of date; None: perhaps all."""
        kept = self._tenants.get(tenant)
        if kept is None or kept.parts >= MOST_PARTS:
            return None
        names: set[str] = set()
        for revision in range(kept.revision + 1, _revision(counts, tenant) + 1):
            tables = kept.steps.get(revision)
            if tables is None or not tables <= _NAMES.keys() | _ALWAYS_READ:
                return None
            names |= {_NAMES[table] for table in tables - _ALWAYS_READ}
        return frozenset(names) if kept.revision <= _revision(counts, tenant) else None

    def _keep(
        self,
        tables: Tables,
        tenant: TenantId,
        counts: Mapping[TenantId, Counts],
        parts: int = 0,
    ) -> None:
        before = self._tenants.pop(tenant, None)
        if tenant not in tables.tree:
            return
        revision = _revision(counts, tenant)
        new = _Tenant(tables.tree[tenant], revision, tables.of(tenant), parts=parts)
        if before is not None:
            new.steps = {n: step for n, step in before.steps.items() if n > revision}
        self._tenants[tenant] = new
        sizes = {t: kept.size for t, kept in self._tenants.items()}
        while len(sizes) > MOST_TENANTS or sum(sizes.values()) > self._most_rows:
            oldest, _ = self._tenants.popitem(last=False)
            del sizes[oldest]


def _revision(counts: Mapping[TenantId, Counts], tenant: TenantId) -> int:
    found = counts.get(tenant)
    return found.revision if found else 0
