"""What a person does by keys on the mobile: hold, take back, transfer."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.forwarding.rules import Forwarding, Profile, Status
from orchestrator.options.rules import DEFAULT_CODES, Code
from orchestrator.routing.plan import Plan
from orchestrator.verbs.typed_codes import TypedCodes
from tests.factories.plans import TENANT
from tests.unit.calls.desk import SILENT, Desk, until

RINGS_TOO = Forwarding(profiles={Status.AVAILABLE: Profile(Status.AVAILABLE, ring_mobile=True)})


ALL = (
    (Code.MOBILE_HOLD, Code.MOBILE_UNHOLD),
    (Code.MOBILE_BLIND_TRANSFER, Code.MOBILE_CONSULT),
)


@pytest.mark.parametrize(
    ("pressed", "expected"),
    [
        pytest.param("*80", [(Code.MOBILE_HOLD, "")], id="hold"),
        pytest.param("*81", [(Code.MOBILE_UNHOLD, "")], id="take back"),
        pytest.param("*82#103#", [(Code.MOBILE_BLIND_TRANSFER, "103")], id="transfer"),
        pytest.param("*8", [], id="not yet"),
        pytest.param("*82#103", [], id="number not ended"),
        pytest.param("*82##", [], id="no number"),
        pytest.param("123#", [], id="keys for the other party"),
        pytest.param("55*8**80", [(Code.MOBILE_HOLD, "")], id="begun anew"),
        pytest.param(
            "*80*81", [(Code.MOBILE_HOLD, ""), (Code.MOBILE_UNHOLD, "")], id="one after the other"
        ),
        pytest.param("*82##*83#104#", [(Code.MOBILE_CONSULT, "104")], id="given up"),
    ],
)
def test_commands_are_found_among_the_keys(pressed: str, expected: list[tuple[Code, str]]) -> None:
    keys = TypedCodes(*ALL)
    found = [keys.press(DEFAULT_CODES, key) for key in pressed]
    assert [each for each in found if each] == expected


def test_an_empty_code_switches_its_function_off() -> None:
    off = DEFAULT_CODES | {Code.MOBILE_HOLD: "", Code.MOBILE_BLIND_TRANSFER: ""}
    keys = TypedCodes(*ALL)
    assert not any(keys.press(off, key) for key in "*80*82#103#")


@given(st.text("0123456789*#"))
def test_what_is_kept_never_grows_beyond_a_command(pressed: str) -> None:
    keys = TypedCodes(*ALL)
    for key in pressed:
        keys.press(DEFAULT_CODES, key)
        assert len(keys.typed) <= len("*82#") + 30 + 1


async def on_the_mobile(desk: Desk) -> tuple[str, str]:
    """101 talks with 102, who took the call on the mobile: the call and the mobile's channel."""
    acme = desk.plan.tenants[TENANT]
    people = dict(acme.people)
    bob = replace(people["user-102"], mobile="0612345678", forwarding=RINGS_TOO)
    people[bob.id] = bob
    desk.plan = Plan({TENANT: replace(acme, people=people)}, desk.plan.endpoints)
    desk.phones("u102x0", phone=SILENT)
    desk.phones("trunk-main")
    call = desk.call("u101x0", "102")
    mobile = f"{call}~2"
    channels = desk.asterisk.world.channels
    await until(lambda: mobile in channels and bool(channels[mobile].playing))
    assert desk.bridged(call) == 0, "the mobile has the call only once it accepts"
    desk.asterisk.press(mobile, "1")
    await desk.talking(call)
    return call, mobile


async def test_the_other_party_is_held_and_taken_back(desk: Desk) -> None:
    desk.asterisk.world.playback_seconds = 5.0
    call, mobile = await on_the_mobile(desk)
    channels = desk.asterisk.world.channels
    desk.asterisk.press(mobile, "*80")
    await until(lambda: channels[call].music == "default" and desk.bridged(call) == 1)
    desk.asterisk.press(mobile, "*80*81")
    await until(lambda: channels[call].music == "" and desk.bridged(call) == 2)
    desk.asterisk.hang_up(mobile)
    entry = await desk.ended(call)
    await desk.empty()
    assert (entry.outcome, entry.reason) == ("answered", "callee_hung_up")


async def test_the_other_party_is_transferred_also_from_hold(desk: Desk) -> None:
    desk.asterisk.world.playback_seconds = 5.0
    call, mobile = await on_the_mobile(desk)
    desk.asterisk.press(mobile, "*80*82#103#")
    await until(lambda: mobile not in desk.asterisk.world.channels)
    await until(lambda: desk.bridged(call) == 2)
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    await desk.empty()
    steps = [(step.target, step.reason) for step in entry.segments]
    assert steps == [("102", "transferred"), ("103", "caller_hung_up")]


