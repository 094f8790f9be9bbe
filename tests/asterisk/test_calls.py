"""Calls between colleagues, on the real Asterisk with real phones."""

import asyncio

import pytest

from orchestrator.tenants.model import Tenant
from tests.asterisk.office import Office, codes, story, until, until_found
from tests.phones.phone import Caller
from tests.phones.wire import Message

USER = "user"
ELSEWHERE = 'text="Call completed elsewhere"'  # RFC 3326: the phone shows no missed call.


def reason_of(cancel: Message) -> str:
    return cancel.headers.get("reason", "")


# -- two people ------------------------------------------------------------------------------


async def test_given_two_colleagues_when_the_caller_hangs_up_then_both_saw_who_the_other_is(
    office: Office,
) -> None:
    alice, bob = await office.desks("101", "102")
    ringing = await bob.answer(ring_ms=100)
    call = await alice.call("102", talk_ms=200, ended_by="us")
    messages = await call.finished()
    await ringing.until_sent("200 BYE")
    await ringing.stop()

    invite = ringing.received("INVITE")[0]
    assert (invite.caller, invite.caller_name) == ("101", "User 101")
    for answer in (call.received("180")[0], call.received("200 INVITE")[0]):
        assert answer.headers["p-asserted-identity"].startswith('"User 102" <sip:102@')
    assert not call.received("UPDATE")
    assert codes(messages) == [100, 180, 200]
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [(USER, "102", "caller_hung_up")])
    assert (entry.direction.value, entry.caller_number, entry.dialled) == ("internal", "101", "102")
    assert entry.answered_at is not None
    assert entry.ended_at is not None
    assert entry.started_at < entry.answered_at < entry.ended_at
    assert not entry.adopted


async def test_given_a_conversation_when_the_called_one_hangs_up_then_the_caller_is_told(
    office: Office,
) -> None:
    alice, bob = await office.desks("101", "102")
    ringing = await bob.answer(talk_ms=200, ended_by="us")
    call = await alice.call("102")
    await call.finished()
    await ringing.stop()
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "callee_hung_up", [(USER, "102", "callee_hung_up")])


async def test_given_phones_with_sound_when_they_talk_hold_and_resume_then_the_tones_tell(
    office: Office,
) -> None:
    first, second = await office.hire("101"), await office.hire("102")
    alice, bob = await asyncio.gather(office.speaker(first, 440), office.speaker(second, 700))
    await alice.dial("102")
    await bob.answer()
    await asyncio.gather(alice.until_hears(700), bob.until_hears(440))

    await alice.hold()
    await alice.until_received("200 INVITE", count=2)
    await until_found(lambda: bob.hears_music(but=(440, 700)))

    await alice.resume()
    await alice.until_received("200 INVITE", count=3)
    bob.listen_anew()
    await bob.until_hears(440)
    await alice.hang_up()
    await bob.until_idle()
    (entry,) = await office.journal()
    assert entry.verdict == "answered"


async def test_given_a_conversation_when_a_phone_holds_by_re_invite_then_it_is_obeyed(
    office: Office,
) -> None:
    alice, bob = await office.desks("101", "102")
    ringing = await bob.answer()
    call = await alice.call_held("102")
    for count in (2, 3):
        await call.go_on()
        await call.until_received("200 INVITE", count=count)
    messages = await call.hang_up()
    await ringing.until_sent("200 BYE")
    await ringing.stop()
    answers = [each.body for each in messages if each.matches("200 INVITE")]
    assert ["a=recvonly" in body for body in answers] == [False, True, False]
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [(USER, "102", "caller_hung_up")])


# -- several devices -------------------------------------------------------------------------


async def test_given_two_devices_when_one_answers_then_the_other_is_told_it_was_elsewhere(
    office: Office,
) -> None:
    (alice,) = await office.desks("101")
    bob = await office.hire("102", devices=3)  # The third is not registered.
    desk, mobile = await office.desk(bob, 0), await office.desk(bob, 1)
    losing, winning = await desk.ring(), await mobile.answer(ring_ms=300)
    call = await alice.call("102", talk_ms=300, ended_by="us")
    await call.finished()
    cancel = await losing.until_received("CANCEL")
    await losing.until_sent("487 INVITE")
    await losing.stop()
    await winning.stop()

    assert ELSEWHERE in reason_of(cancel)
    assert codes(call.messages()) == [100, 180, 200]
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [(USER, "102", "caller_hung_up")])


