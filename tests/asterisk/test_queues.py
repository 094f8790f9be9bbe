"""Queues with real phones: what callers hear, who rings and when, and what the journal tells."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio

from orchestrator.bootstrap import Running
from orchestrator.events.rules import Events
from orchestrator.events.schemas import EventQuery
from orchestrator.queues.agents import AgentState
from orchestrator.queues.rules import Strategy
from tests.asterisk.groups import add_sound
from tests.asterisk.office import Colleague, Office, codes, story, until, until_found
from tests.asterisk.queues import callers, is_in, log_in, open_queue, state, write_queue
from tests.asterisk.test_prompts import MUSIC, playlist
from tests.asterisk.test_recovery import Process, home_with_customer
from tests.asterisk.together import talk
from tests.phones.phone import LONG
from tests.phones.sipp import SippRun

GREETING, COMFORT, CALLER, AGENT = 1000.0, 1250.0, 550.0, 700.0
ELSEWHERE = "Call completed elsewhere"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sounds(centrale: Running) -> None:
    add_sound(centrale, "queues/greeting", GREETING, seconds=2.0)
    add_sound(centrale, "queues/comfort", COMFORT)


@pytest_asyncio.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    async with home_with_customer() as (settings, books):
        process = Process(settings, books, tmp_path)
        try:
            yield process
        finally:
            await process.stop()


async def hired(office: Office, *numbers: str) -> list[Colleague]:
    return [await office.hire(number) for number in numbers]


def invited(*phones: SippRun) -> list[int]:
    """How often each phone was rung."""
    return [len(phone.received("INVITE")) for phone in phones]


def elsewhere(phone: SippRun) -> list[bool]:
    """Of each cancelled ring: whether the phone was told that somebody else answered."""
    cancels = phone.received("CANCEL")
    return [ELSEWHERE in cancel.headers.get("reason", "") for cancel in cancels]


async def test_given_music_when_a_caller_waits_or_is_held_then_it_is_that_of_the_queue(
    office: Office,
) -> None:
    ann, bob = await hired(office, "101", "102")
    caller, agent = await office.speaker(ann, CALLER), await office.speaker(bob, AGENT)
    music = await playlist(office, "Calm", MUSIC)
    queue = await open_queue(office, [bob], music_id=music.id)
    await caller.dial("900")
    assert await caller.until_hears(MUSIC, among=(MUSIC, AGENT)) == {MUSIC}
    assert (callers(office, queue), state(office, bob)) == (1, AgentState.RINGING)
    await agent.answer()
    await talk(caller, agent)
    assert (callers(office, queue), state(office, bob)) == (0, AgentState.TALKING)
    await agent.hold()
    caller.listen_anew()
    assert await caller.until_hears(MUSIC, among=(MUSIC, COMFORT)) == {MUSIC}
    await agent.resume()
    await agent.until_received("200 INVITE", count=2)
    # The recording of a baresip ends when it holds: only the other one can tell.
    caller.listen_anew()
    await caller.until_hears(AGENT)
    await caller.hang_up()
    await agent.until_idle()
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "caller_hung_up",
        [("queue", "900", "forwarded"), ("user", "102", "caller_hung_up")],
    )
    await until(lambda: state(office, bob) is AgentState.IDLE)


async def test_given_a_hunt_when_one_declines_then_the_next_rings_and_sees_the_name_of_the_queue(
    office: Office,
) -> None:
    ann, bob, carol, dave = await hired(office, "101", "102", "103", "104")
    await open_queue(office, [bob, carol, dave], caller_name="Support")
    phones = [await office.desk(who) for who in (bob, carol, dave)]
    first, third = await phones[0].refuse(ring_ms=200), await phones[2].ring()
    second = await phones[1].answer(ring_ms=200, ended_by="us")
    call = await (await office.desk(ann)).call("900")
    # Whoever hangs up before the caller is there has missed the call; the caller is told then.
    await until(lambda: state(office, carol) is AgentState.TALKING)
    told = await call.until_received("UPDATE")
    assert told.headers["p-asserted-identity"].startswith('"User 103" <sip:103@')
    await second.hang_up()
    await call.finished()
    assert invited(first, second, third) == [1, 1, 0]
    assert second.received("INVITE")[0].caller_name == "Support: User 101"
    assert not second.received("UPDATE"), "it goes on to show the name of the queue"
    assert codes(call.messages())[-1] == 200
    await asyncio.gather(first.stop(), second.stop(), third.stop())
    (entry,) = await office.journal()
    assert story(entry)[2] == [("queue", "900", "forwarded"), ("user", "103", "callee_hung_up")]


async def test_given_ring_all_when_one_answers_then_the_others_miss_no_call_and_take_the_next(
    office: Office,
) -> None:
    ann, bob, carol, dave = await hired(office, "101", "102", "103", "104")
    queue = await open_queue(office, [bob, carol], strategy=Strategy.RING_ALL)
    desks = [await office.desk(who) for who in (bob, carol)]
    first, second = [await desk.answer(ring_ms=LONG, ended_by="us") for desk in desks]
    one = await (await office.desk(ann)).call("900")
    await asyncio.gather(*(each.until_sent("180") for each in (first, second)))
    two = await (await office.desk(dave)).call("900")
    await two.until_sent("ACK", count=2)
    await until(lambda: callers(office, queue) == 2)
    assert invited(first, second) == [1, 1], "the second caller has to wait"
    await first.end_ringing()
    await until(lambda: callers(office, queue) == 1)
    await second.until_sent("180", count=2)
    assert elsewhere(second) == [True]
    await second.end_ringing()
    await until(lambda: callers(office, queue) == 0)
    assert [state(office, who) for who in (bob, carol)] == [AgentState.TALKING] * 2
    await asyncio.gather(first.hang_up(), second.hang_up())
    await asyncio.gather(one.finished(), two.finished())
    await asyncio.gather(first.stop(), second.stop())
    stories = [story(entry)[2][-1] for entry in await office.journal(2)]
    assert stories == [("user", "102", "callee_hung_up"), ("user", "103", "callee_hung_up")]


async def test_given_a_wrap_up_time_when_a_call_is_over_then_the_next_caller_waits_for_its_end(
    office: Office,
) -> None:
    ann, bob, carol = await hired(office, "101", "102", "103")
    queue = await open_queue(office, [bob], wrap_up_seconds=3)
    agent = await (await office.desk(bob)).answer(ended_by="us")
    one = await (await office.desk(ann)).call("900")
    await one.until_received("UPDATE")
    two = await (await office.desk(carol)).call("900")
    await until(lambda: callers(office, queue) == 1)
    await agent.hang_up()
    await one.finished()
    await until(lambda: state(office, bob) is AgentState.WRAP_UP)
    assert invited(agent) == [1]
    await two.until_received("UPDATE")
    await agent.hang_up()
    await two.finished()
    await agent.stop()
    await office.journal(2)


async def test_given_a_greeting_and_comfort_when_waiting_then_both_are_heard_in_their_time(
    office: Office, sounds: None
) -> None:
    ann, bob = await hired(office, "101", "102")
    caller = await office.speaker(ann, CALLER)
    ringing = await (await office.desk(bob)).ring()
    await open_queue(
        office,
        [bob],
        greeting="queues/greeting",
        greeting_in_full=True,
        comfort_prompts=["queues/comfort"],
        comfort_seconds=2,
    )
    heard = (GREETING, COMFORT)
    await caller.dial("900")
    assert await caller.until_hears(GREETING, among=heard) == {GREETING}
    assert invited(ringing) == [0], "nobody is rung before the end of the greeting"
    await ringing.until_sent("180")
    caller.listen_anew()
    assert await caller.until_hears(COMFORT, among=heard) == {COMFORT}
    await caller.hang_up()
    await ringing.until_sent("200 CANCEL")
    assert elsewhere(ringing) == [False]
    await ringing.stop()
    (entry,) = await office.journal()
    assert story(entry) == (
        "abandoned",
        "caller_hung_up",
        [("queue", "900", "caller_hung_up")],
    )
    await until_found(lambda: told(office, Events.QUEUE_CALL_LOST))


async def told(office: Office, event: Events) -> bool:
    page = await office.centrale.store.events.list(office.books.scope, EventQuery())
    return any(each.number == event.value.number for each in page.items)


async def test_given_the_star_when_pressed_then_the_caller_goes_where_nobody_answers(
    office: Office,
) -> None:
    ann, bob, carol = await hired(office, "101", "102", "103")
    caller, carols = await office.speaker(ann, CALLER), await office.speaker(carol, AGENT)
    ringing = await (await office.desk(bob)).ring()
    await open_queue(office, [bob], no_answer={"kind": "user", "ref": carol.user_id}, sla_seconds=1)
    await caller.dial("900")
    await ringing.until_sent("180")
    await until_found(lambda: told(office, Events.SLA_BREACHED))
    await caller.press("*")
    await carols.answer()
    await talk(caller, carols)
    await ringing.until_sent("200 CANCEL")
    await carols.hang_up()
    await caller.until_idle()
    await ringing.stop()
    (entry,) = await office.journal()
    assert story(entry)[2] == [("queue", "900", "left_queue"), ("user", "103", "callee_hung_up")]


async def test_given_nobody_is_logged_in_then_calls_go_on_until_an_agent_dials_the_code(
    office: Office,
) -> None:
    ann, bob, carol = await hired(office, "101", "102", "103")
    await open_queue(office, [bob], no_answer={"kind": "user", "ref": carol.user_id})
    await log_in(office.books, bob, out=True)
    await until(lambda: not is_in(office, bob))
    caller, agents = await office.desk(ann), await office.desk(bob)
    instead = await (await office.desk(carol)).answer(talk_ms=200, ended_by="us")
    await (await caller.call("900")).finished()
    await instead.stop()
    await (await agents.call("*62")).finished(30)
    await until(lambda: is_in(office, bob))
    agent = await agents.answer(ended_by="us")
    call = await caller.call("900")
    await call.until_received("UPDATE")
    await agent.hang_up()
    await call.finished()
    await agent.stop()
    without, _, served = await office.journal(3)
    assert story(without)[2] == [
        ("queue", "900", "nobody_available"),
        ("user", "103", "callee_hung_up"),
    ]
    assert story(served)[2] == [("queue", "900", "forwarded"), ("user", "102", "callee_hung_up")]


async def test_given_waiting_callers_when_the_orchestrator_is_killed_then_they_keep_their_places(
    process: Process,
) -> None:
    books = process.books
    people = [await books.hire(str(number)) for number in range(101, 106)]
    dave, erin = people[3:]
    await log_in(books, dave, erin)
    await write_queue(books, "900", [dave, erin], wrap_up_seconds=1)
    await process.start()
    async with AsyncExitStack() as leaving:
        one, two, three, busy, ringing = [await process.phone(leaving, who) for who in people]
        talking = await busy.answer(ended_by="us")
        first = await one.call("900")
        # It is told whom it talks with; a phone that hangs up before that has missed the call.
        await first.until_received("UPDATE")
        rings = await ringing.answer(ring_ms=LONG, ended_by="us")
        second = await two.call("900")
        await rings.until_sent("180")
        third = await three.call("900")
        await third.until_sent("ACK", count=2)
        await process.kill()
        await process.start()
        assert invited(talking, rings) == [1, 1], "the phone rings on"
        await talking.hang_up()
        await first.finished()
        # Wrap-up outlives the restart as well; then it is the turn of the third caller.
        await third.until_received("UPDATE")
        await rings.end_ringing()
        await second.until_received("UPDATE")
        await asyncio.gather(talking.hang_up(), rings.hang_up())
        await asyncio.gather(second.finished(), third.finished())
        await asyncio.gather(talking.stop(), rings.stop())
        stories = [story(entry) for entry in await books.journal(3)]
    assert [each[2][-1][:2] for each in stories] == [
        ("user", "104"),
        ("user", "105"),
        ("user", "104"),
    ]
    assert {each[0] for each in stories} == {"answered"}
