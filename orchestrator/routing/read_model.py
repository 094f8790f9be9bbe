"""Keeps the read model: projects all tables into a `Plan`, anew for tenants that changed.

The only module of a feature that may read the tables of all features. Every query takes whole
tables or whole tenants; nothing here runs per user or per call.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.changes import Change, read_revisions
from orchestrator.db.session import Database
from orchestrator.departments.model import Department
from orchestrator.devices.model import Device
from orchestrator.errors import Unavailable
from orchestrator.numbers.model import Did
from orchestrator.people.model import Extension, Membership, OwnerKind, User
from orchestrator.routing.model import EmergencyNumber, OutboundRule
from orchestrator.routing.plan import (
    DeviceLine,
    DidLine,
    EndpointKind,
    EndpointOwner,
    OutboundRuleLine,
    Person,
    Plan,
    TenantPlan,
    TrunkLine,
)
from orchestrator.tenants.model import Tenant
from orchestrator.trunks.model import Trunk
from orchestrator.types import Destination, DestinationKind, TenantId

MOST_IN_ONE_QUERY = 500
"""Tenants named in one query; when more changed at once, everything is read."""

RETRY_SECONDS = 1.0
_TENANTS_AT_A_TIME = 25

log = structlog.get_logger(__name__)


class ReadModel:
    """The present `plan`, and the task that keeps it present.

    Changes wait as a set of tenants, so any number of them while a refresh runs is one refresh.
    """

    def __init__(self, database: Database, *, retry_seconds: float = RETRY_SECONDS) -> None:
        self.plan = Plan()
        self._database = database
        self._retry_seconds = retry_seconds
        self._waiting: set[TenantId] = set()
        self._wake = asyncio.Event()
        # For good: a task that crashed and was started again must go on hearing of changes.
        database.feed.subscribe(self._note)

    async def load(self) -> Plan:
        """Read everything. What `revisions` says in the same snapshot counts as heard of."""
        async with self._database.reading() as session:
            self._database.feed.mark(await read_revisions(session))
            tables = await _read(session, await _read_tenants(session), None)
        self.plan = await _project(tables)
        return self.plan

    async def refresh(self, tenants: Collection[TenantId]) -> Plan:
        """Read these tenants, and those below them, anew; deleted ones leave the plan."""
        async with self._database.reading() as session:
            tree = await _read_tenants(session)
            stale = set(tenants) | _below(tree, tenants)
            if len(stale) > MOST_IN_ONE_QUERY:
                stale |= self.plan.tenants.keys() | tree.keys()
                tables = await _read(session, tree, None)
            else:
                tables = await _read(session, tree, stale)
        new = await _project(tables)
        plans = {k: v for k, v in self.plan.tenants.items() if k not in stale}
        owners = {k: v for k, v in self.plan.endpoints.items() if v.tenant not in stale}
        self.plan = Plan(plans | dict(new.tenants), owners | dict(new.endpoints))
        return self.plan

    async def run(self) -> None:
        """Refresh whenever something changed, for ever. Run as a task by `bootstrap.py`."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._refresh_waiting()

    def _note(self, change: Change) -> None:
        self._waiting |= change.tenants
        self._wake.set()

    async def _refresh_waiting(self) -> None:
        tenants, self._waiting = self._waiting, set()
        try:
            await self.refresh(tenants)
            tenants = set()
        except Unavailable:
            # Calls go on with the last plan; what changed is read once the database is back.
            log.warning("read model not refreshed, the database does not answer")
            await asyncio.sleep(self._retry_seconds)
        finally:
            # What could not be read waits for the next try, or for the task that is started
            # in place of this one.
            if tenants:
                self._waiting |= tenants
                self._wake.set()


@dataclass(frozen=True, slots=True)
class _TenantRow:
    """The columns of a tenant that calls need, as stored."""

    id: TenantId
    parent: TenantId | None
    slug: str
    name: str
    language: str
    country: str
    suspended: bool
    max_calls: int


Tree = Mapping[TenantId, _TenantRow]
Table = Mapping[str, list[Row[*tuple[Any, ...]]]]
"""Rows of one query by tenant; their first column is the tenant."""


@dataclass(frozen=True, slots=True)
class _Tables:
    """All that a plan is made of, read in one snapshot."""

    tree: Tree
    tenants: tuple[TenantId, ...]
    users: Table
    devices: Table
    extensions: Table
    trunks: Table
    dids: Table
    rules: Table
    emergency: Table


async def _read_tenants(session: AsyncSession) -> Tree:
    """All tenants: few columns, and the tree is needed to know who is suspended."""
    columns = select(
        Tenant.id,
        Tenant.parent_id,
        Tenant.slug,
        Tenant.name,
        Tenant.language,
        Tenant.country,
        Tenant.suspended,
        Tenant.max_calls,
    )
    rows = [_TenantRow(*row) for row in await session.execute(columns)]  # type: ignore[arg-type]
    return {row.id: row for row in rows}


def _below(tree: Tree, tenants: Iterable[TenantId]) -> set[TenantId]:
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


def _suspended(tree: Tree, row: _TenantRow) -> bool:
    """Whether the tenant or anybody above it is suspended."""
    while not row.suspended:
        above = tree.get(row.parent) if row.parent else None
        if above is None:
            return False
        row = above
    return True