async def test_given_one_device_busy_when_the_other_answers_then_they_talk(office: Office) -> None:
    (alice,) = await office.desks("101")
    bob = await office.hire("102", devices=2)
    desk, mobile = await office.desk(bob, 0), await office.desk(bob, 1)
    refusing, answering = await desk.refuse("486 Busy Here"), await mobile.answer(ring_ms=300)
    call = await alice.call("102", talk_ms=200, ended_by="us")
    await call.finished()
    await refusing.stop()
    await answering.stop()
    (entry,) = await office.journal()
    assert entry.reason == "caller_hung_up"


async def test_given_two_devices_when_both_answer_at_once_then_one_talks_and_one_is_released(
    office: Office,
) -> None:
    (alice,) = await office.desks("101")
    bob = await office.hire("102", devices=2)
    desk, mobile = await office.desk(bob, 0), await office.desk(bob, 1)
    both = [await desk.answer(rival=True), await mobile.answer(rival=True)]
    call = await alice.call("102", talk_ms=300, ended_by="us")
    await call.finished()
    for run in both:
        # The loser is cancelled, or gets its BYE when its answer crossed the CANCEL.
        await until(lambda run=run: bool(run.sent("200 BYE") or run.sent("487 INVITE")))
        await run.stop()
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [(USER, "102", "caller_hung_up")])


async def test_given_a_device_that_answers_and_leaves_at_once_then_the_call_ends_cleanly(
    office: Office,
) -> None:
    alice, bob = await office.desks("101", "102")
    leaving = await bob.answer(talk_ms=1, ended_by="us")
    call = await alice.call("102")
    await call.finished()
    await leaving.stop()
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "callee_hung_up", [(USER, "102", "callee_hung_up")])


# -- nobody answers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "told", "reason"),
    [
        ("486 Busy Here", 486, "busy"),
        ("603 Decline", 486, "declined"),
        ("480 Temporarily Unavailable", 480, "no_answer"),
        ("500 Server Internal Error", 480, "not_registered"),
    ],
)
async def test_given_a_phone_that_refuses_when_called_then_the_caller_is_told_why(
    office: Office, status: str, told: int, reason: str
) -> None:
    alice, bob = await office.desks("101", "102")
    refusing = await bob.refuse(status)
    messages = await alice.call_refused("102", told)
    await refusing.stop()
    assert 200 not in codes(messages)
    (entry,) = await office.journal()
    assert entry.reason == reason
    assert entry.answered_at is None
    assert [step.reason for step in entry.segments] == [reason]


async def test_given_nobody_answers_when_the_ring_time_is_over_then_480_and_ringing_stops(
    office: Office,
) -> None:
    (alice,) = await office.desks("101")
    bob = await office.desk(await office.hire("102", ring_seconds=1))
    ringing = await bob.ring()
    await alice.call_refused("102", 480)
    cancel = await ringing.until_received("CANCEL")
    await ringing.until_sent("487 INVITE")
    await ringing.stop()
    assert ELSEWHERE not in reason_of(cancel), "a missed call must be shown"
    (entry,) = await office.journal()
    assert story(entry) == ("abandoned", "no_answer", [(USER, "102", "no_answer")])


async def test_given_no_phone_registered_or_none_at_all_when_called_then_480(
    office: Office,
) -> None:
    (alice,) = await office.desks("101")
    await office.hire("102")
    await office.hire("103", devices=0)
    await alice.call_refused("102", 480)
    await alice.call_refused("103", 480)
    first, second = await office.journal(2)
    assert story(first) == ("refused", "not_registered", [(USER, "102", "not_registered")])
    assert story(second) == ("refused", "no_device", [(USER, "103", "no_device")])


