"""Keeps the read model: a `Plan` of all tables, made anew for tenants that changed.

    queries.py     says which rows: the only module that may name the tables of all features
    tables.py      reads them
    kept.py        keeps rows of tenants that change, and reads only what was written
    projection.py  makes plans of them (people: projected_people.py)
    read_model.py  keeps the present plan, and hears of changes

Every query takes whole tables or whole tenants; nothing here runs per user or per call.
"""

import asyncio
import gc
from collections.abc import Callable, Collection

import structlog

from orchestrator.db.changes import Change, read_revisions
from orchestrator.db.session import Database
from orchestrator.errors import Unavailable
from orchestrator.routing.kept import Kept
from orchestrator.routing.plan import EndpointOwner, Plan, TenantPlan
from orchestrator.routing.projected_people import Memory
from orchestrator.routing.projection import endpoints_of, tenant_plan
from orchestrator.routing.tables import Tables, below, read_tables, read_tree
from orchestrator.types import TenantId

MOST_IN_ONE_QUERY = 500
"""Tenants named in one query; when more changed at once, everything is read."""

RETRY_SECONDS = 1.0
_TENANTS_AT_A_TIME = 25

log = structlog.get_logger(__name__)


def spare_the_collector() -> None:
    """Let the garbage collector look at what is there now no more: the plans of all tenants, which
    stay. With 1,000 tenants each of its full rounds would hold up every call for 0.2 s."""
    gc.collect()
    gc.freeze()


class ReadModel:
    """The present `plan`, and the task that keeps it present.

    Changes wait as a set of tenants, so any number of them while a refresh runs is one refresh.
    """

    def __init__(
        self,
        database: Database,
        *,
        retry_seconds: float = RETRY_SECONDS,
        kept: Kept | None = None,
    ) -> None:
        self.plan = Plan()
        self._database = database
        self._retry_seconds = retry_seconds
        self._waiting: set[TenantId] = set()
        self._wake = asyncio.Event()
        self._listeners: list[Callable[[Collection[TenantId]], None]] = []
        self._memories: dict[TenantId, Memory] = {}
        self._kept = kept or Kept()
        # For good: a task that crashed and was started again must go on hearing of changes.
        database.feed.subscribe(self._note)

    def subscribe(self, listener: Callable[[Collection[TenantId]], None]) -> None:
        """Tell `listener` which tenants have a new plan, once they have; it returns at once."""
        self._listeners.append(listener)

    async def load(self) -> Plan:
        """Read everything. What `revisions` says in the same snapshot counts as heard of."""
        async with self._database.reading() as session:
            counts = await read_revisions(session)
            self._database.feed.mark(counts)
            tables = await read_tables(session, await read_tree(session), None)
        self._kept.begin(tables, counts)
        self.plan = await self._project(tables)
        return self.plan

    async def refresh(self, tenants: Collection[TenantId]) -> Plan:
        """Read these tenants, and those below them, anew; deleted ones leave the plan."""
        async with self._database.reading() as session:
            tree = await read_tree(session)
            stale = set(tenants) | below(tree, tenants)
            if len(stale) > MOST_IN_ONE_QUERY:
                stale |= self.plan.tenants.keys() | tree.keys()
                counts = await read_revisions(session)
                tables = await read_tables(session, tree, None)
                self._kept.begin(tables, counts)
            else:
                counts = await read_revisions(session, stale)
                tables = await self._kept.read(session, tree, stale, counts)
        new = await self._project(tables)
        for tenant in stale - tree.keys():
            self._memories.pop(tenant, None)
        plans = {k: v for k, v in self.plan.tenants.items() if k not in stale}
        owners = {k: v for k, v in self.plan.endpoints.items() if v.tenant not in stale}
        self.plan = Plan(plans | dict(new.tenants), owners | dict(new.endpoints))
        for listener in self._listeners:
            listener(stale)
        return self.plan

    async def _project(self, tables: Tables) -> Plan:
        plan = await _projected(tables, self._memories)
        self._kept.projected(tables.tenants)
        return plan

    async def run(self) -> None:
        """Refresh whenever something changed, for ever. Run as a task by `bootstrap.py`."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._refresh_waiting()

    def _note(self, change: Change) -> None:
        self._kept.note(change)
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


async def _projected(tables: Tables, memories: dict[TenantId, Memory]) -> Plan:
    """The plan of the tenants read. Lets calls have a turn between any few tenants."""
    plans: dict[TenantId, TenantPlan] = {}
    endpoints: dict[str, EndpointOwner] = {}
    for count, tenant in enumerate(tables.tenants, 1):
        plan = plans[tenant] = await tenant_plan(
            tables, tables.tree[tenant], memories.setdefault(tenant, Memory())
        )
        endpoints.update(endpoints_of(plan))
        if count % _TENANTS_AT_A_TIME == 0:
            await asyncio.sleep(0)
    return Plan(plans, endpoints)
