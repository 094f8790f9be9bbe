"""Parked calls on the fake Asterisk: who waits where, who gets them, and that none is lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.calls.executor import MAX_STEPS
from orchestrator.options.rules import Options, ParkingOptions
from orchestrator.rights.rules import Right
from orchestrator.routing.plan import ParkingLine, Plan
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import TENANT, did, person, plan, tenant, trunk
from tests.unit.calls.desk import SILENT, Desk, at_desk, until

MAY_PARK = {"sales": frozenset({Right.PARK_CALLS.value})}
MEMBER = {"rights": MAY_PARK, "departments": frozenset({"sales"})}
OUTSIDE = "+31201234567"


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """101 to 105 with a phone each, of whom 105 may not park; places SP0 for all, SP1 of support;
    a DID of 101."""
    people = (*(person(n, **MEMBER) for n in ("101", "102", "103", "104")), person("105"))
    acme = tenant(people, (trunk(),), dids=(did(OUTSIDE, "101"),))
    places = (ParkingLine("place-0", "SP0", "All"), ParkingLine("place-1", "SP1", "Few", "support"))
    extensions = {p.number: Destination(DestinationKind.PARKING, p.id) for p in places}
    acme = replace(
        acme,
        extensions={**acme.extensions, **extensions},
        parking={place.id: place for place in places},
    )
    async with at_desk(plan(acme), tmp_path) as desk:
        desk.phones(*(f"u{n}x0" for n in range(101, 106)))
        yield desk


def choose(desk: Desk, *, returning: Destination | None = None, **parking: int) -> None:
    options = Options(parking=ParkingOptions(**parking, return_to=returning))
    acme = replace(desk.plan.tenants[TENANT], options=options)
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)


def steps(desk: Desk, call: str) -> list[tuple[str, str, str]]:
    return [(s.target_kind, s.target, s.reason) for s in desk.entry(call).segments]


def music(desk: Desk, channel: str) -> bool:
    return bool(desk.asterisk.world.channels[channel].music)


async def parked(desk: Desk, caller: str, place: str, by: str = "101") -> str:
    """`caller` talks with `by`, who parks the call; the id of the call."""
    call = desk.call(f"u{caller}x0", by)
    await desk.talking(call)
    desk.asterisk.transfer(f"{call}~1", place)
    await until(lambda: music(desk, call))
    return call


def members(desk: Desk, call: str) -> set[str]:
    bridge = desk.asterisk.world.bridges.get(call)
    return set(bridge.members) if bridge else set()


async def together(desk: Desk, call: str, channel: str) -> None:
    await until(lambda: members(desk, call) == {call, channel})


async def test_a_parked_caller_hears_music_and_talks_with_who_fetches(desk: Desk) -> None:
    call = await parked(desk, "102", "*03")
    assert f"{call}~1" not in desk.asterisk.world.channels
    assert [(p.call.id, p.data.place, p.data.by) for p in desk.registry.parked.of(TENANT)] == [
        (call, "3", "user-101")
    ]
    fetching = desk.call("u103x0", "*13")
    await together(desk, call, fetching)
    assert not music(desk, call)
    taken = await desk.ended(fetching)
    assert (taken.outcome, taken.reason) == ("answered", "picked_up")
    await until(lambda: desk.registry.parked.of(TENANT) == [])
    desk.asterisk.hang_up(fetching)
    await desk.ended(call)
    await desk.empty()
    assert steps(desk, call) == [
        ("user", "101", "transferred"),
        ("parking", "3", "picked_up"),
        ("user", "103", "callee_hung_up"),
    ]


async def test_the_calling_party_may_park_the_called_one(desk: Desk) -> None:
    call = desk.call("u101x0", "102")
    await desk.talking(call)
    desk.asterisk.transfer(call, "*00")
    await until(lambda: music(desk, f"{call}~1"))
    fetching = desk.call("u103x0", "*10")
    await until(lambda: members(desk, call) == {f"{call}~1", fetching})
    desk.asterisk.hang_up(f"{call}~1")
    await desk.ended(call)
    await desk.empty()


async def test_two_in_an_orbit_are_fetched_in_order(desk: Desk) -> None:
    first = await parked(desk, "102", "*00")
    second = await parked(desk, "103", "*00")
    one = desk.call("u104x0", "*10")
    await together(desk, first, one)
    other = desk.call("u101x0", "*10")
    await together(desk, second, other)
    desk.asterisk.hang_up(first)
    desk.asterisk.hang_up(second)
    await desk.empty()


async def test_a_call_can_be_fetched_by_who_parked_it(desk: Desk) -> None:
    await parked(desk, "102", "*00", by="101")
    wanted = await parked(desk, "103", "*00", by="104")
    fetching = desk.call("u101x0", "*10104")
    await together(desk, wanted, fetching)
    await until(lambda: len(desk.registry.parked.of(TENANT)) == 1)
    left = desk.registry.parked.of(TENANT)[0]
    assert left.call.id != wanted
    desk.asterisk.hang_up(wanted)
    desk.asterisk.hang_up(left.call.id)
    await desk.empty()


@pytest.mark.parametrize("number", ["*15", "SP0", "*10999"])
async def test_where_nobody_waits_nobody_is_fetched(desk: Desk, number: str) -> None:
    waiting = await parked(desk, "102", "*00")
    fetching = desk.call("u103x0", number)
    entry = await desk.ended(fetching)
    assert (entry.outcome, entry.reason) == ("refused", "nobody_waits")
    desk.asterisk.hang_up(waiting)
    assert (await desk.ended(waiting)).outcome == "answered"
    await desk.empty()


async def test_of_two_who_come_at_once_one_gets_the_call(desk: Desk) -> None:
    call = await parked(desk, "102", "*00")
    two = [desk.call("u103x0", "*10"), desk.call("u104x0", "*10")]
    entries = await asyncio.gather(*(desk.ended(each) for each in two))
    assert sorted(entry.reason for entry in entries) == ["nobody_waits", "picked_up"]
    await until(lambda: len(members(desk, call)) == 2)
    desk.asterisk.hang_up(call)
    await desk.empty()


async def test_a_caller_who_hangs_up_while_parked_is_gone_from_the_list(desk: Desk) -> None:
    call = await parked(desk, "102", "*00")
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert steps(desk, call)[-1] == ("parking", "0", "caller_hung_up")
    assert entry.outcome == "answered"
    await until(lambda: desk.registry.parked.of(TENANT) == [])
    await desk.empty()


async def test_who_fetches_and_hangs_up_at_once_leaves_nothing_behind(desk: Desk) -> None:
    call = await parked(desk, "102", "*00")
    fetching = desk.call("u103x0", "*10")
    desk.asterisk.hang_up(fetching)
    await desk.ended(fetching)
    await until(lambda: not members(desk, call) or desk.entry(call).complete)
    if call in desk.asterisk.world.channels:
        desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


# -- places and limits -----------------------------------------------------------------------


async def test_a_shared_place_takes_one_call_and_gives_it_to_who_calls_its_number(
    desk: Desk,
) -> None:
    call = await parked(desk, "102", "SP0")
    other = desk.call("u104x0", "103")
    await desk.talking(other)
    desk.asterisk.transfer(f"{other}~1", "SP0")
    await until(lambda: desk.asterisk.world.channels[f"{other}~1"].transfer == ["channel_declined"])
    assert desk.bridged(other) == 2, "they talk on"
    desk.asterisk.hang_up(other)
    fetching = desk.call("u101x0", "SP0")
    await together(desk, call, fetching)
    desk.asterisk.hang_up(call)
    await desk.empty()


async def declined(desk: Desk, place: str, by: str) -> bool:
    """Whether `by`, who was called, cannot park the caller; they go on talking then."""
    call = desk.call("u102x0", by)
    await desk.talking(call)
    desk.asterisk.transfer(f"{call}~1", place)
    leg = desk.asterisk.world.channels[f"{call}~1"]
    await until(lambda: bool(leg.transfer))
    refused = leg.transfer == ["channel_declined"]
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    return refused


async def test_parking_needs_the_right_and_the_department(desk: Desk) -> None:
    assert await declined(desk, "*00", by="105"), "105 has no right"
    assert await declined(desk, "SP1", by="101"), "101 is not in support"
    assert not await declined(desk, "*00", by="101")
    await desk.empty()


async def test_no_more_calls_are_parked_than_the_tenant_allows(desk: Desk) -> None:
    choose(desk, max_calls=1)
    call = await parked(desk, "103", "*00")
    assert await declined(desk, "*05", by="101")
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    assert not await declined(desk, "*05", by="101")
    await desk.empty()


@pytest.mark.parametrize("number", ["*10", "*20*", "*20*101"])
async def test_a_call_is_not_transferred_to_a_code_that_fetches(desk: Desk, number: str) -> None:
    assert await declined(desk, number, by="101")
    await desk.empty()


async def test_nobody_parks_oneself_by_dialling(desk: Desk) -> None:
    entry = await desk.ended(desk.call("u101x0", "*00"))
    assert (entry.outcome, entry.reason) == ("refused", "not_allowed")
    await desk.empty()


async def test_a_number_of_the_outside_world_may_lead_to_a_place(desk: Desk) -> None:
    acme = desk.plan.tenants[TENANT]
    place = Destination(DestinationKind.PARKING, "place-0")
    line = replace(acme.dids[0], destination=place)
    acme = replace(acme, dids=(line,))
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)
    call = desk.call("trunk-main", OUTSIDE, "0612345678")
    await until(lambda: music(desk, call))
    assert desk.asterisk.world.channels[call].state == "Up"
    fetching = desk.call("u101x0", "SP0")
    await together(desk, call, fetching)
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert entry.answered_at > 0
    await desk.empty()


# -- time over -------------------------------------------------------------------------------


async def hurry(desk: Desk, ring: int = 1) -> None:
    """Parked calls go back after a second; 101 rings as long."""
    choose(desk, return_seconds=1)
    acme = desk.plan.tenants[TENANT]
    people = {**acme.people, "user-101": replace(acme.people["user-101"], ring_seconds=ring)}
    desk.plan = Plan({TENANT: replace(acme, people=people)}, desk.plan.endpoints)


async def test_a_call_goes_back_to_who_parked_it_and_says_where_it_was(desk: Desk) -> None:
    await hurry(desk)
    call = await parked(desk, "102", "*00")
    await until(lambda: len(members(desk, call)) == 2)
    back = next(m for m in members(desk, call) if m != call)
    shown = desk.asterisk.world.channels[back].variables["CONNECTEDLINE(all,i)"]
    assert shown == '"Parked 0: User 102" <102>'
    await until(lambda: desk.registry.parked.of(TENANT) == [])
    desk.asterisk.hang_up(back)
    await desk.ended(call)
    await desk.empty()
    assert steps(desk, call)[1:] == [("parking", "0", "timeout"), ("user", "101", "callee_hung_up")]


async def test_a_call_that_rings_back_is_parked_again_or_fetched(desk: Desk) -> None:
    await hurry(desk)
    call = await parked(desk, "102", "*00")
    desk.phones("u101x0", phone=SILENT)
    await until(lambda: len(steps(desk, call)) == 4)
    assert [step[:2] for step in steps(desk, call)[1:]] == [
        ("parking", "0"),
        ("user", "101"),
        ("parking", "0"),
    ]
    await until(lambda: music(desk, call))
    await until(lambda: len(steps(desk, call)) == 5)
    assert [p.call.id for p in desk.registry.parked.of(TENANT)] == [call], "still in its place"
    fetching = desk.call("u103x0", "*10")
    await together(desk, call, fetching)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


async def test_a_call_goes_where_the_tenant_says(desk: Desk) -> None:
    choose(desk, returning=Destination(DestinationKind.USER, "user-104"), return_seconds=1)
    call = await parked(desk, "102", "*00")
    await until(lambda: len(members(desk, call)) == 2)
    assert steps(desk, call)[-1][:2] == ("user", "104")
    desk.asterisk.hang_up(call)
    await desk.empty()


async def test_a_call_that_nobody_wants_is_not_taken_for_a_circle(desk: Desk) -> None:
    choose(desk, return_seconds=1)
    call = await parked(desk, "102", "*00")
    desk.asterisk.unregister("PJSIP/u101x0")
    owner = desk.registry.get(call)
    assert owner is not None
    # Time is not what this is about: hasten it, for the call goes back more often than a call
    # may take steps.
    acme = desk.plan.tenants[TENANT]
    options = Options(parking=ParkingOptions(return_seconds=0.01))  # type: ignore[arg-type]
    desk.plan = Plan({TENANT: replace(acme, options=options)}, desk.plan.endpoints)
    await until(lambda: len(steps(desk, call)) > MAX_STEPS + 10)
    assert not desk.entry(call).complete
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


# -- after a restart -------------------------------------------------------------------------


@pytest.mark.parametrize("calling", ["the caller", "the called one"])
async def test_after_a_restart_a_parked_call_waits_on(tmp_path: Path, calling: str) -> None:
    people = tuple(person(n, **MEMBER) for n in ("101", "102", "103"))
    folder = tmp_path / "spool"
    async with at_desk(plan(tenant(people)), folder) as desk:
        desk.phones("u101x0", "u102x0", "u103x0")
        by_caller = calling == "the called one"
        call = desk.call("u101x0" if by_caller else "u102x0", "102" if by_caller else "101")
        await desk.talking(call)
        waiting = f"{call}~1" if by_caller else call
        desk.asterisk.transfer(call if by_caller else f"{call}~1", "*07")
        await until(lambda: music(desk, waiting))
        await desk.registry.close()
        desk.asterisk.drop()
        await until(lambda: [p.call.id for p in desk.registry.parked.of(TENANT)] == [call])
        found = desk.registry.parked.of(TENANT)[0]
        assert (found.data.place, found.data.by) == ("7", "user-101")
        fetching = desk.call("u103x0", "*17")
        await until(lambda: members(desk, call) == {waiting, fetching})
        desk.asterisk.hang_up(fetching)
        await desk.empty()
