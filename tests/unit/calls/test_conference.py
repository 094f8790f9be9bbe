"""Conference rooms on the fake Asterisk: who comes in, and what is left when all have gone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.calls.rooms import bridge_of
from orchestrator.routing.plan import ConferenceLine, Plan
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import TENANT, person, plan, tenant
from tests.unit.calls.desk import Desk, at_desk, until

ROOM = ConferenceLine("room-1", "800", "Board")
BRIDGE = bridge_of(ROOM.id)


def furnish(desk: Desk, room: ConferenceLine) -> None:
    acme = desk.plan.tenants[TENANT]
    numbers = {**acme.extensions, room.number: Destination(DestinationKind.CONFERENCE, room.id)}
    acme = replace(acme, conferences={room.id: room}, extensions=numbers)
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    acme = tenant(tuple(person(number) for number in ("101", "102", "103")))
    async with at_desk(plan(acme), tmp_path) as desk:
        desk.phones("u101x0", "u102x0", "u103x0")
        furnish(desk, ROOM)
        yield desk


def inside(desk: Desk) -> list[str]:
    bridge = desk.asterisk.world.bridges.get(BRIDGE)
    return list(bridge.members) if bridge else []


async def enter(desk: Desk, number: str) -> str:
    call = desk.call(f"u{number}x0", "800")
    await until(lambda: call in inside(desk))
    return call


async def test_all_who_come_share_one_bridge_and_nothing_is_left_of_it(desk: Desk) -> None:
    calls = [await enter(desk, number) for number in ("101", "102", "103")]
    assert inside(desk) == calls
    for call in calls:
        desk.asterisk.hang_up(call)
        entry = await desk.ended(call)
        assert (entry.outcome, entry.reason) == ("answered", "caller_hung_up")
        assert [(s.target_kind, s.target) for s in entry.segments] == [("conference", "800")]
    await desk.empty()


async def test_music_plays_for_who_is_alone_and_for_nobody_else(desk: Desk) -> None:
    def music() -> bool:
        return bool(desk.asterisk.world.bridges[BRIDGE].music)

    await enter(desk, "101")
    await until(music)
    second = await enter(desk, "102")
    await until(lambda: not music())
    desk.asterisk.hang_up(second)
    await until(music)


async def test_a_full_room_takes_nobody_else(desk: Desk) -> None:
    furnish(desk, replace(ROOM, max_members=1))
    first = await enter(desk, "101")
    entry = await desk.ended(desk.call("u102x0", "800"))
    assert (entry.outcome, entry.reason) == ("refused", "conference_full")
    desk.asterisk.hang_up(first)
    await desk.ended(first)
    await enter(desk, "102")


async def key_in(desk: Desk, call: str, keys: str) -> None:
    """Press `keys` while the PIN is being asked for."""
    await until(lambda: bool(desk.asterisk.world.channels[call].playing))
    desk.asterisk.press(call, keys)


async def test_the_pin_lets_in(desk: Desk) -> None:
    furnish(desk, replace(ROOM, pin="4711"))
    desk.asterisk.world.sound_seconds["sound:conf-getpin"] = 5.0
    call = desk.call("u101x0", "800")
    await key_in(desk, call, "4711#")
    await until(lambda: call in inside(desk))


async def test_three_wrong_pins_end_the_call(desk: Desk) -> None:
    furnish(desk, replace(ROOM, pin="4711"))
    desk.asterisk.world.sound_seconds["sound:conf-getpin"] = 5.0
    call = desk.call("u101x0", "800")
    asked: set[str] = set()

    def asked_anew() -> bool:
        playing = desk.asterisk.world.channels[call].playing
        new = [p.id for p in playing if p.id not in asked and "sound:conf-getpin" in p.media]
        asked.update(new)
        return bool(new)

    for _ in range(3):
        await until(asked_anew)
        desk.asterisk.press(call, "0815#")
    entry = await desk.ended(call)
    await desk.empty()
    assert (entry.outcome, entry.reason) == ("refused", "not_allowed")


async def test_members_stay_together_when_the_connection_is_lost(desk: Desk) -> None:
    calls = [await enter(desk, number) for number in ("101", "102")]
    desk.asterisk.drop()
    await until(lambda: not desk.ari.connected)
    await desk.ari.wait_connected(8)
    third = await enter(desk, "103")
    assert inside(desk) == [*calls, third]
    for call in (*calls, third):
        desk.asterisk.hang_up(call)
        await desk.ended(call)
    await desk.empty()


async def test_a_new_node_finds_the_room_and_keeps_it_together(desk: Desk) -> None:
    calls = [await enter(desk, number) for number in ("101", "102")]
    desk.asterisk.refusing = True
    desk.asterisk.drop()
    await until(lambda: not desk.ari.connected)
    await desk.registry.close()
    assert not desk.registry.calls()
    desk.asterisk.hang_up(calls[0])
    desk.asterisk.refusing = False
    await desk.ari.wait_connected(8)
    await until(lambda: len(desk.registry.calls()) == 1)
    third = await enter(desk, "103")
    assert inside(desk) == [calls[1], third]
    for call in (calls[1], third):
        desk.asterisk.hang_up(call)
        await desk.ended(call)
    await desk.empty()
    entry = desk.entry(calls[1])
    assert (entry.adopted, entry.outcome, entry.reason) == (True, "answered", "caller_hung_up")


async def test_a_room_that_was_deleted_meanwhile_is_ended_by_a_new_node(desk: Desk) -> None:
    calls = [await enter(desk, number) for number in ("101", "102")]
    desk.asterisk.refusing = True
    desk.asterisk.drop()
    await until(lambda: not desk.ari.connected)
    await desk.registry.close()
    acme = replace(desk.plan.tenants[TENANT], conferences={})
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)
    desk.asterisk.refusing = False
    await desk.ari.wait_connected(8)
    await desk.empty()
    for call in calls:
        assert (await desk.ended(call)).reason == "ended_unattended"


async def test_a_member_who_goes_on_elsewhere_is_out_of_the_room(desk: Desk) -> None:
    first, second = await enter(desk, "101"), await enter(desk, "102")
    rooms = desk.registry.rooms
    await rooms.take_out(first)
    assert inside(desk) == [second]
    assert rooms.room_of(first) is None
    await rooms.take_out(first)
    assert rooms.members(ROOM.id) == 1
    for call in (first, second):
        desk.asterisk.hang_up(call)
        await desk.ended(call)
    await desk.empty()


@pytest.mark.parametrize("announce", [True, False], ids=["announced", "quiet"])
async def test_a_tone_tells_who_comes(desk: Desk, announce: bool) -> None:
    furnish(desk, replace(ROOM, announce=announce))
    desk.asterisk.world.sound_seconds["sound:confbridge-join"] = 5.0
    await enter(desk, "101")
    await enter(desk, "102")
    playing = desk.asterisk.world.bridges[BRIDGE].playing
    assert bool(playing) is announce
