"""Audit entries of what happens in calls, which never wait for the database.

`post()` keeps an entry; a task writes it. What cannot be written waits, also at the end of the
process as long as the database answers (`bootstrap.py`).
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from orchestrator.audit.model import AuditEntry
from orchestrator.clock import Clock
from orchestrator.db.session import Database
from orchestrator.errors import Unavailable
from orchestrator.types import Scope

RETRY_SECONDS = 2.0
MAX_WAITING = 1_000
"""Notes that wait to be written while the database is away; beyond it a new one is lost, and the
log says so."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NewNote:
    """Who (`scope.actor`) did `tag` (`subject:thing:action`) to `thing` (kind, id)."""

    scope: Scope
    tag: str
    thing: tuple[str, str]
    details: dict[str, str] = field(default_factory=dict)


class AuditTrail:
    """Writes notes behind the call path, in order; what a database that is away allows to wait is
    bounded."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: deque[tuple[NewNote, datetime]] = deque()
        self._wake = asyncio.Event()

    def post(self, note: NewNote) -> None:
        """Have a note written soon; returns at once and cannot fail."""
        if len(self._waiting) >= MAX_WAITING:
            log.error("audit-note-lost-too-many-wait", tenant=note.scope.tenant)
            return
        self._waiting.append((note, self._clock.now()))
        self._wake.set()

    async def run(self) -> None:
        """Write what was posted, for ever. Run as a task by `bootstrap.py`."""
        while True:
            await self._wake.wait()
            try:
                await self.flush()
            except Unavailable:
                log.warning("audit notes not written, the database does not answer")
                await asyncio.sleep(RETRY_SECONDS)

    async def flush(self) -> None:
        """Write all that waits, in order. Unavailable: the rest waits on."""
        while self._waiting:
            note, at = self._waiting[0]
            async with self._database.transaction(note.scope) as session:
                session.add(_row(note, at))
            self._waiting.popleft()
        self._wake.clear()


def _row(note: NewNote, at: datetime) -> AuditEntry:
    actor = note.scope.actor
    return AuditEntry(
        tenant_id=note.scope.tenant,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name,
        tag=note.tag,
        object_kind=note.thing[0],
        object_id=note.thing[1],
        after=dict(note.details),
        at=at,
    )