async def test_given_a_ringing_phone_when_the_caller_gives_up_then_it_stops(
    office: Office,
) -> None:
    (alice,) = await office.desks("101")
    bob = await office.hire("102", devices=2)
    runs = [await (await office.desk(bob, device)).ring() for device in (0, 1)]
    call = await alice.call_cancelled("102")
    await asyncio.gather(*(run.until_sent("180") for run in runs))
    await call.end_ringing()
    await call.finished()
    for run in runs:
        cancel = await run.until_received("CANCEL")
        await run.until_sent("487 INVITE")
        await run.stop()
        assert ELSEWHERE not in reason_of(cancel)
    (entry,) = await office.journal()
    assert story(entry) == ("abandoned", "caller_hung_up", [(USER, "102", "caller_hung_up")])


async def test_given_a_number_of_nobody_when_dialled_then_it_is_said_unanswered_and_404(
    office: Office,
) -> None:
    who = await office.hire("101")
    alice = await office.desk(who)
    messages = await alice.call_refused("199", 404)
    assert codes(messages) == [100, 183, 404]
    (entry,) = await office.journal()
    assert story(entry) == (
        "refused",
        "unknown_number",
        [("announcement", "pbx-invalid", "unknown_number")],
    )
    assert entry.answered_at is None


async def test_given_a_number_of_nobody_when_dialled_then_the_caller_hears_the_prompt(
    office: Office,
) -> None:
    alice = await office.speaker(await office.hire("101"), 440)
    await alice.dial("199")
    await alice.until_received("183")
    await until_found(lambda: alice.hears_music(but=(440,)))
    await alice.until_received("404")
    await alice.until_idle()


# -- limits and changes ----------------------------------------------------------------------


async def test_given_as_many_calls_as_allowed_when_one_more_comes_then_503(
    office: Office,
) -> None:
    alice, bob, carol = await office.desks("101", "102", "103")
    await office.limit_calls(1)
    talking = await bob.answer()
    first = await alice.call("102", ended_by="us")
    await talking.until_received("ACK")
    await carol.call_refused("102", 503)
    await first.hang_up()
    await talking.until_sent("200 BYE")

    again = await carol.call("102", talk_ms=100, ended_by="us")
    await again.finished()
    await talking.stop()
    entries = await office.journal(3)
    assert [entry.reason for entry in entries] == [
        "caller_hung_up",
        "tenant_full",
        "caller_hung_up",
    ]
    assert entries[1].verdict == "refused"


async def test_given_a_suspended_customer_when_a_phone_calls_then_it_reaches_emergency_alone(
    office: Office,
) -> None:
    alice, bob = await office.desks("101", "102")
    provider = await office.provider()
    await office.emergency("112")
    answering, far = await bob.answer(), await provider.phone.answer()
    await office.books.change(Tenant, office.books.scope.tenant, suspended=True)
    await until(lambda: office.plan.suspended)
    await alice.call_refused("102", 403)
    await provider.phone.call_refused("+31201234567", 403)
    for_help = await alice.call("112", talk_ms=100, ended_by="us")
    await for_help.finished()

    await office.books.change(Tenant, office.books.scope.tenant, suspended=False)
    await until(lambda: not office.plan.suspended)
    call = await alice.call("102", talk_ms=100, ended_by="us")
    await call.finished()
    await answering.stop()
    await far.stop()
    reasons = [entry.reason for entry in await office.journal(4)]
    assert reasons == ["suspended", "suspended", "caller_hung_up", "caller_hung_up"]


async def test_given_a_person_who_joins_when_called_the_next_moment_then_the_phone_rings(
    office: Office,
) -> None:
    (alice,) = await office.desks("101")
    await alice.call_refused("102", 404)
    (bob,) = await office.desks("102")
    answering = await bob.answer()
    call = await alice.call("102", talk_ms=100, ended_by="us")
    await call.finished()
    await answering.stop()
    await office.journal(2)


async def test_given_a_phone_that_claims_to_be_somebody_else_then_its_owner_is_shown(
    office: Office,
) -> None:
    alice, bob = await office.desks("101", "102")
    answering = await bob.answer()
    who = alice.account
    assert who is not None
    claim = Caller(
        who.username, "Boss", headers=["P-Asserted-Identity: <sip:the-director@example.com>"]
    )
    call = await alice.call("102", talk_ms=100, ended_by="us", caller=claim)
    await call.finished()
    await answering.stop()
    invite = answering.received("INVITE")[0]
    assert (invite.caller, invite.caller_name) == ("101", "User 101")
    assert "the-director" not in str(invite.headers)
