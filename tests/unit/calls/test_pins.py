"""PINs at the telephone: right and wrong ones, people who are blocked, and calls out that wait."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from orchestrator.calls.pins import BLOCKED_SECONDS, MOST_TRIES, MOST_TRIES_AT_PHONE, Pins
from orchestrator.clock import FixedClock
from orchestrator.routing.plan import Plan
from tests.factories.plans import NOON, TENANT, person, plan, rule, tenant, trunk
from tests.unit.calls.desk import Desk, at_desk, until

ANN = person("101", pin="4711", pin_protected=True, pin_seconds=60)
BOB = person("102", pin="0815")
NOBODY = person("103")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def pins(clock: FixedClock) -> Pins:
    return Pins(clock)


@pytest.mark.parametrize(
    ("given", "right"),
    [("4711", True), ("4712", False), ("47110", False), ("471", False), ("", False), ("*", False)],
)
def test_only_the_whole_pin_is_right(pins: Pins, given: str, right: bool) -> None:
    assert pins.matches(ANN, given) is right


@pytest.mark.parametrize("given", ["", "0000", "*"])
def test_somebody_without_a_pin_has_none_that_is_right(pins: Pins, given: str) -> None:
    assert not pins.matches(NOBODY, given)


def test_three_wrong_ones_in_a_row_block_that_person_alone(pins: Pins, clock: FixedClock) -> None:
    for _ in range(MOST_TRIES):
        assert not pins.blocked(ANN.id)
        assert not pins.matches(ANN, "0000")
    assert pins.blocked(ANN.id)
    assert not pins.matches(ANN, "4711"), "not even the right one"
    assert pins.matches(BOB, "0815")
    clock.move(BLOCKED_SECONDS - 1)
    assert not pins.matches(ANN, "4711")
    clock.move(1)
    assert pins.matches(ANN, "4711")


def test_tries_while_blocked_do_not_block_for_longer(pins: Pins, clock: FixedClock) -> None:
    for _ in range(MOST_TRIES):
        pins.matches(ANN, "0000")
    clock.move(BLOCKED_SECONDS / 2)
    for _ in range(10):
        pins.matches(ANN, "0000")
    clock.move(BLOCKED_SECONDS / 2)
    assert not pins.matches(ANN, "0000"), "counted from the first again"
    assert not pins.blocked(ANN.id)


def test_a_right_one_forgives_the_wrong_ones_before(pins: Pins) -> None:
    for given in ("0000", "0000", "4711", "0000", "0000", "4711"):
        assert pins.matches(ANN, given) is (given == "4711")
    assert not pins.blocked(ANN.id)


def test_wrong_ones_of_many_people_block_the_phone_at_which_they_are_keyed_in(
    pins: Pins, clock: FixedClock
) -> None:
    for n in range(MOST_TRIES_AT_PHONE):
        assert not pins.blocked(ANN.id, "lobby")
        assert not pins.matches(person(str(200 + n), pin="4711"), "0000", "lobby")
    assert not pins.matches(ANN, "4711", "lobby"), "not even the right one"
    assert pins.matches(ANN, "4711", "attic")
    assert pins.matches(ANN, "4711"), "elsewhere it is nobody's fault"
    clock.move(BLOCKED_SECONDS)
    assert pins.matches(ANN, "4711", "lobby")


def test_a_right_one_forgives_those_before_at_the_same_phone(pins: Pins) -> None:
    for n in range(3 * MOST_TRIES_AT_PHONE):
        if n % (MOST_TRIES_AT_PHONE - 1) == 0:
            assert pins.matches(ANN, "4711", "lobby")
        assert not pins.matches(person(str(200 + n), pin="4711"), "0000", "lobby")


def test_no_more_people_are_remembered_than_the_bound(clock: FixedClock) -> None:
    pins = Pins(clock, most_people=10)
    for _ in range(MOST_TRIES):
        pins.matches(ANN, "0000")
    for n in range(9):
        pins.matches(person(str(200 + n), pin="4711"), "0000")
    assert pins.blocked(ANN.id)
    pins.matches(BOB, "0000")
    assert not pins.blocked(ANN.id), "the oldest went"


def test_calls_out_are_open_for_as_long_as_the_person_has(pins: Pins, clock: FixedClock) -> None:
    assert not pins.calls_out_open(ANN.id)
    pins.open_calls_out(ANN)
    pins.open_calls_out(replace(BOB, pin_seconds=10))
    clock.move(59)
    assert (pins.calls_out_open(ANN.id), pins.calls_out_open(BOB.id)) == (True, False)
    clock.move(1)
    assert not pins.calls_out_open(ANN.id)


# -- at the telephone --------------------------------------------------------------------------


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    acme = tenant((ANN, BOB), (trunk(),), outbound_rules=(rule(),))
    async with at_desk(plan(acme), tmp_path) as desk:
        desk.phones("u101x0", "u102x0")
        for sound in ("agent-pass", "auth-incorrect"):
            desk.asterisk.world.sound_seconds[f"sound:{sound}"] = 5.0
        yield desk


async def key_in(desk: Desk, call: str, sound: str, keys: str) -> None:
    """Press `keys` while `sound` asks for them, once it does anew."""
    asked: list[str] = []

    def asked_anew() -> bool:
        playing = desk.asterisk.world.channels[call].playing
        asked[:] = [p.id for p in playing if f"sound:{sound}" in p.media]
        return bool(asked)

    def stopped() -> bool:
        channel = desk.asterisk.world.channels.get(call)
        return channel is None or asked[0] not in [p.id for p in channel.playing]

    await until(asked_anew)
    desk.asterisk.press(call, keys)
    await until(stopped)


async def reason(desk: Desk, endpoint: str, number: str) -> str:
    return (await desk.ended(desk.call(endpoint, number))).reason


async def test_calls_out_wait_for_the_pin_and_go_once_it_came(desk: Desk) -> None:
    assert await reason(desk, "u101x0", "0201234567") == "pin_required"
    (event,) = desk.posted
    assert event.type.value.number == 30049
    call = desk.call("u101x0", "777")
    await key_in(desk, call, "agent-pass", "4711#")
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("answered", "ended")
    assert [(s.target_kind, s.target) for s in entry.segments] == [("service_code", "777")]
    assert await reason(desk, "u101x0", "0201234567") == "trunk_down", "it was tried"


async def test_three_wrong_pins_end_the_call_and_the_next_one_is_not_even_asked(
    desk: Desk,
) -> None:
    call = desk.call("u101x0", "777")
    await key_in(desk, call, "agent-pass", "1111#")
    await key_in(desk, call, "auth-incorrect", "2222#")
    await key_in(desk, call, "auth-incorrect", "3333#")
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("refused", "wrong_pin")
    again = desk.call("u101x0", "777")
    entry = await desk.ended(again)
    assert (entry.outcome, entry.reason) == ("refused", "wrong_pin")
    assert await reason(desk, "u101x0", "0201234567") == "pin_required"
    await desk.empty()


async def test_a_change_of_the_pin_during_the_call_counts(desk: Desk) -> None:
    call = desk.call("u101x0", "777")
    await key_in(desk, call, "agent-pass", "1111#")
    acme = desk.plan.tenants[TENANT]
    people = {**acme.people, ANN.id: replace(ANN, pin="2580")}
    desk.plan = Plan({TENANT: replace(acme, people=people)}, desk.plan.endpoints)
    await key_in(desk, call, "auth-incorrect", "2580#")
    assert (await desk.ended(call)).reason == "ended"


async def test_whose_calls_out_are_open_anyway_has_nothing_to_unlock(desk: Desk) -> None:
    entry = await desk.ended(desk.call("u102x0", "777"))
    assert (entry.outcome, entry.reason) == ("refused", "unknown_number")
