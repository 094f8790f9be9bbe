"""Ring groups with real phones: who rings, who does not and why, what callers hear and see."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from orchestrator.bootstrap import Running
from orchestrator.forwarding.rules import Status, When
from orchestrator.hours.schemas import DepartmentHoursBody
from orchestrator.music.model import MusicPlaylist
from orchestrator.types import DestinationKind, new_id
from tests.asterisk.forwarding import exception, hired, profile, status, to
from tests.asterisk.groups import DID, add_sound, did_to, open_group
from tests.asterisk.office import Colleague, Office, codes, story, until
from tests.asterisk.test_hours import FAR_FROM_NOW, RINGING, days_from_now
from tests.asterisk.together import choose, receptionists, speakers, talk, until_music
from tests.phones.phone import LONG
from tests.phones.sipp import SippRun
from tests.tones import lasted

GREETING, CLOSED, CALLER, MEMBER = 1000.0, 1250.0, 550.0, 700.0
ELSEWHERE = "Call completed elsewhere"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sounds(centrale: Running) -> None:
    add_sound(centrale, "groups/greeting", GREETING)
    add_sound(centrale, "groups/long", GREETING, seconds=20.0)
    add_sound(centrale, "groups/closed", CLOSED)


def way(who: Colleague) -> dict[str, str]:
    return {"kind": "user", "ref": who.user_id}


def rang(*phones: SippRun) -> list[bool]:
    return [bool(phone.received("INVITE")) for phone in phones]


async def playlist(office: Office) -> str:
    """A playlist without tracks: the music of the product plays."""
    row = MusicPlaylist(id=new_id(), name="Waves")
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(row)
    return row.id


async def test_given_ring_all_when_called_then_all_ring_who_may_and_the_first_answer_has_the_call(
    office: Office,
) -> None:
    ann, bob, away, out, erin = await hired(office, "101", "102", "103", "104", "105")
    dora = await office.hire("106", devices=2)
    await status(office, away, Status.AWAY)
    await profile(office, out, ring_group_calls=False)
    await exception(office, erin, away, name="All", when=When.ALWAYS)
    members = [ann, bob, away, out, erin, dora]
    await open_group(office, members, caller_name="Support")
    caller = await office.desk(ann)
    phones = [await office.desk(who) for who in (bob, away, out, dora)]
    ringing = [await phone.ring() for phone in (*phones, await office.desk(dora, 1))]
    answering = await (await office.desk(erin)).answer(ring_ms=LONG)
    call = await caller.call("800", talk_ms=300, ended_by="us")
    await asyncio.gather(*(ringing[n].until_sent("180") for n in (0, 3, 4)))
    await answering.end_ringing()
    await call.finished()
    await answering.until_sent("200 BYE")
    losers = [ringing[0], ringing[3], ringing[4]]
    await asyncio.gather(*(each.until_sent("200 CANCEL") for each in losers))
    await asyncio.gather(answering.stop(), *(each.stop() for each in ringing))
    assert rang(*ringing) == [True, False, False, True, True]
    for each in losers:
        assert ELSEWHERE in each.received("CANCEL")[0].headers.get("reason", "")
        assert each.received("INVITE")[0].caller_name == "Support: User 101"
    assert codes(call.messages()) == [100, 180, 200]
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "caller_hung_up",
        [("ring_group", "800", "forwarded"), ("user", "105", "caller_hung_up")],
    )
    assert entry.segments[0].answered_at is not None
    assert entry.answered_at is not None


async def test_given_an_answer_then_the_caller_is_shown_first_the_group_then_who_answered(
    office: Office,
) -> None:
    ann, bob = await hired(office, "101", "102")
    await open_group(office, [bob])
    caller, answering = await office.desk(ann), await (await office.desk(bob)).answer(ring_ms=500)
    call = await caller.call("800", talk_ms=300, ended_by="us")
    await call.finished()
    await answering.stop()
    shown = [
        message.headers.get("p-asserted-identity", "")
        for status in ("180", "200")
        for message in call.received(status)
        if message.method == "INVITE"
    ]
    assert "800" in shown[0]
    assert "102" in shown[-1]
    await office.journal()


async def test_given_members_on_the_phone_then_only_those_ring_who_take_several_calls(
    office: Office,
) -> None:
    ann, bob, carol, dave = await hired(office, "101", "102", "103", "104")
    await profile(office, bob, several_calls=False)
    await open_group(office, [bob, carol], ring_seconds=5)
    phones = {who.number: await office.desk(who) for who in (ann, bob, carol, dave)}
    talking = [await phones[number].answer() for number in ("102", "103")]
    calls = [await phones["104"].call(number) for number in ("102", "103")]
    await asyncio.gather(*(each.until_sent("ACK", count=2) for each in calls))
    call = await phones["101"].call("800", talk_ms=300, ended_by="us")
    await call.finished()
    assert [len(each.received("INVITE")) for each in talking] == [1, 2]
    await asyncio.gather(*(each.kill() for each in calls))
    await asyncio.gather(*(each.kill() for each in talking))
    for other in office.centrale.node.registry.calls():
        await office.centrale.node.ari.hangup(other.id)
    entries = await office.journal(3)
    assert ("user", "103", "caller_hung_up") in [story(entry)[2][-1] for entry in entries]


async def test_given_nobody_answers_when_the_time_is_over_then_the_destination_rings_once(
    office: Office,
) -> None:
    ann, bob, carol = await hired(office, "101", "102", "103")
    await profile(office, bob, ways={When.NO_ANSWER: to(ann)})
    await open_group(office, [bob], ring_seconds=5, no_answer=way(carol))
    ringing = await (await office.desk(bob)).ring()
    answering = await (await office.desk(carol)).answer(talk_ms=300, ended_by="us")
    call = await (await office.desk(ann)).call("800")
    await call.finished(30)
    await asyncio.gather(ringing.stop(), answering.stop())
    assert len(ringing.received("INVITE")) == 1
    assert ELSEWHERE not in ringing.received("CANCEL")[0].headers.get("reason", ""), "a missed call"
    assert not answering.received("INVITE")[0].caller_name.startswith("Group")
    (entry,) = await office.journal()
    assert story(entry)[2] == [
        ("ring_group", "800", "no_answer"),
        ("user", "103", "callee_hung_up"),
    ]


async def test_given_all_decline_or_are_away_then_the_caller_hears_so_and_the_call_ends(
    office: Office,
) -> None:
    ann, bob, carol = await hired(office, "101", "102", "103")
    group = await open_group(office, [bob, carol])
    refusing = [await (await office.desk(who)).refuse() for who in (bob, carol)]
    caller = await office.desk(ann)
    refused = await caller.call_refused("800", 486)
    assert codes(refused) == [100, 183, 486]
    await asyncio.gather(*(each.stop() for each in refusing))
    for who in (bob, carol):
        await status(office, who, Status.DO_NOT_DISTURB)
    assert codes(await caller.call_refused("800", 480)) == [100, 183, 480]
    assert office.plan.ring_groups[group].no_answer is None
    busy, nobody = await office.journal(2)
    assert story(busy) == (
        "refused",
        "busy",
        [("ring_group", "800", "busy"), ("announcement", "vm-nobodyavail", "busy")],
    )
    assert story(nobody)[:2] == ("refused", "nobody_available")


async def test_given_a_hunt_then_members_ring_in_order_and_a_refusal_goes_on_at_once(
    office: Office,
) -> None:
    ann, bob, carol, dave, erin = await hired(office, "101", "102", "103", "104", "105")
    await open_group(office, [dave, bob, erin, carol], strategy="hunt", ring_seconds=5)
    first = await (await office.desk(dave)).ring()
    second = await (await office.desk(bob)).refuse()
    last = await (await office.desk(carol)).answer(talk_ms=300, ended_by="us")
    call = await (await office.desk(ann)).call("800")
    await first.until_sent("180")
    assert rang(second, last) == [False, False]
    await first.until_received("CANCEL")
    await call.finished(30)
    await asyncio.gather(first.stop(), second.stop(), last.stop())
    assert rang(first, second, last) == [True, True, True]
    (entry,) = await office.journal()
    assert story(entry)[2] == [
        ("ring_group", "800", "forwarded"),
        ("user", "103", "callee_hung_up"),
    ]
    group, talk_ = entry.segments
    assert group.ended_at is not None
    waited = (group.ended_at - group.started_at).total_seconds()
    assert 4.5 < waited < 9.5, "105 has no phone there, 102 refuses: only 104 took time"
    assert talk_.answered_at is not None


@pytest.mark.usefixtures("sounds")
async def test_given_closed_when_a_colleague_calls_then_the_groups_own_route_counts(
    office: Office,
) -> None:
    ann, bob, carol = await hired(office, "101", "102", "103")
    closed = {"destination": way(carol), "prompt": "groups/closed"}
    await open_group(office, [bob], closed=closed)
    (department,) = office.plan.departments
    week = DepartmentHoursBody.model_validate({"periods": days_from_now(*FAR_FROM_NOW)})
    await office.centrale.services.hours.set_department(office.books.scope, department, week)
    await until(lambda: bool(office.plan.departments[department].hours.periods))
    caller, colleague = await office.speaker(ann, CALLER), await office.speaker(carol, MEMBER)
    silent = await (await office.desk(bob)).ring()
    await caller.dial("800")
    assert await caller.until_hears(CLOSED, among=(CLOSED, GREETING)) == {CLOSED}
    await colleague.until_line("INCOMING")
    await colleague.answer()
    await talk(caller, colleague)
    await caller.hang_up()
    await colleague.until_idle()
    await silent.stop()
    assert rang(silent) == [False]
    (entry,) = await office.journal()
    assert story(entry)[2] == [
        ("announcement", "groups/closed", "forwarded"),
        ("user", "103", "caller_hung_up"),
    ]


@pytest.mark.usefixtures("sounds")
@pytest.mark.parametrize("music", [True, False])
async def test_given_a_greeting_then_it_is_heard_before_phones_ring_then_music_or_ringing(
    office: Office, music: bool
) -> None:
    bob = await office.hire("102")
    fields = {"music": await playlist(office)} if music else {}
    group = await open_group(office, [bob], greeting="groups/greeting", **fields)
    await did_to(office, DestinationKind.RING_GROUP, group)
    caller, member = await office.outsider(CALLER), await office.speaker(bob, MEMBER)
    await caller.dial(DID)
    await member.until_line("INCOMING")
    assert lasted(caller.recording(), GREETING) > 0.6, "the phones ring after the greeting"
    if music:
        await until_music(caller, RINGING, GREETING)
    else:
        await caller.until_hears(RINGING)
    (live,) = office.centrale.node.registry.calls()
    assert not live.entry.answered_at, "a greeting is nobody"
    await member.answer()
    await talk(caller, member)
    await member.hang_up()
    await caller.until_idle()
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "callee_hung_up",
        [("ring_group", "800", "forwarded"), ("user", "102", "callee_hung_up")],
    )
    answered = entry.segments[1].answered_at
    assert answered is not None
    assert entry.answered_at is not None
    late = answered - entry.answered_at
    assert late < timedelta(seconds=1.0), "a person answered, not the greeting"


@pytest.mark.usefixtures("sounds")
@pytest.mark.parametrize("phase", ["greeting", "ringing"])
async def test_given_the_caller_hangs_up_in_any_phase_then_no_phone_goes_on(
    office: Office, phase: str
) -> None:
    ann, bob, carol = await hired(office, "101", "102", "103")
    greeting = "groups/long" if phase == "greeting" else "groups/greeting"
    await open_group(office, [bob, carol], greeting=greeting)
    caller = await office.speaker(ann, CALLER)
    ringing = [await (await office.desk(who)).ring() for who in (bob, carol)]
    await caller.dial("800")
    if phase == "greeting":
        await caller.until_hears(GREETING)
    else:
        await asyncio.gather(*(each.until_sent("180") for each in ringing))
    await caller.hang_up()
    if phase == "ringing":
        await asyncio.gather(*(each.until_sent("200 CANCEL") for each in ringing))
    (entry,) = await office.journal()
    await asyncio.gather(*(each.stop() for each in ringing))
    assert rang(*ringing) == [phase == "ringing"] * 2
    assert story(entry) == (
        "abandoned",
        "caller_hung_up",
        [("ring_group", "800", "caller_hung_up")],
    )


async def test_given_a_groups_call_when_its_number_is_picked_up_then_its_phones_stop(
    office: Office,
) -> None:
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    people = list(office.plan.people.values())
    members = [Colleague(p.id, p.number, ()) for p in people if p.number == "102"]
    await open_group(office, members)
    await alice.dial("800")
    await bob.until_event("CALL_INCOMING")
    await carol.dial("*20*800")
    await bob.until_event("CALL_CLOSED")
    await alice.until_line("ESTABLISHED")
    await talk(alice, carol)
    await alice.hang_up()
    await carol.until_idle()
    call, picking = await office.journal(2)
    assert story(call) == (
        "answered",
        "caller_hung_up",
        [("ring_group", "800", "picked_up"), ("user", "103", "caller_hung_up")],
    )
    assert story(picking)[:2] == ("answered", "picked_up")
    assert "200" in bob.received("CANCEL")[0].headers.get("reason", "")


async def test_given_a_member_who_talks_when_they_transfer_then_the_caller_goes_on(
    office: Office,
) -> None:
    ann, bob, carol = await receptionists(office, "101", "102", "103")
    await open_group(office, [bob])
    phones = [
        await office.speaker(who, tone) for who, tone in ((ann, 440), (bob, 700), (carol, 1000))
    ]
    alice, bobby, other = phones
    await alice.dial("800")
    await bobby.until_line("INCOMING")
    await bobby.answer()
    await talk(alice, bobby)
    await bobby.transfer("103")
    await other.until_line("INCOMING")
    await other.answer()
    await talk(alice, other)
    await alice.hang_up()
    await other.until_idle()
    (entry,) = await office.journal()
    assert story(entry)[2] == [
        ("ring_group", "800", "forwarded"),
        ("user", "102", "transferred"),
        ("user", "103", "caller_hung_up"),
    ]


async def test_given_a_member_whose_calls_are_recorded_when_they_answer_then_this_one_is(
    office: Office,
) -> None:
    ann = await office.hire("101")
    bob = await office.hire("102", record_calls="all")
    await open_group(office, [bob])
    alice, member = await office.speaker(ann, CALLER), await office.speaker(bob, MEMBER)
    await alice.dial("800")
    await member.until_line("INCOMING")
    await member.answer()
    await talk(alice, member)
    await alice.hang_up()
    await member.until_idle()
    (entry,) = await office.journal()
    assert len(entry.recordings) == 1


async def test_given_lamps_on_members_when_a_groups_call_rings_then_they_flash(
    office: Office,
) -> None:
    ann, bob, carol, watching = await hired(office, "101", "102", "103", "104")
    await open_group(office, [bob, carol])
    ringing = await (await office.desk(bob)).ring()
    answering = await (await office.desk(carol)).answer(ring_ms=LONG)
    watcher = await office.keys(watching)
    await watcher.register()
    lamps = [await watcher.subscribe(number) for number in ("102", "103")]
    call = await (await office.desk(ann)).call("800", ended_by="us")
    for lamp in lamps:
        await watcher.until_told(lamp, "early")
    await answering.end_ringing()
    await watcher.until_told(lamps[1], "confirmed")
    await watcher.until_told(lamps[0], "terminated")
    await call.hang_up()
    await asyncio.gather(ringing.stop(), answering.stop())
    await office.journal()


async def test_given_a_name_source_when_a_call_from_outside_rings_then_members_see_it(
    office: Office,
) -> None:
    bob = await office.hire("102")
    group = await open_group(office, [bob])
    await did_to(office, DestinationKind.RING_GROUP, group)
    await choose(office, calls={"name_source": "department"})
    provider = await office.provider()
    answering = await (await office.desk(bob)).answer(talk_ms=300, ended_by="us")
    await (await provider.phone.call(DID)).finished()
    await answering.stop()
    (line,) = office.plan.departments.values()
    assert answering.received("INVITE")[0].caller_name.startswith(f"{line.name}: ")
    await office.journal()
