"""Intercom on the real Asterisk: phones that answer by themselves, and who may make them."""

import asyncio

from orchestrator.calls.schemas import CallState
from orchestrator.forwarding.rules import Status
from tests.asterisk.forwarding import profile, status
from tests.asterisk.office import Office, codes, story
from tests.asterisk.paging import pager
from tests.asterisk.test_call_control import live
from tests.asterisk.test_dial_codes import set_codes
from tests.asterisk.together import talk


async def test_both_hear_each_other_and_the_phone_is_told_to_answer(office: Office) -> None:
    await set_codes(office, intercom="*9")
    ann, bob = await pager(office), await office.hire("102")
    caller, called = await office.speaker(ann, 440), await office.speaker(bob, 1900)
    await caller.dial("*9102")
    await called.answer()
    await talk(caller, called)
    (invite,) = called.received("INVITE")
    assert invite.headers["call-info"] == "<sip:centrale>;answer-after=0"
    assert invite.headers["alert-info"] == "<http://centrale>;info=alert-autoanswer;delay=0"
    assert invite.caller == "101"
    assert (await live(office, CallState.TALKING)).dialled == "*9102"
    await called.hang_up()
    await caller.until_idle()
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "callee_hung_up", [("user", "102", "callee_hung_up")])


async def test_of_several_phones_the_first_that_answers_has_the_call(office: Office) -> None:
    await set_codes(office, intercom="*9")
    ann, bob = await pager(office), await office.hire("102", devices=2)
    phone = await office.desk(ann)
    first, second = await asyncio.gather(office.desk(bob), office.desk(bob, 1))
    ringing, answering = await first.ring(), await second.answer()
    call = await phone.call("*9102", talk_ms=300, ended_by="us")
    await call.finished()
    await ringing.until_received("CANCEL")
    await answering.until_received("BYE")
    messages = [*await ringing.stop(), *await answering.stop()]
    invites = [each for each in messages if not each.sent and each.start_line.startswith("INVITE")]
    assert len(invites) == 2
    assert all("answer-after=0" in each.headers["call-info"] for each in invites)
    await office.journal()


async def test_who_may_not_and_numbers_that_nobody_has_are_refused_aloud(office: Office) -> None:
    await set_codes(office, intercom="*9")
    ann, bob = await office.hire("101"), await office.hire("102")
    boss = await pager(office, "103")
    phone, other, called = [await office.desk(who) for who in (ann, boss, bob)]
    silent = await called.ring()
    assert 183 in codes(await phone.call_refused("*9102", 403)), "Ann has not the right"
    assert 183 in codes(await other.call_refused("*9199", 404))
    await status(office, bob, Status.DO_NOT_DISTURB)
    await other.call_refused("*9102", 486)
    assert not silent.received("INVITE")
    entries = await office.journal(3)
    assert [entry.reason for entry in entries] == [
        "not_allowed",
        "unknown_number",
        "do_not_disturb",
    ]


async def test_who_takes_one_call_at_a_time_is_busy(office: Office) -> None:
    await set_codes(office, intercom="*9")
    ann, bob = await pager(office), await office.hire("102")
    await profile(office, bob, Status.AVAILABLE, several_calls=False)
    carol = await office.hire("103")
    phones = [await office.desk(who) for who in (ann, bob, carol)]
    talking = await phones[1].answer()
    first = await phones[2].call("102")
    await first.until_sent("ACK", count=2)
    await phones[0].call_refused("*9102", 486)
    await first.kill()
    for call in office.centrale.node.registry.calls():
        await office.centrale.node.ari.hangup(call.caller.id)
    await talking.until_received("BYE")
    refused = next(e for e in await office.journal(2) if e.dialled == "*9102")
    assert (refused.verdict, refused.reason) == ("refused", "busy")


async def test_without_a_code_there_is_no_intercom(office: Office) -> None:
    ann, bob = await pager(office), await office.hire("102")
    phone, called = await office.desk(ann), await office.desk(bob)
    silent = await called.ring()
    await phone.call_refused("*9102", 404)
    assert not silent.received("INVITE")
    await office.journal()
