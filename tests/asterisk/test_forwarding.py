"""Statuses and forwarding with real phones: who rings, who is called instead, and who accepts."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator.forwarding.model import ForwardingException, StatusProfile, UserStatus
from orchestrator.forwarding.rules import CallSource, Status, When
from orchestrator.hours.rules import TimeFilter
from orchestrator.types import DestinationKind, StoredDestination
from tests.asterisk.office import Colleague, Office, Provider, codes, story, until
from tests.phones.phone import EndedBy, SippPhone

pytestmark = pytest.mark.xdist_group("real")

MOBILE = "0612345678"


def to(who: Colleague) -> StoredDestination:
    return {"kind": "user", "ref": who.user_id}


def outside(number: str = MOBILE, kind: str = "external") -> StoredDestination:
    return {"kind": kind, "ref": number}


async def status(office: Office, who: Colleague, status: Status, **columns: Any) -> None:
    """Put a person into a status; `columns` are those of `UserStatus`."""
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(UserStatus(user_id=who.user_id, status=status, **columns))
    await until(lambda: office.plan.people[who.user_id].forwarding.status is status)


async def profile(
    office: Office,
    who: Colleague,
    status: Status = Status.AVAILABLE,
    *,
    ways: dict[When, StoredDestination] | None = None,
    external: StoredDestination | None = None,
    **columns: Any,
) -> None:
    """Set one profile; `external` where calls from outside go, if elsewhere."""
    destinations = {
        when.value: {"internal": way, "external": external or way}
        for when, way in (ways or {}).items()
    }
    row = StatusProfile(user_id=who.user_id, status=status, destinations=destinations, **columns)
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(row)
    await until(lambda: status in office.plan.people[who.user_id].forwarding.profiles)


async def exception(office: Office, who: Colleague, way: Colleague, **columns: Any) -> None:
    row = ForwardingException(
        user_id=who.user_id,
        destination_kind=DestinationKind.USER,
        destination_ref=way.user_id,
        **columns,
    )
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(row)
    await until(lambda: bool(office.plan.people[who.user_id].forwarding.exceptions))


async def hired(office: Office, *numbers: str, **columns: Any) -> list[Colleague]:
    return [await office.hire(number, **columns) for number in numbers]


async def network(office: Office) -> Provider:
    """A provider that takes calls to numbers with a leading 0."""
    provider = await office.provider()
    await office.rule(provider, prefixes=["0"])
    return provider


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
    soon = datetime.now(UTC) + timedelta(seconds=3)
    await profile(office, bob, Status.AWAY, ways={When.ALWAYS: to(carol)})
    await status(
        office, bob, Status.AVAILABLE, temporary=Status.AWAY, temporary_until=soon, message="Lunch"
    )
    caller, own, other = await asyncio.gather(*(office.desk(who) for who in (ann, bob, carol)))
    answers = await own.answer(), await other.answer()
    await (await caller.call("102", talk_ms=100, ended_by="us")).finished()
    await until(lambda: datetime.now(UTC) > soon)
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
    talking = await first.call("102", talk_ms=3000, ended_by="us")
    await talking.until_received("200 INVITE")
    await (await second.call("102", talk_ms=100, ended_by="us")).finished()
    await talking.finished()
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
    caller = await office.desk(ann)
    await caller.call_refused("102", 403)
    (entry,) = await office.journal()
    assert story(entry) == ("refused", "not_allowed", [("user", "102", "away")])
    assert provider.phone


async def test_given_a_ringing_mobile_when_it_answers_and_presses_1_then_it_has_the_call(
    office: Office,
) -> None:
    provider = await network(office)
    ann, bob = await office.hire("101"), await office.hire("102", mobile=MOBILE)
    await profile(office, bob, ring_mobile=True)
    caller, desk = await asyncio.gather(office.desk(ann), office.desk(bob))
    ringing, mobile = await desk.ring(), await provider.phone.answer_pressing("1", ring_ms=300)
    call = await caller.call("102", talk_ms=300, ended_by="us")
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
    voicemail, answering = await provider.phone.answer(), await desk.answer(ring_ms=2000)
    call = await caller.call("102", talk_ms=300, ended_by="us")
    await call.finished()
    await voicemail.until_sent("200 BYE")
    await asyncio.gather(voicemail.stop(), answering.stop())
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [("user", "102", "caller_hung_up")])
    assert entry.segments[0].answered_at is not None
    waited = entry.segments[0].answered_at - entry.segments[0].started_at
    assert waited > timedelta(seconds=1.5), "the voicemail, which answered at once, was not it"


async def test_given_only_a_mobile_when_it_refuses_by_2_then_the_caller_goes_on_to_no_answer(
    office: Office,
) -> None:
    provider = await network(office)
    ann, carol = await hired(office, "101", "103")
    bob = await office.hire("102", devices=0, mobile=MOBILE)
    await profile(office, bob, ring_mobile=True, ways={When.NO_ANSWER: to(carol)})
    caller, other = await asyncio.gather(office.desk(ann), office.desk(carol))
    mobile, answering = await provider.phone.answer_pressing("2"), await other.answer()
    await (await caller.call("102", talk_ms=100, ended_by="us")).finished()
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
        far = await provider.phone.answer(talk_ms=500, ended_by="us")
    await (await caller.call("102", talk_ms=100, ended_by="us")).finished()
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
    phone = await desk.answer_pressing(keys, gap_ms=2000)
    ended_by: EndedBy = "us" if keys == "1" else "them"
    call = await provider.phone.call("+31201234567", talk_ms=20_000, ended_by=ended_by)
    await call.finished(timeout=40)
    await phone.until_sent("200 BYE")
    await phone.stop()
    (entry,) = await office.journal()
    assert story(entry) == (
        *expected,
        [("announcement", "priv-recordintro", "forwarded"), ("user", "102", expected[1])],
    )
    assert recordings(office) == []


async def test_given_screening_when_the_caller_hangs_up_while_speaking_then_nothing_is_kept(
    office: Office,
) -> None:
    provider, desk = await screened(office)
    phone = await desk.ring()
    call = await provider.phone.call("+31201234567", talk_ms=4500, ended_by="us")
    await call.finished()
    (entry,) = await office.journal()
    assert story(entry)[2] == [("announcement", "priv-recordintro", "caller_hung_up")]
    assert not phone.received("INVITE")
    await phone.stop()
    assert recordings(office) == []


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
