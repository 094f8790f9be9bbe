"""The one way into the database: `Database.transaction()` to write, `Database.reading()` to read.

A transaction belongs to a `Scope`. It fills in the tenant of new rows, refuses rows of other
tenants, writes the audit log, and after the commit tells `ChangeFeed` which tenants changed.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import cast

import structlog
from sqlalchemy import Table, event, insert, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction
from sqlalchemy.pool import QueuePool

from orchestrator.audit.model import AuditEntry
from orchestrator.db.audit import entries
from orchestrator.db.base import Base, TenantOwned
from orchestrator.db.changes import ChangeFeed, bump_revisions, read_revisions
from orchestrator.db.engine import WRITES, make_engine
from orchestrator.db.errors import translate
from orchestrator.db.origin import ORIGIN
from orchestrator.errors import Unavailable
from orchestrator.types import Scope, TenantId

POLL_SECONDS = 1.0
_CLOSE_SECONDS = 5.0
_CLOSE_POLL_SECONDS = 0.01

_ONE_SNAPSHOT = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}

_AUDIT = cast(Table, AuditEntry.__table__)

log = structlog.get_logger(__name__)


class Database:
    """Transactions of one database. Made once by `bootstrap.py`; `close()` ends its connections."""

    def __init__(self, url: str, feed: ChangeFeed | None = None) -> None:
        """`url` as in `Settings.database`. Raises Misconfigured when it cannot be used."""
        self.feed = feed or ChangeFeed()
        self.engine = make_engine(url)
        self._writing = self.engine.execution_options(**{WRITES: True})
        on_sqlite = self.engine.dialect.name == "sqlite"
        self._reading = self.engine.execution_options(
            # Of SQLite, every transaction sees one snapshot.
            **({} if on_sqlite else _ONE_SNAPSHOT)
        )
        self._turn = _Turn(exclusive=on_sqlite)

    async def close(self) -> None:
        """End the connections, once all are given back: a task that was cancelled does not wait
        for that, and what goes on beside us would find the loop closed."""
        pool = self.engine.pool
        deadline = asyncio.get_running_loop().time() + _CLOSE_SECONDS
        while isinstance(pool, QueuePool) and pool.checkedout() > 0:
            if asyncio.get_running_loop().time() > deadline:
                log.warning("connections not given back", count=pool.checkedout())
                break
            await asyncio.sleep(_CLOSE_POLL_SECONDS)
        await self.engine.dispose()

    @asynccontextmanager
    async def transaction(self, scope: Scope) -> AsyncIterator[AsyncSession]:
        """Read and write, all or nothing: committed at the end of the block, unless it raises.

        Raises Taken or Conflict for constraints, Stale for a row that somebody else changed
        meanwhile, Unavailable when the database does not answer. Not to be nested.
        """
        watch = _Watch(scope)
        async with self._turn.taken(), self._session(self._writing) as session:
            watch.attach(session.sync_session)
            yield session
            with _translated():
                await session.flush()
                counts = await bump_revisions(session, watch.touched)
                await session.commit()
        self.feed.publish(counts, watch.wrote())

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Read from one snapshot; nothing can be written."""
        async with self._session(self._reading) as session:
            event.listen(session.sync_session, "before_flush", _refuse_flush)
            yield session

    @asynccontextmanager
    async def _session(self, engine: object) -> AsyncIterator[AsyncSession]:
        session = AsyncSession(engine, expire_on_commit=False)  # type: ignore[arg-type]
        async with session:
            await _connect(session)
            with _translated():
                yield session

    async def check(self) -> None:
        """Raise Unavailable unless the database answers."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def watch(self, *, seconds: float = POLL_SECONDS) -> None:
        """Publish the changes of other processes, for ever. Run as a task by `bootstrap.py`."""
        while True:
            try:
                async with self.reading() as session:
                    counts = await read_revisions(session)
            except Unavailable:
                log.warning("revisions not read, the database does not answer")
            else:
                self.feed.publish(counts)
            await asyncio.sleep(seconds)


async def _connect(session: AsyncSession) -> None:
    """Begin now, so that a failure to connect is told apart from a failure of the block."""
    with _translated():
        try:
            await _unbroken(session.connection())
        except OSError as error:
            raise Unavailable("The database does not answer.") from error


async def _unbroken(work: Coroutine[object, object, object]) -> None:
    """Await `work`, and its end too when we are cancelled: a connection that is half made when the
    loop ends would still tell it so from the driver's thread."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await asyncio.gather(task, return_exceptions=True)
        raise


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        ours = translate(error)
        if ours is None:
            raise
        raise ours from error


