"""Conference rooms, on the real Asterisk with phones whose tones tell who hears whom."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio

from orchestrator.calls.rooms import bridge_of
from orchestrator.conferences.schemas import ConferenceCreate
from orchestrator.conferences.service import ConferenceService
from orchestrator.numbers.schemas import DidCreate
from tests.asterisk.office import Office, codes, story, until, until_found
from tests.asterisk.test_recovery import Process, home_with_customer
from tests.phones.baresip import BaresipPhone

TONES = (440.0, 700.0, 1000.0)


@pytest_asyncio.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    async with home_with_customer() as (settings, books):
        process = Process(settings, books, tmp_path)
        try:
            yield process
        finally:
            await process.stop()


async def furnish(office: Office, **fields: object) -> str:
    """A room with the number 800; its id."""
    body = ConferenceCreate.model_validate({"number": "800", "name": "Board", **fields})
    room = await office.centrale.services.conferences.create(office.books.scope, body)
    await until(lambda: "800" in office.plan.extensions)
    return room.id


async def speakers(office: Office, *tones: float) -> list[BaresipPhone]:
    people = [await office.hire(str(101 + n)) for n in range(len(tones))]
    phones = (office.speaker(who, tone) for who, tone in zip(people, tones, strict=True))
    return list(await asyncio.gather(*phones))


async def inside(office: Office, room: str) -> int:
    bridge = await office.centrale.node.ari.bridge(bridge_of(room))
    return len(bridge.channels) if bridge else 0


async def until_inside(office: Office, room: str, members: int) -> None:
    async def there() -> bool:
        return await inside(office, room) == members

    await until_found(there)


async def all_hear_all(phones: Sequence[BaresipPhone]) -> None:
    for phone in phones:
        phone.listen_anew()
    await asyncio.gather(
        *(one.until_hears(other.tone) for one in phones for other in phones if one is not other)
    )


async def test_given_a_room_when_three_are_in_it_then_all_hear_all_and_nothing_is_left(
    office: Office,
) -> None:
    room = await furnish(office)
    phones = await speakers(office, *TONES)
    for count, phone in enumerate(phones, 1):
        await phone.dial("800")
        await until_inside(office, room, count)
    await all_hear_all(phones)

    await phones[0].hang_up()
    await until_inside(office, room, 2)
    await all_hear_all(phones[1:])
    for phone in phones[1:]:
        await phone.hang_up()
    entries = await office.journal(3)
    for entry in entries:
        assert story(entry) == (
            "answered",
            "caller_hung_up",
            [("conference", "800", "caller_hung_up")],
        )
    await until_inside(office, room, 0)


async def test_given_one_alone_when_another_comes_then_the_music_ends(office: Office) -> None:
    room = await furnish(office, announce=False)
    alice, bob = await speakers(office, 440, 700)
    await alice.dial("800")
    await until_inside(office, room, 1)
    await until_found(lambda: alice.hears_music(but=(440, 700)))
    await bob.dial("800")
    await until_inside(office, room, 2)
    await all_hear_all([alice, bob])
    await bob.hang_up()
    await until_found(lambda: alice.hears_music(but=(440, 700)))
    await alice.hang_up()
    await office.journal(2)


async def test_given_a_pin_when_it_is_keyed_in_then_the_room_opens_and_else_not(
    office: Office,
) -> None:
    room = await furnish(office, pin="4711")
    alice, bob = await speakers(office, 440, 700)
    await alice.dial("800")
    await alice.until_line("ESTABLISHED")
    await alice.press("4711#")
    await until_inside(office, room, 1)

    await bob.dial("800")
    await bob.until_line("ESTABLISHED")
    # Keys that are pressed while the room says that they were wrong count for nothing.
    while await bob.lines():
        await bob.press("0815#")
    await bob.until_idle()
    assert await inside(office, room) == 1
    await alice.hang_up()
    first, second = await office.journal(2)
    assert first.verdict == "answered"
    assert (second.verdict, second.reason) == ("refused", "not_allowed")


async def test_given_a_full_room_when_another_comes_then_it_is_told_so(office: Office) -> None:
    room = await furnish(office, max_members=1)
    alice, bob = await office.desks("101", "102")
    staying = await alice.call("800", ended_by="us")
    await until_inside(office, room, 1)
    refused = await bob.call("800")
    messages = await refused.finished()
    assert codes(messages) == [100, 200]
    await staying.hang_up()
    entries = {entry.caller_number: entry for entry in await office.journal(2)}
    assert (entries["102"].verdict, entries["102"].reason) == ("refused", "conference_full")


async def test_given_a_caller_from_outside_when_the_did_leads_to_the_room_then_all_talk(
    office: Office,
) -> None:
    room = await furnish(office)
    provider = await office.provider()
    did = DidCreate.model_validate(
        {"number": "+31201234567", "destination": {"kind": "conference", "ref": room}}
    )
    await office.centrale.services.dids.create(office.books.scope, did)
    await until(lambda: bool(office.plan.dids))
    (ada,) = await office.desks("101")
    mine = await ada.call("800", ended_by="us")
    await until_inside(office, room, 1)
    theirs = await provider.phone.call("+31201234567", ended_by="us")
    await until_inside(office, room, 2)
    for call in (theirs, mine):
        await call.hang_up()
    directions = {entry.direction.value for entry in await office.journal(2)}
    assert directions == {"internal", "inbound"}


async def test_given_a_conversation_when_it_is_transferred_into_the_room_then_the_party_is_in(
    office: Office,
) -> None:
    room = await furnish(office)
    alice, bob, carol = await speakers(office, *TONES)
    await carol.dial("800")
    await until_inside(office, room, 1)
    await alice.dial("102")
    await bob.answer()
    await alice.transfer("800")
    await alice.until_idle()
    await until_inside(office, room, 2)
    await all_hear_all([bob, carol])
    await bob.hang_up()
    await carol.hang_up()
    await office.journal(2)


async def test_given_a_member_with_a_second_call_when_it_is_handed_over_then_the_party_is_in(
    office: Office,
) -> None:
    room = await furnish(office, pin="4711")
    alice, bob, carol = await speakers(office, *TONES)
    for phone in (carol, alice):
        if phone is alice:
            await alice.dial("102")
            await bob.answer()
            await alice.hold()
        await phone.dial("800")
        await until_found(lambda who=phone: on_line(who))
        await phone.press("4711#")
        await until_inside(office, room, 1 if phone is carol else 2)
    await alice.transfer_attended()
    await alice.until_idle()
    await until_inside(office, room, 2)
    await all_hear_all([bob, carol])
    await bob.hang_up()
    await carol.hang_up()
    await office.journal(3)


async def on_line(phone: BaresipPhone) -> bool:
    """The phone's newest call is up."""
    lines = await phone.lines()
    return bool(lines) and max(lines, key=lambda line: line.number).state == "ESTABLISHED"


