"""Calls that must be accepted by a key, with real phones: mobiles, rebound numbers, screening."""

import asyncio

import pytest

from orchestrator.calls.schemas import CallState
from orchestrator.forwarding.rules import Status, When
from orchestrator.prompts.phrases import Phrase
from tests.asterisk.forwarding import MOBILE, hired, network, outside, profile, status, to
from tests.asterisk.office import Office, Provider, codes, story, until
from tests.asterisk.telling import until_told
from tests.asterisk.test_call_control import live
from tests.phones.phone import LONG, EndedBy, SippPhone
from tests.phones.sipp import SippRun


async def press(office: Office, phone: SippRun) -> None:
    """Press the key once somebody is asked to."""
    await until_told(office, Phrase.INCOMING_CALL, Phrase.ACCEPT_OR_REJECT)
    await phone.go_on()


async def test_given_a_ringing_mobile_when_it_answers_and_presses_1_then_it_has_the_call(
    office: Office,
) -> None:
    provider = await network(office)
    ann, bob = await office.hire("101"), await office.hire("102", mobile=MOBILE)
    await profile(office, bob, ring_mobile=True)
    caller, desk = await asyncio.gather(office.desk(ann), office.desk(bob))
    ringing, mobile = await desk.ring(), await provider.phone.answer_pressing("1")
    call = await caller.call("102", talk_ms=300, ended_by="us")
    await press(office, mobile)
    await call.finished()
    await mobile.until_sent("200 BYE")
    await asyncio.gather(ringing.stop(), mobile.stop())
    assert codes(call.messages()) == [100, 180, 200]
    assert "Call completed elsewhere" in ringing.received("CANCEL")[0].headers.get("reason", "")
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [("user", "102", "caller_hung_up")])


async def test_given_a_mobile_whose_voicemail_answers_when_the_desk_answers_then_it_has_the_call(
    office: Office,
) -> None:
    provider = await network(office)
    ann, bob = await office.hire("101"), await office.hire("102", mobile=MOBILE)
    await profile(office, bob, ring_mobile=True)
    caller, desk = await asyncio.gather(office.desk(ann), office.desk(bob))
    voicemail, answering = await provider.phone.answer(), await desk.answer(ring_ms=LONG)
    call = await caller.call("102", talk_ms=300, ended_by="us")
    await until_told(office, Phrase.ACCEPT_OR_REJECT)
    assert not call.received("200 INVITE"), "the voicemail, which answered at once, was not it"
    await answering.end_ringing()
    await call.finished()
    await voicemail.until_sent("200 BYE")
    await asyncio.gather(voicemail.stop(), answering.stop())
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [("user", "102", "caller_hung_up")])


async def test_given_only_a_mobile_when_it_refuses_by_2_then_the_caller_goes_on_to_no_answer(
    office: Office,
) -> None:
    provider = await network(office)
    ann, carol = await hired(office, "101", "103")
    bob = await office.hire("102", devices=0, mobile=MOBILE)
    await profile(office, bob, ring_mobile=True, ways={When.NO_ANSWER: to(carol)})
    caller, other = await asyncio.gather(office.desk(ann), office.desk(carol))
    mobile, answering = await provider.phone.answer_pressing("2"), await other.answer()
    call = await caller.call("102", talk_ms=100, ended_by="us")
    await press(office, mobile)
    await call.finished()
    await asyncio.gather(mobile.stop(), answering.stop())
    (entry,) = await office.journal()
    assert story(entry)[2] == [("user", "102", "no_answer"), ("user", "103", "caller_hung_up")]


async def test_given_a_rebound_when_1_is_pressed_then_the_caller_is_connected(
    office: Office,
) -> None:
    provider = await network(office)
    ann, bob = await hired(office, "101", "102")
    await status(office, bob, Status.AWAY)
    await profile(office, bob, Status.AWAY, ways={When.ALWAYS: outside(kind="rebound")})
    caller, far = await office.desk(ann), await provider.phone.answer_pressing("1")
    call = await caller.call("102", talk_ms=300, ended_by="us")
    await press(office, far)
    await call.finished()
    await far.until_sent("200 BYE")
    await far.stop()
    assert codes(call.messages()) == [100, 180, 200]
    (entry,) = await office.journal()
    assert story(entry)[2] == [("user", "102", "away"), ("external", MOBILE, "caller_hung_up")]


