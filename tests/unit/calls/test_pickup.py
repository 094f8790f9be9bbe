"""Calls that ring are picked up from other phones, on the fake Asterisk."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.ari.fake import FakePhone
from orchestrator.options.rules import CallOptions, Options
from orchestrator.rights.rules import Right
from orchestrator.routing.plan import Person, Plan
from tests.factories.plans import TENANT, did, person, plan, tenant, trunk
from tests.unit.calls.desk import SILENT, Desk, at_desk, until

OUTSIDE = "+31201234567"


def member(number: str, *departments: str, devices: int = 1) -> Person:
    rights = {d: frozenset({Right.DIVERT_TRANSFER_PICKUP.value}) for d in departments}
    return person(number, devices, rights=rights, departments=frozenset(departments))


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """101, 102, 103 of sales and 104 of support may pick up, 105 of sales may not; 102 has two
    phones that nobody answers, and a DID."""
    people = (
        member("101", "sales"),
        member("102", "sales", devices=2),
        member("103", "sales"),
        member("104", "support"),
        person("105", departments=frozenset({"sales"})),
    )
    acme = tenant(people, (trunk(),), dids=(did(OUTSIDE, "102"),))
    async with at_desk(plan(acme), tmp_path) as desk:
        desk.phones("u101x0", "u103x0", "u104x0", "u105x0")
        desk.phones("u102x0", "u102x1", phone=SILENT)
        yield desk


def limit_to_own_department(desk: Desk) -> None:
    options = Options(calls=CallOptions(pickup_own_department=True))
    acme = replace(desk.plan.tenants[TENANT], options=options)
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)


async def ringing(desk: Desk, endpoint: str, number: str, caller: str = "") -> str:
    call = desk.call(endpoint, number, caller)
    await until(lambda: call in desk.asterisk.world.channels)
    await until(lambda: desk.asterisk.world.channels[call].rung)
    return call


def members(desk: Desk, call: str) -> set[str]:
    bridge = desk.asterisk.world.bridges.get(call)
    return set(bridge.members) if bridge else set()


async def finish(desk: Desk, *calls: str) -> None:
    for call in calls:
        desk.asterisk.hang_up(call)
        await desk.ended(call)
    await desk.empty()


@pytest.mark.parametrize("number", ["*20*102", "*20*"])
async def test_a_ringing_call_is_taken_and_the_phones_stop(desk: Desk, number: str) -> None:
    call = await ringing(desk, "u101x0", "102")
    picking = desk.call("u103x0", number)
    await until(lambda: members(desk, call) == {call, picking})
    await until(lambda: len(desk.asterisk.world.channels) == 2)
    taken = await desk.ended(picking)
    assert (taken.outcome, taken.reason) == ("answered", "picked_up")
    await finish(desk, call)
    entry = desk.entry(call)
    assert [(s.target_kind, s.target, s.reason) for s in entry.segments] == [
        ("user", "102", "picked_up"),
        ("user", "103", "caller_hung_up"),
    ]


async def test_a_caller_from_outside_is_picked_up(desk: Desk) -> None:
    call = await ringing(desk, "trunk-main", OUTSIDE, "0612345678")
    picking = desk.call("u103x0", "*20*102")
    await until(lambda: members(desk, call) == {call, picking})
    shown = desk.asterisk.world.channels[picking].variables["CONNECTEDLINE(all,i)"]
    assert shown == "<0612345678>"
    desk.asterisk.hang_up(picking)
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("answered", "callee_hung_up")
    await desk.empty()


async def test_of_two_who_pick_up_at_once_one_gets_the_call(desk: Desk) -> None:
    call = await ringing(desk, "u101x0", "102")
    two = [desk.call("u103x0", "*20*102"), desk.call("u104x0", "*20*")]
    entries = await asyncio.gather(*(desk.ended(each) for each in two))
    assert sorted(entry.reason for entry in entries) == ["nobody_waits", "picked_up"]
    await until(lambda: len(members(desk, call)) == 2)
    await finish(desk, call)


async def test_the_called_one_and_a_colleague_at_once_make_one_conversation(desk: Desk) -> None:
    call = await ringing(desk, "u101x0", "102")
    picking = desk.call("u103x0", "*20*102")
    desk.asterisk.pick_up(f"{call}~1")
    await desk.ended(picking)
    await until(lambda: len(members(desk, call)) == 2)
    await until(lambda: len(desk.asterisk.world.channels) == 2)
    await finish(desk, call)


async def test_the_one_that_rings_longest_is_taken(desk: Desk) -> None:
    desk.phones("u105x0", phone=SILENT)
    first = await ringing(desk, "u101x0", "102")
    desk.clock.wall.move(5)
    second = await ringing(desk, "u104x0", "105")
    picking = desk.call("u103x0", "*20*")
    await until(lambda: members(desk, first) == {first, picking})
    await finish(desk, first, second)


@pytest.mark.parametrize(
    ("who", "number", "reason"),
    [
        pytest.param("105", "*20*102", "not_allowed", id="without the right"),
        pytest.param("105", "*20*", "not_allowed", id="anything, without the right"),
        pytest.param("103", "*20*104", "nobody_waits", id="nothing rings there"),
        pytest.param("103", "*20*199", "nobody_waits", id="nobody has the number"),
        pytest.param("101", "*20*", "nobody_waits", id="one's own call"),
    ],
)
async def test_what_cannot_be_picked_up_rings_on(
    desk: Desk, who: str, number: str, reason: str
) -> None:
    call = await ringing(desk, "u101x0", "102")
    entry = await desk.ended(desk.call(f"u{who}x0", number))
    assert (entry.outcome, entry.reason) == ("refused", reason)
    await until(lambda: len(desk.asterisk.world.channels) == 3)
    assert not desk.entry(call).complete
    await finish(desk, call)


async def test_pickup_may_be_limited_to_colleagues_of_own_departments(desk: Desk) -> None:
    limit_to_own_department(desk)
    call = await ringing(desk, "u101x0", "102")
    refused = [await desk.ended(desk.call("u104x0", n)) for n in ("*20*102", "*20*")]
    assert [entry.reason for entry in refused] == ["not_allowed", "nobody_waits"]
    picking = desk.call("u103x0", "*20*")
    await until(lambda: members(desk, call) == {call, picking})
    await finish(desk, call)


async def test_who_picks_up_and_hangs_up_at_once_leaves_nothing_behind(desk: Desk) -> None:
    call = await ringing(desk, "u101x0", "102")
    picking = desk.call("u103x0", "*20*102")
    desk.asterisk.hang_up(picking)
    await desk.ended(picking)
    if call in desk.asterisk.world.channels:
        desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


async def test_a_call_that_is_answered_cannot_be_picked_up(desk: Desk) -> None:
    desk.phones("u102x0", phone=FakePhone())
    call = desk.call("u101x0", "102")
    await desk.talking(call)
    entry = await desk.ended(desk.call("u103x0", "*20*102"))
    assert entry.reason == "nobody_waits"
    await finish(desk, call)
