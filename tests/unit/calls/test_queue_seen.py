"""Calls in queues as others see them: to pick up, and among the live calls."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.calls.adoption import _language
from orchestrator.calls.entry import CallEntry, Segment
from orchestrator.calls.live import show
from orchestrator.calls.schemas import ActiveCallOut, CallState
from orchestrator.rights.rules import Right
from orchestrator.routing.plan import Person
from tests.factories.plans import TENANT, department, person, plan
from tests.factories.queues import agent, queue, with_queues
from tests.unit.calls.desk import SILENT, Desk, at_desk, until

MAY = {"dep-sales": frozenset({Right.DIVERT_TRANSFER_PICKUP.value})}


def picker(number: str) -> Person:
    return person(number, rights=MAY)


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """101 and 104 call; 102 serves 800, and 103 would; 105 may pick up."""
    ann = agent("102")
    out = replace(agent("103"), forwarding=replace(ann.forwarding, queues=False))
    people = (person("101"), ann, out, person("104"), picker("105"))
    acme = with_queues(*people, queues=(queue(ann, out),))
    async with at_desk(plan(acme), tmp_path) as desk:
        desk.phones("u101x0", "u104x0", "u105x0")
        desk.phones("u102x0", "u103x0", phone=SILENT)
        yield desk


async def waiting(desk: Desk) -> str:
    """A call in the queue that rings at 102."""
    call = desk.call("u101x0", "800")
    await until(lambda: any(c.startswith(f"{call}~") for c in desk.asterisk.world.channels))
    await until(lambda: desk.asterisk.world.channels[call].state == "Up")
    return call


def shown_now(desk: Desk, call: str) -> ActiveCallOut:
    found = desk.registry.get(call)
    assert found is not None
    return show(found)


async def test_a_call_that_rings_at_an_agent_is_picked_up_by_the_number_of_the_queue(
    desk: Desk,
) -> None:
    call = await waiting(desk)
    picking = desk.call("u105x0", "*20*800")
    await desk.talking(call)
    assert (await desk.ended(picking)).reason == "picked_up"
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert [(s.target_kind, s.target, s.queue) for s in entry.segments if s.target == "105"] == [
        ("user", "105", "queue-800")
    ]
    await desk.empty()


async def test_only_calls_of_the_queue_are_picked_up_by_its_number(desk: Desk) -> None:
    call = desk.call("u104x0", "102")
    await until(lambda: any(c.startswith(f"{call}~") for c in desk.asterisk.world.channels))
    picking = desk.call("u105x0", "*20*800")
    assert (await desk.ended(picking)).reason == "nobody_waits"
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


async def test_a_call_of_the_queue_is_picked_up_by_the_number_of_the_agent(desk: Desk) -> None:
    call = await waiting(desk)
    picking = desk.call("u105x0", "*20*102")
    await desk.talking(call)
    assert (await desk.ended(picking)).reason == "picked_up"
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


async def test_a_waiting_call_is_shown_with_the_queue_and_who_rings(desk: Desk) -> None:
    call = await waiting(desk)
    shown = shown_now(desk, call)
    assert shown.state is CallState.WAITING
    assert [(p.number, p.name, p.user, p.caller) for p in shown.parties] == [
        ("101", "User 101", "user-101", True),
        ("102", "User 102", "user-102", False),
        ("800", "Support", None, False),
    ]
    ring = next(c for c in desk.asterisk.world.channels if c.startswith(f"{call}~"))
    desk.asterisk.pick_up(ring)
    await desk.talking(call)
    shown = shown_now(desk, call)
    assert (shown.state, [p.number for p in shown.parties]) == (CallState.TALKING, ["101", "102"])
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


@pytest.mark.parametrize(
    ("steps", "language"),
    [
        pytest.param(["queue"], "nl", id="waiting"),
        pytest.param(["queue", "user"], "nl", id="talking"),
        pytest.param(["department", "queue", "user"], "nl", id="behind a menu"),
        pytest.param(["queue", "department"], "de", id="sent on to a menu"),
        pytest.param(["user"], "", id="by no queue"),
    ],
)
def test_after_a_restart_a_call_speaks_the_language_of_its_queue(
    steps: list[str], language: str
) -> None:
    line = queue(language="nl")
    acme = with_queues(queues=(line,), departments={"d": department(language="de")})
    refs = {"queue": line.id, "department": "d", "user": "user-101"}
    steps_taken = [Segment("0612", kind, refs[kind], "", 1.0) for kind in steps]
    entry = CallEntry("c", TENANT, "inbound", "0612", "", "0201", 1.0, segments=steps_taken)
    assert _language(acme, entry) == language
