"""What counts in queues is read back from the journal, on both databases."""

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from orchestrator.calls.entry import CallEntry, Segment
from orchestrator.calls.journal import JournalWriter
from orchestrator.calls.spool import Spool
from orchestrator.calls.verdict import Outcome, Reason
from orchestrator.db.session import Database
from orchestrator.departments.model import Department
from orchestrator.queues.books import Book
from orchestrator.queues.model import Queue
from orchestrator.queues.statistics import QueueStatistics
from orchestrator.types import Scope, new_id
from tests.factories.rows import add_customer

START = 1_000_000.0
"""When the statistics of the queue begin, in seconds since the epoch."""


async def add_queue(database: Database, scope: Scope) -> str:
    queue = new_id()
    async with database.transaction(scope) as session:
        department = await session.scalar(
            select(Department.id).where(Department.tenant_id == scope.tenant)
        )
        since = datetime.fromtimestamp(START, UTC)
        session.add(
            Queue(id=queue, name="Support", department_id=department, statistics_since=since)
        )
    return queue


def served(scope: Scope, queue: str, agent: str, at: float, *, talk: float) -> CallEntry:
    """A caller who waits 10 s, and then talks with `agent` for `talk` seconds."""
    entry = CallEntry(f"node1-{at}", scope.tenant, "internal", "100", "Ann", "900", at)
    wait = Segment("100", "queue", queue, "900", at, ended_at=at + 10, queue=queue)
    wait.reason = Reason.FORWARDED
    entry.segments = [wait, Segment("100", "user", agent, "101", at + 10, queue=queue)]
    entry.segments[1].answered_at = at + 10
    entry.close(at + 10 + talk, Outcome.ANSWERED, Reason.CALLER_HUNG_UP)
    return entry


def lost(scope: Scope, queue: str, at: float, *, wait: float) -> CallEntry:
    entry = CallEntry(f"node1-{at}", scope.tenant, "internal", "100", "Ann", "900", at)
    entry.segments = [Segment("100", "queue", queue, "900", at, queue=queue)]
    entry.close(at + wait, Outcome.ABANDONED, Reason.CALLER_HUNG_UP)
    return entry


async def test_counters_are_those_of_the_journal_since_the_reset_and_before_this_start(
    database: Database, tmp_path: Path
) -> None:
    scope = await add_customer(database, "acme")
    queue, other = await add_queue(database, scope), "another queue"
    spool = Spool(tmp_path)
    writer = JournalWriter(database.engine, spool)
    for entry in (
        served(scope, queue, "ann", START - 100, talk=7),
        served(scope, queue, "ann", START + 100, talk=20),
        served(scope, queue, "bob", START + 200, talk=30.5),
        served(scope, queue, "ann", START + 300, talk=40),
        served(scope, queue, "bob", START + 900, talk=200),
        served(scope, other, "bob", START + 250, talk=500),
        lost(scope, queue, START + 400, wait=25),
    ):
        spool.record(entry)
    read: dict[str, Book] = {}
    statistics = QueueStatistics(
        database,
        datetime.fromtimestamp(START + 1000, UTC),
        lambda: not spool.unread,
        read.__setitem__,
    )
    await writer.drain()
    await statistics.run()
    spool.close()
    book = read[queue]
    assert (book.since, book.last) == (START, "ann")
    assert (book.served, book.abandoned, book.talks) == (3, 1, 3)
    assert round(book.waited_seconds, 3) == 55.0
    assert round(book.longest_wait_seconds, 3) == 25.0
    assert round(book.talk_seconds, 3) == 90.5
    counts = {agent: (c.answered, round(c.talk_seconds, 3)) for agent, c in book.agents.items()}
    assert counts == {"ann": (2, 60.0), "bob": (1, 30.5)}


async def test_without_calls_a_queue_begins_at_nothing(database: Database, tmp_path: Path) -> None:
    scope = await add_customer(database, "acme")
    queue = await add_queue(database, scope)
    read: dict[str, Book] = {}
    now = datetime.fromtimestamp(START + 1, UTC)
    await QueueStatistics(database, now, lambda: True, read.__setitem__).run()
    assert read == {queue: Book(START)}
