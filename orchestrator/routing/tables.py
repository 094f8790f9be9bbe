"""Reads the rows that plans are made of, in one snapshot, of all tenants or of some."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.routing.queries import QUERIES
from orchestrator.tenants.model import Tenant
from orchestrator.types import TenantId


@dataclass(frozen=True, slots=True)
class TenantRow:
    """The columns of a tenant that calls need, as stored."""

    id: TenantId
    parent: TenantId | None
    slug: str
    name: str
    language: str
    timezone: str
    country: str
    suspended: bool
    max_calls: int


Tree = Mapping[TenantId, TenantRow]
Columns = Row[*tuple[Any, ...]]
Table = Mapping[str, list[Columns]]
"""Rows of one query by tenant; their first column is the tenant."""


@dataclass(frozen=True, slots=True)
class Tables:
    """All that plans are made of. Rows have the columns of the queries below, by name.

    `unwritten`: tenants whose last plan was made of the very same rows, but for other queries.
    """

    tree: Tree
    tenants: tuple[TenantId, ...]
    users: Table
    memberships: Table
    departments: Table
    devices: Table
    extensions: Table
    trunks: Table
    dids: Table
    caller_rules: Table
    rules: Table
    routes: Table
    emergency: Table
    schedules: Table
    holidays: Table
    overrides: Table
    hours_routes: Table
    statuses: Table
    profiles: Table
    exceptions: Table
    conferences: Table
    parking: Table
    ivrs: Table
    ivr_keys: Table
    ring_groups: Table
    ring_group_members: Table
    queues: Table
    queue_agents: Table
    boxes: Table
    greetings: Table
    prompts: Table
    playlists: Table
    tracks: Table
    options: Table
    unwritten: Mapping[TenantId, AbstractSet[str]] = field(default_factory=dict)

    def of(self, tenant: str) -> dict[str, list[Columns]]:
        """The rows of one tenant, by query."""
        return {name: getattr(self, name).get(tenant, []) for name in QUERIES}

    def all(self) -> list[Table]:
        return [getattr(self, name) for name in QUERIES]

    def put(self, tenant: str, rows: Mapping[str, list[Columns]]) -> None:
        """Add the rows of one tenant."""
        for name, some in rows.items():
            getattr(self, name)[tenant] = some


async def read_tree(session: AsyncSession) -> Tree:
    """All tenants: few columns, and the tree is needed to know who is suspended."""
    columns = select(
        Tenant.id,
        Tenant.parent_id,
        Tenant.slug,
        Tenant.name,
        Tenant.language,
        Tenant.timezone,
        Tenant.country,
        Tenant.suspended,
        Tenant.max_calls,
    )
    rows = [TenantRow(*row) for row in await session.execute(columns)]  # type: ignore[arg-type]
    return {row.id: row for row in rows}


def below(tree: Tree, tenants: Iterable[TenantId]) -> set[TenantId]:
    """All descendants: whether a tenant is suspended shows in the plans of those below."""
    children: defaultdict[TenantId, list[TenantId]] = defaultdict(list)
    for row in tree.values():
        if row.parent is not None:
            children[row.parent].append(row.id)
    found: set[TenantId] = set()
    ahead = list(tenants)
    while ahead:
        new = [child for child in children[ahead.pop()] if child not in found]
        found.update(new)
        ahead.extend(new)
    return found


def is_suspended(tree: Tree, row: TenantRow) -> bool:
    """Whether the tenant or anybody above it is suspended."""
    while not row.suspended:
        above = tree.get(row.parent) if row.parent else None
        if above is None:
            return False
        row = above
    return True


async def read_tables(
    session: AsyncSession, tree: Tree, only: Collection[TenantId] | None
) -> Tables:
    """The rows of the tenants in `only`, or of all when that is None."""
    nobody = only is not None and not only
    tables: dict[str, Any] = {
        name: {} if nobody else await read_rows(session, name, only) for name in QUERIES
    }
    return Tables(tree, tuple(t for t in tree if only is None or t in only), **tables)


async def read_rows(session: AsyncSession, name: str, only: Collection[TenantId] | None) -> Table:
    """The rows of one query."""
    statement = QUERIES[name]
    column = statement.selected_columns[0]
    wanted = statement if only is None else statement.where(column.in_(only))
    found: defaultdict[str, list[Columns]] = defaultdict(list)
    for row in await session.execute(wanted):
        found[row[0]].append(row)
    return found