async def test_given_a_member_who_holds_and_transfers_then_the_others_are_not_handed_on(
    office: Office,
) -> None:
    room = await furnish(office)
    alice, bob, carol = await speakers(office, *TONES)
    for count, phone in enumerate((alice, bob, carol), 1):
        await phone.dial("800")
        await until_inside(office, room, count)
    await alice.hold()
    await alice.until_received("200 INVITE", count=2)
    await all_hear_all([bob, carol])
    await alice.resume()
    await alice.until_received("200 INVITE", count=3)
    await alice.transfer("102")
    await until(lambda: any("603" in m.body for m in alice.received("NOTIFY")))
    await all_hear_all([bob, carol])
    assert not alice.received("BYE"), "whether she stays is up to her phone"
    for phone in (alice, bob, carol):
        await phone.hang_up()
    await office.journal(3)


async def test_given_members_when_the_orchestrator_is_killed_then_they_stay_together(
    process: Process, tmp_path: Path
) -> None:
    body = ConferenceCreate(number="800", name="Board", pin="4711")
    await ConferenceService(process.books.database).create(process.books.scope, body)
    people = [await process.books.hire(number) for number in ("101", "102", "103")]
    await process.start()
    async with AsyncExitStack() as leaving:
        phones = [
            await leaving.enter_async_context(
                BaresipPhone(process.sip, tmp_path, who.accounts[0], tone=tone)
            )
            for who, tone in zip(people, TONES, strict=True)
        ]
        for phone in phones[:2]:
            await enter(phone, "4711#")
        await all_hear_all(phones[:2])
        await process.kill()
        await all_hear_all(phones[:2])
        await process.start()
        await enter(phones[2], "4711#")
        await all_hear_all(phones)
        for phone in phones:
            await phone.hang_up()
        entries = await process.books.journal(3)
    assert [(entry.verdict, entry.reason) for entry in entries] == [
        ("answered", "caller_hung_up")
    ] * 3
    assert [entry.adopted for entry in entries] == [True, True, False]


async def enter(phone: BaresipPhone, keys: str) -> None:
    """Dial the room and key the PIN in."""
    await phone.dial("800")
    await phone.until_line("ESTABLISHED")
    await phone.press(keys)
