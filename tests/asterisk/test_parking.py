"""Calls are parked and fetched with real phones, on the real Asterisk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio

from tests.asterisk.office import Office, codes, story, until
from tests.asterisk.test_recovery import Process, home_with_customer
from tests.asterisk.test_transfers import progress
from tests.asterisk.together import (
    add_place,
    choose,
    promote,
    receptionists,
    speakers,
    talk,
    until_music,
)
from tests.phones.baresip import BaresipPhone


@pytest_asyncio.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    async with home_with_customer() as (settings, books):
        process = Process(settings, books, tmp_path)
        try:
            yield process
        finally:
            await process.stop()


TONES = (440, 700, 1000)


async def park(caller: BaresipPhone, parker: BaresipPhone, number: str, place: str) -> None:
    """`caller` calls the parker at `number`, who parks the call in `place`; it hears music."""
    await caller.dial(number)
    await parker.answer()
    await parker.transfer(place)
    await parker.until_idle()
    await until_music(caller, *TONES)


async def test_given_a_conversation_when_parked_then_another_phone_fetches_it(
    office: Office,
) -> None:
    alice, bob, carol = await speakers(office, *TONES)
    await park(bob, alice, "101", "*00")
    await progress(alice, "200")
    await carol.dial("*10")
    await carol.until_event("CALL_ESTABLISHED")
    await talk(bob, carol)
    await carol.hang_up()
    await bob.until_idle()
    parked, fetched = await office.journal(2)
    assert story(parked) == (
        "answered",
        "callee_hung_up",
        [
            ("user", "101", "transferred"),
            ("parking", "0", "picked_up"),
            ("user", "103", "callee_hung_up"),
        ],
    )
    assert story(fetched) == ("answered", "picked_up", [("unpark", "0", "picked_up")])


async def test_given_the_called_one_parked_when_the_parker_calls_the_orbit_then_they_talk_again(
    office: Office,
) -> None:
    alice, bob = await speakers(office, 440, 700)
    await alice.dial("102")
    await bob.answer()
    await alice.transfer("*03")
    await alice.until_idle()
    await until_music(bob, *TONES)
    await alice.dial("*13")
    await alice.until_event("CALL_ESTABLISHED", count=2)
    await talk(alice, bob)
    await bob.hang_up()
    await alice.until_idle()
    parked, fetched = await office.journal(2)
    assert [step.reason for step in parked.segments] == [
        "transferred",
        "picked_up",
        "caller_hung_up",
    ]
    assert fetched.verdict == "answered"


async def test_given_two_in_an_orbit_when_fetched_then_in_order_and_by_who_parked_them(
    office: Office,
) -> None:
    alice, bob, carol, dave = await speakers(office, 440, 700, 1000, 1300)
    await park(bob, alice, "101", "*00")
    await park(carol, alice, "101", "*00")
    await dave.dial("*10102")
    await dave.until_event("CALL_CLOSED")  # 102 parked nobody.
    await dave.dial("*10101")
    await dave.until_event("CALL_ESTABLISHED")
    await talk(bob, dave)
    await dave.hang_up()
    await bob.until_idle()
    await alice.dial("*10")
    await alice.until_line("ESTABLISHED")
    await talk(alice, carol)
    await carol.hang_up()
    await alice.until_idle()
    entries = await office.journal(5)
    assert sorted(str(entry.reason) for entry in entries) == [
        "callee_hung_up",
        "caller_hung_up",
        "nobody_waits",
        "picked_up",
        "picked_up",
    ]


async def test_given_an_empty_place_when_called_then_it_says_so(office: Office) -> None:
    people = await receptionists(office, "101")
    await add_place(office, "SP0")
    alice = await office.desk(people[0])
    orbit = await alice.call_refused("*15", 404)
    place = await alice.call_refused("SP0", 404)
    assert codes(orbit) == codes(place) == [100, 183, 404]
    for entry in await office.journal(2):
        assert (entry.verdict, entry.reason) == ("refused", "nobody_waits")
        assert entry.segments[-1].destination_number == "pbx-invalidpark"


async def test_given_a_shared_place_when_taken_then_it_is_refused_until_the_call_was_fetched(
    office: Office,
) -> None:
    alice, bob, carol = await speakers(office, *TONES)
    await add_place(office, "SP0")
    await park(bob, alice, "101", "SP0")
    await carol.dial("101")
    await alice.answer()
    await alice.transfer("SP0")
    await progress(alice, "603")
    await carol.until_idle()  # Alice's phone hangs up when its transfer is declined.
    await alice.dial("SP0")
    await alice.until_line("ESTABLISHED")
    await talk(alice, bob)
    await bob.hang_up()
    await alice.until_idle()
    parked, declined, fetched = await office.journal(3)
    assert [step.reason for step in declined.segments] == ["callee_hung_up"]
    assert story(fetched)[2] == [("unpark", "SP0", "picked_up")]
    assert story(parked)[2][1] == ("parking", "SP0", "picked_up")


async def test_given_no_right_to_park_when_transferred_to_an_orbit_then_declined(
    office: Office,
) -> None:
    alice, bob = await office.desks("101", "102")
    staying = await bob.answer()
    call = await alice.call_transferred("102", "*00")
    await progress(call, "603")
    assert not staying.received("BYE")
    await call.hang_up()
    await staying.until_sent("200 BYE")
    await staying.stop()
    (entry,) = await office.journal()
    assert story(entry)[2] == [("user", "102", "caller_hung_up")]


async def test_given_the_time_is_over_when_parked_then_it_rings_at_the_parker_and_tells_why(
    office: Office,
) -> None:
    alice, bob = await speakers(office, 440, 700)
    await choose(office, parking={"return_seconds": 2})
    await park(bob, alice, "101", "*00")
    await alice.until_event("CALL_INCOMING", count=2)
    invite = alice.received("INVITE")[-1]
    assert (invite.caller, invite.caller_name) == ("102", "Parked 0: User 102")
    await alice.answer()
    await talk(alice, bob)
    await bob.hang_up()
    await alice.until_idle()
    (entry,) = await office.journal()
    assert story(entry)[2] == [
        ("user", "101", "transferred"),
        ("parking", "0", "timeout"),
        ("user", "101", "caller_hung_up"),
    ]


async def test_given_a_parker_who_refuses_when_the_call_comes_back_then_it_is_parked_again(
    office: Office,
) -> None:
    alice, bob = await speakers(office, 440, 700)
    await choose(office, parking={"return_seconds": 2})
    await park(bob, alice, "101", "*00")
    await alice.until_event("CALL_INCOMING", count=2)
    await alice.hang_up()
    await until_music(bob, *TONES)
    await bob.hang_up()
    await alice.until_idle()
    (entry,) = await office.journal()
    kinds = [step.destination_kind for step in entry.segments]
    assert kinds[:4] == ["user", "parking", "user", "parking"]
    assert (entry.verdict, entry.reason) == ("answered", "caller_hung_up")


async def test_given_a_caller_from_outside_when_it_hangs_up_while_parked_then_all_is_free(
    office: Office,
) -> None:
    provider = await office.provider()
    people = await receptionists(office, "101")
    alice = await office.speaker(people[0], 440)
    await office.did("+31201234567", people[0])
    call = await provider.phone.call("+31201234567", ended_by="us")
    await alice.answer()
    await alice.transfer("*05")
    await alice.until_idle()
    registry = office.centrale.node.registry
    await until(lambda: len(registry.parked.of(office.plan.id)) == 1)
    await call.hang_up()
    await until(lambda: registry.parked.of(office.plan.id) == [])
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "caller_hung_up",
        [("user", "101", "transferred"), ("parking", "5", "caller_hung_up")],
    )


async def test_given_two_who_fetch_at_once_then_one_gets_the_call(office: Office) -> None:
    alice, bob, carol, dave = await speakers(office, 440, 700, 1000, 1300)
    await park(bob, alice, "101", "*00")
    await asyncio.gather(carol.dial("*10"), dave.dial("*10"))
    entries = await office.journal(2)
    assert sorted(str(entry.reason) for entry in entries) == ["nobody_waits", "picked_up"]
    await bob.hang_up()
    await asyncio.gather(*(phone.until_idle() for phone in (bob, carol, dave)))


async def test_given_a_parked_call_when_the_orchestrator_is_killed_then_it_waits_on(
    process: Process,
) -> None:
    people = [await process.books.hire(number) for number in ("101", "102", "103")]
    await promote(process.books, *people)
    await process.start()
    async with AsyncExitStack() as leaving:
        alice, bob, carol = await asyncio.gather(*(process.speaker(leaving, who) for who in people))
        await alice.dial("102")
        await bob.answer()
        await alice.transfer("*04")
        await alice.until_idle()
        await process.kill()
        await process.start()
        assert len(await bob.lines()) == 1
        await carol.dial("*14")
        await carol.until_line("ESTABLISHED")
        await carol.hang_up()
        await bob.until_idle()
        parked, fetched = await process.books.journal(2)
    assert parked.adopted
    assert [step.reason for step in parked.segments] == [
        "transferred",
        "ended_unattended",
        "picked_up",
        "callee_hung_up",
    ]
    assert fetched.reason == "picked_up"
