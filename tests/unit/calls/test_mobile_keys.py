"""What a person does by keys on the mobile: hold, take back, transfer."""

from dataclasses import replace

import pytest

from orchestrator.forwarding.rules import Forwarding, Profile, Status
from orchestrator.options.rules import DEFAULT_CODES, Code
from orchestrator.routing.plan import Plan
from orchestrator.verbs.mobile_keys import command, kept
from tests.factories.plans import TENANT
from tests.unit.calls.desk import SILENT, Desk, until

RINGS_TOO = Forwarding(profiles={Status.AVAILABLE: Profile(Status.AVAILABLE, ring_mobile=True)})


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        pytest.param("*80", (Code.MOBILE_HOLD, ""), id="hold"),
        pytest.param("*81", (Code.MOBILE_UNHOLD, ""), id="take back"),
        pytest.param("*82#103#", (Code.MOBILE_BLIND_TRANSFER, "103"), id="transfer"),
        pytest.param("*8", None, id="not yet"),
        pytest.param("*82#103", None, id="number not ended"),
        pytest.param("*82##", None, id="no number"),
        pytest.param("123#", None, id="keys for the other party"),
    ],
)
def test_a_command_is_complete_or_none(typed: str, expected: tuple[Code, str] | None) -> None:
    assert command(DEFAULT_CODES, typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("12*8", "*8"), ("**80", "*80"), ("*82#10", "*82#10"), ("*82#1a", ""), ("5", "")],
)
def test_only_what_may_become_a_command_is_kept(typed: str, expected: str) -> None:
    assert kept(DEFAULT_CODES, typed) == expected


def test_an_empty_code_switches_its_function_off() -> None:
    off = DEFAULT_CODES | {Code.MOBILE_HOLD: "", Code.MOBILE_BLIND_TRANSFER: ""}
    assert command(off, "*80") is None
    assert command(off, "*82#103#") is None
    assert kept(off, "") == ""


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
