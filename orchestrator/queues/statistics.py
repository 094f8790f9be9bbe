"""What counts in queues, read back from the journal after a start.

Counters are derived from the records of calls, which do not change, so that a restart neither loses
nor doubles any. Calls that end while this process runs are counted by the floor itself.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, Row, Select, extract, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from orchestrator.calls.model import CallRow, SegmentRow
from orchestrator.calls.verdict import Reason
from orchestrator.db.session import Database
from orchestrator.queues.books import Book
from orchestrator.queues.model import Queue

GAVE_UP = (Reason.CALLER_HUNG_UP, Reason.NO_ANSWER, Reason.LEFT_QUEUE)
"""How the wait of a caller ends who leaves unserved."""

SERVED = (Reason.FORWARDED, Reason.PICKED_UP)

_POLL_SECONDS = 0.2


class QueueStatistics:
    """Reads the books of all queues once, and hands each to `restore`.

    Counts calls that ended before `started`; `written` says whether the journal of the process
    before us is in the database.
    """

    def __init__(
        self,
        database: Database,
        started: datetime,
        written: Callable[[], bool],
        restore: Callable[[str, Book], None],
    ) -> None:
        self._database = database
        self._started = started
        self._written = written
        self._restore = restore

    async def run(self) -> None:
        while not self._written():  # noqa: ASYNC110  the spool has no event for it
            await asyncio.sleep(_POLL_SECONDS)
        async with self._database.reading() as session:
            books = await books_of(session, self._started)
        for queue, book in books.items():
            self._restore(queue, book)


async def books_of(session: AsyncSession, until: datetime) -> Mapping[str, Book]:
    """What counts in each queue (id) since its statistics were reset, of calls over by `until`."""
    since = {row.id: row.statistics_since for row in await session.execute(_QUEUES)}
    books = {queue: Book(at.timestamp()) for queue, at in since.items()}
    for wait in await session.execute(_waits(session, until)):
        _add_waits(books[wait.queue_id], wait)
    for talk in await session.execute(_talks(session, until)):
        book, count = books[talk.queue_id], books[talk.queue_id].of(talk.destination_ref)
        count.answered, count.talk_seconds = talk.calls, talk.seconds or 0.0
        book.talks += talk.calls
        book.talk_seconds += count.talk_seconds
    for last in await session.execute(_last(until)):
        books[last.queue_id].last = last.destination_ref
    return books


def _add_waits(book: Book, row: Row[str, str | None, int, float, float]) -> None:
    if row.reason in SERVED:
        book.served += row.calls
    else:
        book.abandoned += row.calls
    book.waited_seconds += row.seconds or 0.0
    book.longest_wait_seconds = max(book.longest_wait_seconds, row.longest or 0.0)


_QUEUES = select(Queue.id, Queue.statistics_since)


def _of_queues(until: datetime) -> tuple[ColumnElement[bool], ...]:
    """Which steps count: of calls that are over, begun since the statistics were reset."""
    return (
        SegmentRow.queue_id == Queue.id,
        SegmentRow.started_at >= Queue.statistics_since,
        CallRow.id == SegmentRow.call_id,
        CallRow.tenant_id == Queue.tenant_id,
        CallRow.ended_at < until,
    )


def _waits(session: AsyncSession, until: datetime) -> Select[str, str | None, int, float, float]:
    seconds = _seconds(session, SegmentRow.started_at, SegmentRow.ended_at)
    return (
        select(
            SegmentRow.queue_id,
            SegmentRow.reason,
            func.count().label("calls"),
            func.sum(seconds).label("seconds"),
            func.max(seconds).label("longest"),
        )
        .where(
            *_of_queues(until),
            SegmentRow.destination_kind == "queue",
            SegmentRow.reason.in_((*SERVED, *GAVE_UP)),
        )
        .group_by(SegmentRow.queue_id, SegmentRow.reason)
    )


def _talks(session: AsyncSession, until: datetime) -> Select[str, str, int, float]:
    return (
        select(
            SegmentRow.queue_id,
            SegmentRow.destination_ref,
            func.count().label("calls"),
            func.sum(_seconds(session, SegmentRow.answered_at, SegmentRow.ended_at)).label(
                "seconds"
            ),
        )
        .where(*_of_queues(until), *_ANSWERED)
        .group_by(SegmentRow.queue_id, SegmentRow.destination_ref)
    )


def _last(until: datetime) -> Select[str, str]:
    """The agent who answered last, of each queue: the latest row comes last."""
    newest = (
        select(SegmentRow.queue_id, func.max(SegmentRow.answered_at).label("answered_at"))
        .where(*_of_queues(until), *_ANSWERED)
        .group_by(SegmentRow.queue_id)
        .subquery()
    )
    return select(SegmentRow.queue_id, SegmentRow.destination_ref).where(
        SegmentRow.queue_id == newest.c.queue_id,
        SegmentRow.answered_at == newest.c.answered_at,
        SegmentRow.destination_kind == "user",
    )


_ANSWERED = (SegmentRow.destination_kind == "user", SegmentRow.answered_at.is_not(None))


def _seconds(
    session: AsyncSession, start: InstrumentedAttribute[Any], end: InstrumentedAttribute[Any]
) -> ColumnElement[float]:
    """From `start` to `end`, in the words of the database."""
    if session.get_bind().dialect.name == "postgresql":
        return extract("epoch", end - start).cast(Float)
    return (func.julianday(end) - func.julianday(start)) * 86_400.0
