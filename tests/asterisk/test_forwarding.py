"""Statuses and forwarding with real phones: who rings, and who or what is called instead."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.forwarding.rules import CallSource, Status, When
from orchestrator.hours.rules import TimeFilter
from tests.asterisk.forwarding import (
    MOBILE,
    end_temporary,
    exception,
    hired,
    network,
    outside,
    profile,
    status,
    to,
)
from tests.asterisk.office import Office, story, until

# -- statuses ----------------------------------------------------------------------------------


@pytest.mark.parametrize("present", [Status.AVAILABLE, Status.CUSTOM_AVAILABLE])
async def test_given_a_ringing_status_when_nobody_answers_then_a_colleague_rings_and_theirs_too(
    office: Office, present: Status
) -> None:
    ann, bob, carol, dave = await hired(office, "101", "102", "103", "104")
    await status(office, bob, present)
    await profile(office, bob, present, ways={When.NO_ANSWER: to(carol)}, no_answer_seconds=1)
    await profile(office, carol, ways={When.NO_ANSWER: to(dave)}, no_answer_seconds=1)
    caller, *called = await asyncio.gather(*(office.desk(who) for who in (ann, bob, carol, dave)))
    first, second = await called[0].ring(), await called[1].ring()
    third = await called[2].answer()
    call = await caller.call("102", talk_ms=200, ended_by="us")
    await call.finished()
    await asyncio.gather(first.stop(), second.stop(), third.stop())
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "caller_hung_up",
        [
            ("user", "102", "no_answer"),
            ("user", "103", "no_answer"),
            ("user", "104", "caller_hung_up"),
        ],
    )


@pytest.mark.parametrize(
    ("present", "reason", "code"),
    [
        (Status.AWAY, "away", 480),
        (Status.CUSTOM_AWAY, "away", 480),
        (Status.DO_NOT_DISTURB, "do_not_disturb", 486),
    ],
)
async def test_given_a_silent_status_when_called_then_no_phone_rings_and_the_caller_is_told(
    office: Office, present: Status, reason: str, code: int
) -> None:
    ann, bob = await hired(office, "101", "102")
    await status(office, bob, present)
    caller, silent = await asyncio.gather(office.desk(ann), office.desk(bob))
    phone = await silent.ring()
    await caller.call_refused("102", code)
    assert not phone.received("INVITE")
    await phone.stop()
    (entry,) = await office.journal()
    assert story(entry) == ("refused", reason, [("user", "102", reason)])


@pytest.mark.parametrize("present", [Status.AWAY, Status.CUSTOM_AWAY, Status.DO_NOT_DISTURB])
async def test_given_a_silent_status_when_called_then_colleagues_and_others_go_their_own_ways(
    office: Office, present: Status
) -> None:
    provider = await network(office)
    ann, bob, carol, dave = await hired(office, "101", "102", "103", "104")
    await office.did("+31201234567", bob)
    await status(office, bob, present)
    await profile(office, bob, present, ways={When.ALWAYS: to(carol)}, external=to(dave))
    caller, inside, other = await asyncio.gather(*(office.desk(who) for who in (ann, carol, dave)))
    answers = await inside.answer(), await other.answer()
    await (await caller.call("102", talk_ms=100, ended_by="us")).finished()
    await (await provider.phone.call("+31201234567", talk_ms=100, ended_by="us")).finished()
    await asyncio.gather(*(run.stop() for run in answers))
    colleague, stranger = await office.journal(2)
    reason = "do_not_disturb" if present is Status.DO_NOT_DISTURB else "away"
    assert story(colleague)[2] == [("user", "102", reason), ("user", "103", "caller_hung_up")]
    assert story(stranger)[2] == [("user", "102", reason), ("user", "104", "caller_hung_up")]


async def test_given_a_temporary_status_when_it_expires_then_the_phone_rings_again(
    office: Office,
) -> None:
    ann, bob, carol = await hired(office, "101", "102", "103")
    await profile(office, bob, Status.AWAY, ways={When.ALWAYS: to(carol)})
    caller, own, other = await asyncio.gather(*(office.desk(who) for who in (ann, bob, carol)))
    answers = await own.answer(), await other.answer()
    later = datetime.now(UTC) + timedelta(hours=1)
    temporary = {"temporary": Status.AWAY, "temporary_until": later}
    await status(office, bob, Status.CUSTOM_AVAILABLE, **temporary)
    await (await caller.call("102", talk_ms=100, ended_by="us")).finished()
    over = await end_temporary(office, bob)
    assert office.plan.people[bob.user_id].forwarding.temporary is Status.AWAY
    await until(lambda: datetime.now(UTC) > over)
    await (await caller.call("102", talk_ms=100, ended_by="us")).finished()
    await asyncio.gather(*(run.stop() for run in answers))
    during, after = await office.journal(2)
    assert story(during)[2] == [("user", "102", "away"), ("user", "103", "caller_hung_up")]
    assert story(after)[2] == [("user", "102", "caller_hung_up")]


# -- busy, not registered, exceptions ------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "when", "reason"),
    [
        ("486 Busy Here", When.BUSY, "busy"),
        ("603 Decline", When.BUSY, "declined"),
        ("", When.NOT_REGISTERED, "not_registered"),
    ],
)
async def test_given_a_way_when_the_phones_cannot_ring_then_the_call_takes_it(
    office: Office, answer: str, when: When, reason: str
) -> None:
    ann, bob, carol = await hired(office, "101", "102", "103")
    await profile(office, bob, ways={when: to(carol)})
    caller, other = await asyncio.gather(office.desk(ann), office.desk(carol))
    runs = [await other.answer()]
    if answer:
        runs.append(await (await office.desk(bob)).refuse(answer))
    await (await caller.call("102", talk_ms=100, ended_by="us")).finished()
    await asyncio.gather(*(run.stop() for run in runs))
    (entry,) = await office.journal()
    assert story(entry)[2] == [("user", "102", reason), ("user", "103", "caller_hung_up")]


async def test_given_an_exception_when_caller_and_hours_fit_then_it_goes_before_the_status(
    office: Office,
) -> None:
    ann, eve, bob, carol = await hired(office, "101", "105", "102", "103")
    await status(office, bob, Status.DO_NOT_DISTURB)
    await exception(
        office,
        bob,
        carol,
        name="Ann",
        caller="101",
        source=CallSource.INTERNAL,
        hours=TimeFilter.OFFICE_HOURS,
    )
    fits, other, phone = await asyncio.gather(*(office.desk(who) for who in (ann, eve, carol)))
    answering = await phone.answer()
    await (await fits.call("102", talk_ms=100, ended_by="us")).finished()
    await other.call_refused("102", 486)
    await answering.stop()
    taken, refused = await office.journal(2)
    assert story(taken)[2] == [("user", "102", "forwarded"), ("user", "103", "caller_hung_up")]
    assert story(refused)[1] == "do_not_disturb"


async def test_given_one_call_at_a_time_when_a_second_comes_then_it_goes_where_busy_says(
    office: Office,
) -> None:
    ann, bob, carol, dave = await hired(office, "101", "102", "103", "104")
    await profile(office, bob, ways={When.BUSY: to(carol)}, several_calls=False)
    first, own, other, second = await asyncio.gather(
        *(office.desk(who) for who in (ann, bob, carol, dave))
    )
    answers = await own.answer(), await other.answer()
    talking = await first.call("102", ended_by="us")
    await talking.until_received("200 INVITE")
    await (await second.call("102", talk_ms=100, ended_by="us")).finished()
    await talking.hang_up()
    await asyncio.gather(*(run.stop() for run in answers))
    entries = await office.journal(2)
    assert story(entries[0])[2] == [("user", "102", "caller_hung_up")]
    assert story(entries[1])[2] == [("user", "102", "busy"), ("user", "103", "caller_hung_up")]


# -- outside numbers -----------------------------------------------------------------------------


async def test_given_an_away_person_when_called_then_the_outside_number_is_by_their_rights(
    office: Office,
) -> None:
    provider = await network(office)
    ann = await office.hire("101", may_call_out=False)
    bob = await office.hire("102", outbound_caller_id="+31205550102")
    await status(office, bob, Status.AWAY)
    await profile(office, bob, Status.AWAY, ways={When.ALWAYS: outside()})
    caller, far = await office.desk(ann), await provider.phone.answer()
    await (await caller.call("102", talk_ms=200, ended_by="us")).finished()
    await far.until_sent("200 BYE")
    await far.stop()
    invite = far.received("INVITE")[0]
    assert (invite.user, invite.caller) == (MOBILE, "+31205550102")
    (entry,) = await office.journal()
    assert story(entry)[2] == [("user", "102", "away"), ("external", MOBILE, "caller_hung_up")]


async def test_given_a_person_who_may_not_call_out_when_forwarding_outside_then_it_is_refused(
    office: Office,
) -> None:
    provider = await network(office)
    ann = await office.hire("101")
    bob = await office.hire("102", may_call_out=False)
    await status(office, bob, Status.AWAY)
    await profile(office, bob, Status.AWAY, ways={When.ALWAYS: outside()})
    caller, far = await office.desk(ann), await provider.phone.answer()
    await caller.call_refused("102", 403)
    assert not far.received("INVITE")
    await far.stop()
    (entry,) = await office.journal()
    assert story(entry) == ("refused", "not_allowed", [("user", "102", "away")])
