"""No step of a call waits for the database: it is decided by what is in memory."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from orchestrator.bootstrap import Running
from orchestrator.forwarding.model import StatusProfile, UserStatus
from orchestrator.forwarding.rules import Status, When
from tests.asterisk.office import Office, until


@contextmanager
def statements(centrale: Running) -> Iterator[list[tuple[str, str]]]:
    """Every statement that goes to the database meanwhile, with the task that sends it."""
    engine = centrale.store.database.engine.sync_engine
    seen: list[tuple[str, str]] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        task = asyncio.current_task()
        seen.append((task.get_name() if task else "", statement))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def forward(office: Office, user: str, to: str) -> None:
    """Send all calls of `user` on to the user `to`, by the status away."""
    away = {"kind": "user", "ref": to}
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(UserStatus(user_id=user, status=Status.AWAY))
        session.add(
            StatusProfile(
                user_id=user,
                status=Status.AWAY,
                destinations={When.ALWAYS.value: {"internal": away, "external": away}},
            )
        )
    await until(lambda: office.plan.people[user].forwarding.status is Status.AWAY)


async def test_given_calls_of_all_kinds_when_they_are_made_then_none_asks_the_database(
    office: Office,
) -> None:
    people = [await office.hire(number) for number in ("101", "102", "103")]
    provider = await office.provider()
    await office.rule(provider, prefixes=["0"])
    await office.did("+31201234567", people[1])
    await forward(office, people[1].user_id, people[2].user_id)
    alice, carol = await office.desk(people[0]), await office.desk(people[2])
    with statements(office.centrale) as seen:
        answering = await carol.answer()
        call = await alice.call("102", talk_ms=200, ended_by="us")
        await call.finished()
        await answering.until_sent("200 BYE")
        await answering.stop()
        far = await provider.phone.answer()
        call = await alice.call("0612345678", talk_ms=200, ended_by="us")
        await call.finished()
        await far.until_sent("200 BYE")
        await far.stop()
        answering = await carol.answer()
        call = await provider.phone.call("+31201234567", talk_ms=200, ended_by="us")
        await call.finished()
        await answering.until_sent("200 BYE")
        await answering.stop()
        await office.journal(3)
    assert seen, "the journal was written, so statements are seen"
    assert [each for each in seen if each[0].startswith(("call ", "ari"))] == []