async def test_a_transfer_to_nobody_leaves_all_as_it_was(desk: Desk) -> None:
    desk.asterisk.world.playback_seconds = 5.0
    call, mobile = await on_the_mobile(desk)
    desk.asterisk.press(mobile, "*82#199#")
    await until(lambda: bool(desk.asterisk.world.bridges[call].playing))
    assert desk.bridged(call) == 2
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()


async def test_the_keys_of_everybody_else_mean_nothing(desk: Desk) -> None:
    call, _ = await on_the_mobile(desk)
    desk.asterisk.press(call, "*80")
    desk.asterisk.press(call, "*82#103#")
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    assert [step.target for step in entry.segments] == ["102"]
    await desk.empty()


# -- consult -----------------------------------------------------------------------------------


def members(desk: Desk, call: str) -> set[str]:
    bridge = desk.asterisk.world.bridges.get(call)
    return set(bridge.members) if bridge else set()


async def consulting(desk: Desk) -> tuple[str, str, str]:
    """102 on the mobile holds 101 and talks with 103: the call, the mobile, the leg of 103."""
    desk.asterisk.world.playback_seconds = 5.0
    call, mobile = await on_the_mobile(desk)
    channels = desk.asterisk.world.channels
    desk.asterisk.press(mobile, "*83#103#")
    await until(lambda: channels[call].music == "default")
    await until(lambda: desk.bridged(call) == 2 and mobile in members(desk, call))
    await until(lambda: len(channels) == 3)
    (third,) = members(desk, call) - {mobile}
    return call, mobile, third


@pytest.mark.parametrize("by_key", [True, False])
async def test_after_a_consultation_the_held_party_is_connected(desk: Desk, by_key: bool) -> None:
    call, mobile, third = await consulting(desk)
    if by_key:
        desk.asterisk.press(mobile, "*84")
    else:
        desk.asterisk.hang_up(mobile)
    await until(lambda: members(desk, call) == {call, third})
    assert mobile not in desk.asterisk.world.channels
    assert desk.asterisk.world.channels[call].music == ""
    desk.asterisk.hang_up(third)
    entry = await desk.ended(call)
    await desk.empty()
    steps = [(step.target, step.reason) for step in entry.segments]
    assert steps == [("102", "transferred"), ("103", "callee_hung_up")]


async def test_when_the_third_one_hangs_up_the_mobile_is_back_with_the_held_party(
    desk: Desk,
) -> None:
    call, mobile, third = await consulting(desk)
    desk.asterisk.hang_up(third)
    await until(lambda: members(desk, call) == {call, mobile})
    desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    await desk.empty()
    steps = [(step.target, step.reason) for step in entry.segments]
    assert steps == [
        ("102", "transferred"),
        ("103", "callee_hung_up"),
        ("102", "caller_hung_up"),
    ]


async def test_when_the_held_party_leaves_the_other_two_go_on(desk: Desk) -> None:
    call, mobile, third = await consulting(desk)
    desk.asterisk.hang_up(call)
    await until(lambda: call not in desk.asterisk.world.channels)
    assert members(desk, call) == {mobile, third}
    desk.asterisk.hang_up(mobile)
    await desk.ended(call)
    await desk.empty()


@pytest.mark.parametrize("leaver", [0, 1, 2])
async def test_three_talk_until_the_first_leaves_and_then_two(desk: Desk, leaver: int) -> None:
    call, mobile, third = await consulting(desk)
    desk.asterisk.press(mobile, "*85")
    await until(lambda: len(members(desk, call)) == 3)
    three = [call, mobile, third]
    desk.asterisk.hang_up(three.pop(leaver))
    await until(lambda: members(desk, call) == set(three))
    desk.asterisk.hang_up(three[0])
    await desk.ended(call)
    await desk.empty()


async def test_when_nobody_is_there_to_consult_the_mobile_is_back(desk: Desk) -> None:
    desk.asterisk.world.playback_seconds = 5.0
    call, mobile = await on_the_mobile(desk)
    desk.asterisk.unregister("PJSIP/u103x0")
    desk.asterisk.unregister("PJSIP/u103x1")
    desk.asterisk.press(mobile, "*83#103#")
    await until(lambda: len(desk.entry(call).segments) == 3)
    await until(lambda: members(desk, call) == {call, mobile})
    desk.asterisk.hang_up(mobile)
    entry = await desk.ended(call)
    await desk.empty()
    assert [step.reason for step in entry.segments] == [
        "transferred",
        "not_registered",
        "callee_hung_up",
    ]
