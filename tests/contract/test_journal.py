"""The journal reaches the database: every entry once, through crashes and outages."""

import asyncio
import socket
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.calls.entry import CallEntry, Segment
from orchestrator.calls.journal import JournalWriter
from orchestrator.calls.model import CallRow, SegmentRow
from orchestrator.calls.spool import Spool
from orchestrator.calls.verdict import Outcome, Reason
from orchestrator.db.engine import make_engine
from orchestrator.db.session import Database
from tests.factories.rows import add_customer


def ended(tenant: str, number: int, name: str = "Ann") -> CallEntry:
    entry = CallEntry(f"node1-{number}.0", tenant, "internal", "100", name, "101", 1000.0 + number)
    entry.segments.append(Segment("100", "user", "u1", "101", 1001.0 + number))
    entry.close(1005.0 + number, Outcome.ABANDONED, Reason.NO_ANSWER)
    return entry


async def counts(database: Database) -> tuple[int, int]:
    async with database.reading() as session:
        calls = await session.scalar(select(func.count()).select_from(CallRow))
        segments = await session.scalar(select(func.count()).select_from(SegmentRow))
    return calls or 0, segments or 0


async def test_entries_are_stored_once_with_their_steps(database: Database, tmp_path: Path) -> None:
    tenant = (await add_customer(database, "acme")).tenant
    spool = Spool(tmp_path)
    writer = JournalWriter(database.engine, spool)
    for number in range(5):
        spool.record(ended(tenant, number))
    assert await writer.drain() == 5
    assert await writer.drain() == 0
    assert await counts(database) == (5, 5)
    async with database.reading() as session:
        row = await session.get_one(CallRow, "node1-2.0")
    assert (row.verdict, row.reason, row.dialled) == ("abandoned", "no_answer", "101")
    assert row.ended_at is not None
    assert row.ended_at.timestamp() == 1007.0
    spool.close()


async def test_what_was_stored_but_not_confirmed_is_not_stored_twice(
    database: Database, tmp_path: Path
) -> None:
    tenant = (await add_customer(database, "acme")).tenant
    spool = Spool(tmp_path)
    spool.record(ended(tenant, 1))
    await JournalWriter(database.engine, spool).drain()
    spool.close()
    (tmp_path / "position").unlink()  # As if the crash came between the two.
    again = Spool(tmp_path)
    assert await JournalWriter(database.engine, again).drain() == 1
    assert await counts(database) == (1, 1)
    again.close()


async def test_an_outage_of_the_database_loses_nothing(database: Database, tmp_path: Path) -> None:
    tenant = (await add_customer(database, "acme")).tenant
    spool = Spool(tmp_path)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        away = make_engine(f"postgresql://nobody@127.0.0.1:{closed.getsockname()[1]}/none")
        for number in range(3):
            spool.record(ended(tenant, number))
        with pytest.raises((SQLAlchemyError, OSError)):
            await JournalWriter(away, spool).drain()
        await away.dispose()
    spool.record(ended(tenant, 3))
    assert await JournalWriter(database.engine, spool).drain() == 4
    assert await counts(database) == (4, 4)
    spool.close()


async def test_an_entry_that_the_database_refuses_does_not_hold_up_the_others(
    database: Database, tmp_path: Path
) -> None:
    tenant = (await add_customer(database, "acme")).tenant
    spool = Spool(tmp_path)
    spool.record(ended(tenant, 1))
    spool.record(ended("a-tenant-that-is-gone", 2))
    spool.record(ended(tenant, 3))
    writer = JournalWriter(database.engine, spool)
    assert await writer.drain() == 3
    assert await writer.drain() == 0
    assert await counts(database) == (2, 2)
    spool.close()


async def test_names_and_numbers_of_any_length_and_kind_fit(
    database: Database, tmp_path: Path
) -> None:
    tenant = (await add_customer(database, "acme")).tenant
    spool = Spool(tmp_path)
    odd = ended(tenant, 1, name="Ünï" * 100)
    odd.dialled = "9\x00" * 500
    spool.record(odd)
    assert await JournalWriter(database.engine, spool).drain() == 1
    assert await counts(database) == (1, 1)
    spool.close()


async def test_the_running_writer_follows_what_is_recorded(
    database: Database, tmp_path: Path
) -> None:
    tenant = (await add_customer(database, "acme")).tenant
    spool = Spool(tmp_path)
    running = asyncio.create_task(JournalWriter(database.engine, spool).run())
    try:
        for number in range(3):
            spool.record(ended(tenant, number))
            async with asyncio.timeout(10):
                while (await counts(database))[0] <= number:  # noqa: ASYNC110  no event tells
                    await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        spool.close()
