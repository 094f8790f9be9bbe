"""Calls of queues in the journal: what is told of them, and who sees those whom nobody served."""

from pathlib import Path

import pytest

from orchestrator.calls.entry import CallEntry, Segment
from orchestrator.calls.history import CallHistory
from orchestrator.calls.journal import JournalWriter
from orchestrator.calls.schemas import CallQuery
from orchestrator.calls.spool import Spool
from orchestrator.calls.verdict import Outcome, Reason
from orchestrator.db.session import Database
from orchestrator.errors import NotFound
from orchestrator.types import Role
from tests.contract.queues.bench import World


def waiting(world: World, number: int) -> CallEntry:
    """Somebody outside who came into the queue, at which agents were rung twice."""
    entry = CallEntry(
        *(f"node1-{number}.0", world.scope.tenant, "inbound", "+31612345678", "Ada", "800"),
        1000.0 + number,
    )
    at = entry.started_at
    entry.segments = [Segment(entry.caller_number, "queue", world.queue, "800", at)]
    entry.segments[0].queue, entry.segments[0].polled = world.queue, 2
    return entry


@pytest.fixture
async def history(world: World, database: Database, tmp_path: Path) -> CallHistory:
    """A call that nobody served (node1-1.0), one that Ann took (node1-2.0), one of no queue."""
    lost, served, other = (waiting(world, number) for number in (1, 2, 3))
    lost.close(1031.0, Outcome.ABANDONED, Reason.CALLER_HUNG_UP)
    served.segments.append(Segment("", "user", world.people["ann"], "101", 1012.0))
    served.segments[1].queue = world.queue
    served.close(1060.0, Outcome.ANSWERED, Reason.CALLER_HUNG_UP)
    other.segments = [Segment("", "user", world.people["bob"], "102", 1003.0)]
    other.close(1010.0, Outcome.ABANDONED, Reason.NO_ANSWER)
    spool = Spool(tmp_path)
    for entry in (lost, served, other):
        spool.record(entry)
    assert await JournalWriter(database.engine, spool).drain() == 3
    spool.close()
    return CallHistory(database)


async def test_the_steps_name_the_queue_and_how_often_agents_were_rung(
    world: World, history: CallHistory
) -> None:
    call = await history.get(world.scope, "node1-2.0")
    steps = [(s.destination_kind, s.queue, s.polled) for s in call.segments]
    assert steps == [("queue", world.queue, 2), ("user", world.queue, 0)]
    plain = await history.get(world.scope, "node1-3.0")
    assert [(s.queue, s.polled) for s in plain.segments] == [("", 0)]


async def test_calls_are_found_by_queue(world: World, history: CallHistory) -> None:
    query = CallQuery(queue=world.queue, sort="started_at")
    found = (await history.list(world.scope, query)).items
    assert [each.id for each in found] == ["node1-1.0", "node1-2.0"]
    assert not (await history.list(world.scope, CallQuery(queue="another"))).items


@pytest.mark.parametrize(
    ("role", "department", "sees"),
    [
        (Role.MANAGER, "home", True),
        (Role.MANAGER, "sales", False),
        (Role.DEPARTMENT_ADMIN, "home", False),
        (Role.USER, "home", False),
    ],
)
async def test_a_caller_whom_nobody_served_is_for_the_reports_of_the_queues_department(
    world: World, history: CallHistory, role: Role, department: str, sees: bool
) -> None:
    actor = world.user("carl", role, getattr(world, department))
    found = {each.id for each in (await history.list(actor, CallQuery())).items}
    assert ("node1-1.0" in found) is sees
    if sees:
        assert (await history.get(actor, "node1-1.0")).reason == "caller_hung_up"
    else:
        with pytest.raises(NotFound):
            await history.get(actor, "node1-1.0")


async def test_an_agent_sees_the_calls_that_she_took(world: World, history: CallHistory) -> None:
    mine = (await history.list(world.user("ann"), CallQuery())).items
    assert [each.id for each in mine] == ["node1-2.0"]