@pytest.mark.parametrize("keys", ["2", ""])
async def test_given_a_rebound_when_it_is_declined_then_the_caller_goes_on_to_no_answer(
    office: Office, keys: str
) -> None:
    provider = await network(office)
    ann, bob, carol = await hired(office, "101", "102", "103")
    await status(office, bob, Status.AWAY)
    ways = {When.ALWAYS: outside(kind="rebound"), When.NO_ANSWER: to(carol)}
    await profile(office, bob, Status.AWAY, ways=ways)
    caller, other = await asyncio.gather(office.desk(ann), office.desk(carol))
    answering = await other.answer()
    if keys:
        far = await provider.phone.answer_pressing(keys)
    else:
        far = await provider.phone.answer(ended_by="us")
    call = await caller.call("102", talk_ms=100, ended_by="us")
    await press(office, far)  # Without a key it hangs up.
    await call.finished()
    await asyncio.gather(far.stop(), answering.stop())
    (entry,) = await office.journal()
    assert story(entry)[2] == [
        ("user", "102", "away"),
        ("external", MOBILE, "declined"),
        ("user", "103", "caller_hung_up"),
    ]


# -- screening -----------------------------------------------------------------------------------


async def screened(office: Office) -> tuple[Provider, SippPhone]:
    """A provider whose calls for +31201234567 go to 102, who has callers screened; 102's phone."""
    provider = await network(office)
    bob = await office.hire("102")
    await office.did("+31201234567", bob)
    await status(office, bob, Status.CUSTOM_AVAILABLE, screening=True)
    return provider, await office.desk(bob)


def recordings(office: Office) -> list[str]:
    """Names that were recorded and are still there."""
    embedded = office.centrale.node.embedded
    assert embedded is not None
    return [file.name for file in embedded.layout.spool.rglob("*screening*")]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("1", ("answered", "caller_hung_up")),
        ("2", ("refused", "declined")),
    ],
)
async def test_given_screening_when_the_name_was_heard_then_1_takes_and_2_refuses_the_call(
    office: Office, keys: str, expected: tuple[str, str]
) -> None:
    provider, desk = await screened(office)
    phone = await desk.answer_pressing(keys)
    ended_by: EndedBy = "us" if keys == "1" else "them"
    call = await provider.phone.call("+31201234567", ended_by=ended_by)
    await until_told(office, Phrase.CALLER_IS, seconds=30)
    await phone.go_on()
    if keys == "1":
        await live(office, CallState.TALKING)
        await call.hang_up()
    await phone.until_sent("200 BYE")
    await phone.stop()
    (entry,) = await office.journal()
    assert story(entry) == (
        *expected,
        [("announcement", "priv-recordintro", "forwarded"), ("user", "102", expected[1])],
    )
    await until(lambda: not recordings(office))


async def test_given_screening_when_the_caller_hangs_up_while_speaking_then_nothing_is_kept(
    office: Office,
) -> None:
    provider, desk = await screened(office)
    phone = await desk.ring()
    call = await provider.phone.call("+31201234567", ended_by="us")
    await until(lambda: bool(recordings(office)))
    await call.hang_up()
    (entry,) = await office.journal()
    assert story(entry)[2] == [("announcement", "priv-recordintro", "caller_hung_up")]
    assert not phone.received("INVITE")
    await phone.stop()
    await until(lambda: not recordings(office))


async def test_given_screening_when_a_colleague_calls_then_it_rings_at_once(
    office: Office,
) -> None:
    _, desk = await screened(office)
    caller = await office.desk(await office.hire("101"))
    phone = await desk.answer()
    await (await caller.call("102", talk_ms=100, ended_by="us")).finished()
    await phone.stop()
    (entry,) = await office.journal()
    assert story(entry)[2] == [("user", "102", "caller_hung_up")]