_USERS = (
    select(
        User.tenant_id,
        User.id,
        User.first_name,
        User.last_name,
        User.language,
        User.ring_seconds,
        User.outbound_caller_id,
        User.may_call_out,
        Membership.department_id,
        Department.language,
    )
    .outerjoin(Membership, (Membership.user_id == User.id) & Membership.is_main)
    .outerjoin(Department, Department.id == Membership.department_id)
    .where(~User.disabled)
)
_DEVICES = select(Device.tenant_id, Device.user_id, Device.id, Device.sip_username).where(
    ~Device.disabled
)
_EXTENSIONS = select(
    Extension.tenant_id, Extension.number, Extension.owner_kind, Extension.owner_id
)
_TRUNKS = select(
    Trunk.tenant_id,
    Trunk.id,
    Trunk.endpoint,
    Trunk.name,
    Trunk.inbound,
    Trunk.outbound,
    Trunk.max_calls,
    Trunk.caller_id,
).where(~Trunk.disabled)
_DIDS = select(
    Did.tenant_id,
    Did.id,
    Did.number,
    Did.trunk_id,
    Did.name,
    Did.destination_kind,
    Did.destination_ref,
)
_RULES = select(
    OutboundRule.tenant_id,
    OutboundRule.id,
    OutboundRule.name,
    OutboundRule.position,
    OutboundRule.prefix,
    OutboundRule.min_length,
    OutboundRule.max_length,
    OutboundRule.trunk_id,
    OutboundRule.strip,
    OutboundRule.prepend,
    OutboundRule.caller_id,
).order_by(OutboundRule.position, OutboundRule.id)
_EMERGENCY = select(EmergencyNumber.tenant_id, EmergencyNumber.number)


async def _read(session: AsyncSession, tree: Tree, only: Collection[TenantId] | None) -> _Tables:
    """The rows of the tenants in `only`, or of all when that is None."""

    async def rows(statement: Select[*tuple[Any, ...]]) -> Table:
        column = statement.selected_columns[0]
        wanted = statement if only is None else statement.where(column.in_(only))
        found: defaultdict[str, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
        for row in await session.execute(wanted):
            found[row[0]].append(row)
        return found

    return _Tables(
        tree=tree,
        tenants=tuple(t for t in tree if only is None or t in only),
        users=await rows(_USERS),
        devices=await rows(_DEVICES),
        extensions=await rows(_EXTENSIONS),
        trunks=await rows(_TRUNKS),
        dids=await rows(_DIDS),
        rules=await rows(_RULES),
        emergency=await rows(_EMERGENCY),
    )


async def _project(tables: _Tables) -> Plan:
    """The plan of the tenants read. Lets calls have a turn between any few tenants."""
    plans: dict[TenantId, TenantPlan] = {}
    endpoints: dict[str, EndpointOwner] = {}
    for count, tenant in enumerate(tables.tenants, 1):
        plan = plans[tenant] = _tenant_plan(tables, tables.tree[tenant])
        endpoints.update(_endpoints(plan))
        if count % _TENANTS_AT_A_TIME == 0:
            await asyncio.sleep(0)
    return Plan(plans, endpoints)


def _tenant_plan(tables: _Tables, row: _TenantRow) -> TenantPlan:
    people = {person.id: person for person in _people(tables, row)}
    trunks = (TrunkLine(*columns) for _, *columns in tables.trunks.get(row.id, ()))
    return TenantPlan(
        id=row.id,
        slug=row.slug,
        name=row.name,
        language=row.language,
        country=row.country,
        suspended=_suspended(tables.tree, row),
        max_calls=row.max_calls,
        people=people,
        extensions={
            number: Destination(DestinationKind.USER, owner)
            for _, number, kind, owner in tables.extensions.get(row.id, ())
            if kind is OwnerKind.USER and owner in people
        },
        trunks={line.id: line for line in trunks},
        dids=tuple(
            DidLine(id_, number, trunk, name, Destination(kind, ref))
            for _, id_, number, trunk, name, kind, ref in tables.dids.get(row.id, ())
        ),
        outbound_rules=tuple(
            OutboundRuleLine(*columns) for _, *columns in tables.rules.get(row.id, ())
        ),
        emergency_numbers=frozenset(n for _, n in tables.emergency.get(row.id, ())),
    )


def _people(tables: _Tables, tenant: _TenantRow) -> Iterator[Person]:
    """Users of the tenant that are not disabled, with their devices that are not disabled."""
    numbers = {owner: number for _, number, _, owner in tables.extensions.get(tenant.id, ())}
    devices: defaultdict[str, list[DeviceLine]] = defaultdict(list)
    for _, user, id_, sip_username in tables.devices.get(tenant.id, ()):
        devices[user].append(DeviceLine(id_, sip_username))
    for row in tables.users.get(tenant.id, ()):
        _, id_, first, last, language, ring, caller_id, may_call_out, department, spoken = row
        number = numbers.get(id_, "")
        yield Person(
            id=id_,
            number=number,
            name=f"{first} {last}".strip() or number,
            department=department,
            language=language or spoken or tenant.language,
            devices=tuple(devices[id_]),
            ring_seconds=ring,
            outbound_caller_id=caller_id,
            may_call_out=may_call_out,
        )


def _endpoints(plan: TenantPlan) -> Iterator[tuple[str, EndpointOwner]]:
    for person in plan.people.values():
        for device in person.devices:
            yield device.endpoint, EndpointOwner(plan.id, EndpointKind.DEVICE, person.id)
    for trunk in plan.trunks.values():
        yield trunk.endpoint, EndpointOwner(plan.id, EndpointKind.TRUNK, trunk.id)