class _Turn:
    """SQLite has one writer: transactions of this process queue here, fairly, instead of polling.

    The database's own lock still guards against other processes.
    """

    def __init__(self, *, exclusive: bool) -> None:
        self._lock = asyncio.Lock() if exclusive else None
        self._owner: asyncio.Task[object] | None = None

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        if self._lock is None:
            yield
            return
        me = asyncio.current_task()
        if me is not None and self._owner is me:
            raise RuntimeError("a transaction inside a transaction would wait for itself")
        async with self._lock:
            self._owner = me
            try:
                yield
            finally:
                self._owner = None


class _Watch:
    """What one transaction must check and remember about the rows it writes."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.touched: dict[TenantId, bool] = {}
        self._tables: dict[TenantId, set[str]] = {}
        self._deleted: set[TenantId] = set()
        self._own = {str(scope.tenant)}

    def attach(self, session: Session) -> None:
        event.listen(session, "before_flush", self._before_flush)
        event.listen(session, "after_flush", self._after_flush)
        event.listen(session, "do_orm_execute", _refuse_bulk)

    def _before_flush(self, session: Session, _: UOWTransaction, __: object) -> None:
        for row in (*session.new, *session.dirty, *session.deleted):
            if isinstance(row, TenantOwned):
                owner: str | None = row.tenant_id
                if owner is None:
                    row.tenant_id = self.scope.tenant
                elif owner not in self._own:
                    raise RuntimeError("a row of another tenant in this transaction")

    def _after_flush(self, session: Session, _: UOWTransaction) -> None:
        changed = [row for row in session.dirty if session.is_modified(row)]
        for row in (*session.new, *changed, *session.deleted):
            tenant = self._touch(row)
            if tenant is not None and row in session.deleted:
                self._deleted.add(tenant)
        if found := list(entries(session, self.scope, ORIGIN.get())):
            session.connection().execute(insert(_AUDIT), found)

    def wrote(self) -> dict[TenantId, frozenset[str]]:
        """The tables of tenants of whom nothing was deleted."""
        return {t: frozenset(w) for t, w in self._tables.items() if t not in self._deleted}

    def _touch(self, row: object) -> TenantId | None:
        """Note the row if others have to hear of it; the tenant that it belongs to."""
        if not isinstance(row, Base) or not (row.__in_plan__ or row.__registers__):
            return None
        owner = getattr(row, "tenant_id", None)
        if owner is None:
            # A tenant itself: whoever makes one may fill it in the same transaction.
            owner = row.id  # type: ignore[attr-defined]
            self._own.add(owner)
        tenant = TenantId(owner)
        self.touched[tenant] = self.touched.get(tenant, False) or row.__registers__
        self._tables.setdefault(tenant, set()).add(row.__tablename__)
        return tenant


def _refuse_bulk(state: ORMExecuteState) -> None:
    """UPDATE and DELETE without objects would pass the audit log and the listeners by."""
    if state.is_insert or state.is_update or state.is_delete:
        mapper = state.bind_mapper
        model = mapper.class_ if mapper else None
        if model is not None and (model.__audited__ or model.__in_plan__):
            raise RuntimeError(f"change rows of {model.__name__} through the session")


def _refuse_flush(*_: object) -> None:
    raise RuntimeError("a reading session cannot write; use transaction()")
