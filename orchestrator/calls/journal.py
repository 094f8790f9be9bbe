"""The journal: complete call entries, carried from the spool into the database.

Runs behind the call path, in batches. While the database is away the spool grows; when it is
back everything follows, each entry once: the call id is the key, and a second try changes
nothing. An entry that the database refuses (its tenant was deleted) is logged whole and
passed over, so that it does not hold up the others.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from orchestrator.calls.entry import CallEntry
from orchestrator.calls.model import CallRow, SegmentRow
from orchestrator.calls.spool import Position, Spool
from orchestrator.db.engine import WRITES

log = structlog.get_logger(__name__)

BATCH = 500
IDLE_SECONDS = 0.5
RETRY_SECONDS = 5.0

Cell = str | int | bool | datetime | list[str] | None


class JournalWriter:
    """`run()` carries entries over until it is cancelled; `drain()` carries what is there now."""

    def __init__(self, engine: AsyncEngine, spool: Spool) -> None:
        self._engine = engine
        self._spool = spool

    async def run(self) -> None:
        while True:
            try:
                stored = await self.drain()
            except (SQLAlchemyError, OSError) as error:
                log.warning("journal-waits-for-database", error=type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            # Calls that end meanwhile go together: a transaction costs more than its rows.
            if stored < BATCH:
                await asyncio.sleep(IDLE_SECONDS)

    async def drain(self) -> int:
        """Store one batch; returns how many entries it had. Raises what the database raises."""
        if not self._spool.unread:
            return 0
        entries, behind = await asyncio.to_thread(self._next_batch)
        if entries:
            try:
                await self._store(entries)
            except BaseException:
                self._spool.look_again()
                raise
        if behind != self._spool.position:
            await asyncio.to_thread(self._spool.commit, behind)
        return len(entries)

    def _next_batch(self) -> tuple[list[CallEntry], Position]:
        """What reaches the database is on the disk before that."""
        self._spool.sync()
        return self._spool.batch(BATCH)

    async def _store(self, entries: Sequence[CallEntry]) -> None:
        try:
            await self._insert(entries)
        except (IntegrityError, DataError):
            for entry in entries:
                await self._store_one(entry)

    async def _store_one(self, entry: CallEntry) -> None:
        try:
            await self._insert([entry])
        except (IntegrityError, DataError):
            log.error("journal-entry-refused", call=entry.id, tenant=entry.tenant)

    async def _insert(self, entries: Sequence[CallEntry]) -> None:
        async with self._engine.connect() as connection:
            await connection.execution_options(**{WRITES: True})
            async with connection.begin():
                await _insert_new(connection, CallRow.__table__, [_call(e) for e in entries])
                await _insert_new(
                    connection, SegmentRow.__table__, [row for e in entries for row in _segments(e)]
                )


async def _insert_new(
    connection: AsyncConnection, table: object, rows: Sequence[dict[str, Cell]]
) -> None:
    if not rows:
        return
    assert isinstance(table, Table)
    insert: Insert
    if connection.dialect.name == "postgresql":
        insert = postgresql.insert(table).on_conflict_do_nothing()
    else:
        insert = sqlite.insert(table).on_conflict_do_nothing()
    await connection.execute(insert, list(rows))


def _call(entry: CallEntry) -> dict[str, Cell]:
    return {
        "id": entry.id,
        "tenant_id": entry.tenant,
        "direction": entry.direction,
        "caller_number": _text(entry.caller_number, 64),
        "caller_name": _text(entry.caller_name, 120),
        "dialled": _text(entry.dialled, 64),
        "started_at": _time(entry.started_at),
        "answered_at": _time(entry.answered_at),
        "ended_at": _time(entry.ended_at),
        "verdict": entry.outcome,
        "reason": entry.reason,
        "adopted": entry.adopted,
        "billing_code": _text(entry.billing_code, 32),
        "recordings": list(entry.recordings),
    }


def _segments(entry: CallEntry) -> list[dict[str, Cell]]:
    return [
        {
            "call_id": entry.id,
            "seq": number,
            "source": _text(segment.source, 64),
            "destination_kind": segment.target_kind,
            "destination_ref": _text(segment.target_ref, 64),
            "destination_number": _text(segment.target, 64),
            "started_at": _time(segment.started_at),
            "answered_at": _time(segment.answered_at),
            "ended_at": _time(segment.ended_at),
            "reason": segment.reason,
            "joined": segment.joined,
            "queue_id": segment.queue,
            "polled": segment.polled,
        }
        for number, segment in enumerate(entry.segments)
    ]


def _text(value: str, length: int) -> str:
    """What callers send may be of any length, and PostgreSQL takes no NUL."""
    return value.replace("\x00", "")[:length]


def _time(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
