"""The event log: what happened to a tenant or to the installation, for people who operate it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Select, column, or_, select, table

from orchestrator.clock import Clock
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import NOWHERE
from orchestrator.db.session import Database
from orchestrator.errors import CentraleError, LimitReached, NotFound, Unavailable
from orchestrator.events.model import Event
from orchestrator.events.rules import EventLevel, Events
from orchestrator.events.schemas import EventOut, EventQuery
from orchestrator.rights.rules import Right, require
from orchestrator.schemas import Page
from orchestrator.types import Scope, TenantId

MAX_WAITING = 1_000
"""Events that wait to be written; beyond it the oldest is dropped and counted in the log."""

RETRY_SECONDS = 2.0
_BATCH = 100

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to record. `tenant` None: it concerns the whole installation.

    `message` is a sentence for people; numbers and names that code may want go into `details`.
    """

    type: Events
    message: str
    tenant: TenantId | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    level: EventLevel | None = None


class EventService:
    """Writes and reads the event log.

    `post()` is for calls, which never wait for the database: a task writes what was posted.
    `record()` is for use cases that may wait.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: deque[tuple[NewEvent, datetime]] = deque()
        self._wake = asyncio.Event()

    async def record(self, event: NewEvent) -> None:
        """Write one event now. Raises Unavailable when the database does not answer."""
        async with self._database.transaction(NOWHERE) as session:
            session.add(_row(event, self._clock.now()))

    def post(self, event: NewEvent) -> None:
        """Have an event written soon; returns at once and cannot fail."""
        if len(self._waiting) >= MAX_WAITING:
            dropped, _ = self._waiting.popleft()
            log.warning("event dropped, too many wait", tag=dropped.type.value.tag)
        self._waiting.append((event, self._clock.now()))
        self._wake.set()

    async def run(self) -> None:
        """Write what was posted, for ever. Run as a task by `bootstrap.py`."""
        while True:
            await self._wake.wait()
            try:
                await self.flush()
            except Unavailable:
                log.warning("events not written, the database does not answer")
                await asyncio.sleep(RETRY_SECONDS)

    async def flush(self) -> None:
        """Write all that waits. What cannot be written waits on; Unavailable says so."""
        while self._waiting:
            batch = list(self._waiting)[:_BATCH]
            try:
                await self._write(batch)
            except Unavailable:
                raise
            except CentraleError:
                await self._write_singly(batch)
            written = {id(entry) for entry in batch}
            self._waiting = deque(e for e in self._waiting if id(e) not in written)
        self._wake.clear()

    async def _write(self, batch: Sequence[tuple[NewEvent, datetime]]) -> None:
        async with self._database.transaction(NOWHERE) as session:
            session.add_all(_row(event, at) for event, at in batch)

    async def _write_singly(self, batch: Sequence[tuple[NewEvent, datetime]]) -> None:
        """One that the database refuses (its tenant is gone) must not hold up the others."""
        for event, at in batch:
            try:
                await self._write([(event, at)])
            except Unavailable:
                raise
            except CentraleError as error:
                log.warning("event refused", tag=event.type.value.tag, error=error.message)

    @asynccontextmanager
    async def limits_recorded(self, scope: Scope) -> AsyncIterator[None]:
        """Put around a transaction: LimitReached from the block is recorded as event 8193 too."""
        try:
            yield
        except LimitReached as error:
            self.post(NewEvent(Events.LIMIT_REACHED, error.message, scope.tenant))
            raise

    async def list(self, scope: Scope, query: EventQuery) -> Page[EventOut]:
        """Events of the tenant, newest first; on the platform those of the installation too."""
        require(scope.actor, Right.EVENT_LOG)
        statement = _visible(scope)
        if query.level is not None:
            statement = statement.where(Event.level == query.level)
        if query.number is not None:
            statement = statement.where(Event.number == query.number)
        if query.since is not None:
            statement = statement.where(Event.at >= query.since)
        if query.until is not None:
            statement = statement.where(Event.at < query.until)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys={"at": Event.at}, id_column=Event.id
            )
            return Page(items=[EventOut.model_validate(row) for row in rows], next=following)

    async def get(self, scope: Scope, id: str) -> EventOut:  # noqa: A002
        require(scope.actor, Right.EVENT_LOG)
        async with self._database.reading() as session:
            row = await session.scalar(_visible(scope).where(Event.id == id))
            if row is None:
                raise NotFound("There is no such event.")
            return EventOut.model_validate(row)


def _visible(scope: Scope) -> Select[Event]:
    """The tenant's events, and for the platform those without a tenant."""
    tenants = table("tenants", column("id"), column("kind"))
    on_platform = (
        select(tenants.c.id)
        .where(tenants.c.id == scope.tenant, tenants.c.kind == "platform")
        .exists()
    )
    own = Event.tenant_id == scope.tenant
    return select(Event).where(or_(own, Event.tenant_id.is_(None) & on_platform))


def _row(event: NewEvent, at: datetime) -> Event:
    kind = event.type.value
    return Event(
        tenant_id=event.tenant,
        number=kind.number,
        level=event.level or kind.level,
        tag=kind.tag,
        message=_text(event.message)[:500],
        details={name: _text(value) for name, value in event.details.items()},
        at=at,
    )


def _text(value: str) -> str:
    """Callers choose names and numbers; PostgreSQL takes no NUL, and the queue must not stop."""
    return value.replace("\x00", "")
