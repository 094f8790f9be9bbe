"""Pages on the real Asterisk: who hears whom, who is left out, and how a page ends."""

import asyncio
from itertools import pairwise

from orchestrator.calls.schemas import CallState
from orchestrator.forwarding.rules import Status
from tests.asterisk.forwarding import status
from tests.asterisk.office import Colleague, Office, codes, story, until, until_found
from tests.asterisk.paging import (
    Crowd,
    add_group,
    allow,
    decoded,
    hearing,
    multicast_receiver,
    page_of,
    pager,
    received,
)
from tests.asterisk.test_call_control import live
from tests.asterisk.test_dial_codes import set_codes
from tests.phones.baresip import BaresipPhone
from tests.phones.wire import Message
from tests.tones import heard


def invites(messages: list[Message]) -> list[Message]:
    return [each for each in messages if each.method == "INVITE" and not each.sent]


# The beep that tells the pager that somebody listens.
BEEP = 700


async def crew(office: Office, *tones: float, **group: object) -> list[BaresipPhone]:
    """101, who may page 800, and its members 102, 103...; their phones say these tones."""
    people = [await pager(office), *[await office.hire(str(101 + n)) for n in range(1, len(tones))]]
    await add_group(office, "800", people[1:], **group)
    phones = (office.speaker(who, tone) for who, tone in zip(people, tones, strict=True))
    return list(await asyncio.gather(*phones))


async def hear(listeners: list[BaresipPhone], pager: BaresipPhone) -> None:
    """From now on these hear the pager."""
    for phone in listeners:
        phone.listen_anew()
    await asyncio.gather(*(phone.until_hears(pager.tone) for phone in listeners))


async def page(speaker: BaresipPhone, *listeners: BaresipPhone) -> None:
    """The phones answer as one does that answers by itself, and hear the page."""
    await speaker.dial("800")
    await asyncio.gather(*(phone.answer() for phone in listeners))
    await hear(list(listeners), speaker)


async def test_the_phones_of_a_group_hear_the_pager_and_nobody_hears_them(office: Office) -> None:
    speaker, *listeners = await crew(office, 440, 1900, 2500, name="Warehouse")
    await set_codes(office, intercom="*9")
    await speaker.dial("*9800")
    await asyncio.gather(*(phone.answer() for phone in listeners))
    await hear(listeners, speaker)
    await until(lambda: hearing(office) == 2)
    await speaker.until_hears(BEEP)
    await hear(listeners, speaker)
    assert [phone.hears(440, 1900, 2500) for phone in listeners] == [{440}, {440}]
    assert not speaker.hears(1900, 2500)
    call = await live(office, CallState.PAGING)
    assert [(p.number, p.name, p.caller) for p in call.parties] == [
        ("101", "User 101", True),
        ("800", "Warehouse", False),
    ]
    registry = office.centrale.node.registry
    assert not any(registry.calls_of(person) for person in page_people(office)), "nobody is busy"
    await speaker.hang_up()
    await asyncio.gather(*(phone.until_idle() for phone in listeners))
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [("paging", "800", "caller_hung_up")])
    assert entry.segments[0].joined == 2


def page_people(office: Office) -> list[str]:
    """The members of all groups."""
    return [person for group in office.plan.ring_groups.values() for person in group.members]


async def test_a_page_goes_on_until_its_last_phone_hangs_up(office: Office) -> None:
    speaker, first, second = await crew(office, 440, 1900, 2500)
    await page(speaker, first, second)
    await first.hang_up()
    await until(lambda: hearing(office) == 1)
    await hear([second], speaker)
    assert not speaker.hears(1900, 2500)
    await second.hang_up()
    await speaker.until_idle()
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "callee_hung_up", [("paging", "800", "callee_hung_up")])
    assert entry.segments[0].joined == 2


async def test_a_phone_that_only_rings_is_left_in_peace_and_the_page_goes_on(
    office: Office,
) -> None:
    speaker, answering = await crew(office, 440, 1900)
    carol = await office.hire("103")
    await add_group(office, "801", [office_member(office, "102"), carol])
    ringing = await (await office.desk(carol)).ring()
    await speaker.dial("801")
    await answering.answer()
    await hear([answering], speaker)
    await ringing.until_received("CANCEL")
    messages = await ringing.stop()
    (invite,) = invites(messages)
    assert "answer-after=0" in invite.headers["call-info"]
    assert invite.headers["alert-info"] == "<http://centrale>;info=alert-autoanswer;delay=0"
    assert (invite.caller, "Group 801: User 101" in invite.headers["from"]) == ("101", True)
    await until(lambda: hearing(office) == 1)
    await speaker.hang_up()
    await answering.until_idle()
    (entry,) = await office.journal()
    assert entry.segments[0].joined == 1


def office_member(office: Office, number: str) -> Colleague:
    """Who has `number`."""
    person = next(p for p in office.plan.people.values() if p.number == number)
    return Colleague(person.id, number, ())


async def test_when_the_pager_hangs_up_before_anybody_answers_all_phones_stop(
    office: Office,
) -> None:
    ann, bob = await pager(office), await office.hire("102")
    await add_group(office, "800", [bob])
    ringing = await (await office.desk(bob)).ring()
    phone = await office.desk(ann)
    run = await phone.call_cancelled("800")
    await ringing.until_sent("180")
    await run.end_ringing()
    await run.finished()
    await ringing.until_received("CANCEL")
    await ringing.stop()
    (entry,) = await office.journal()
    assert story(entry) == ("abandoned", "caller_hung_up", [("paging", "800", "caller_hung_up")])
    assert entry.segments[0].joined == 0


async def test_who_is_on_a_call_is_not_disturbed_unless_the_group_says_so(
    office: Office,
) -> None:
    speaker, bob, carol, dave = await crew(office, 440, 1900, 2500, 3100)
    await bob.dial("103")
    await carol.answer()
    await page(speaker, dave)
    await until(lambda: hearing(office) == 1)
    await speaker.hang_up()
    await dave.until_idle()
    members = [office_member(office, number) for number in ("102", "103")]
    await add_group(office, "801", members, disturb_busy=True)
    await speaker.dial("801")
    await until_found(lambda: rings_beside_a_call(bob))
    await speaker.hang_up()
    await bob.until_event("CALL_CLOSED")  # Until then its key would refuse what rings.
    await bob.hang_up()
    await asyncio.gather(bob.until_idle(), carol.until_idle())
    assert len(await office.journal(3)) == 3


async def rings_beside_a_call(phone: BaresipPhone) -> bool:
    return {"INCOMING", "ESTABLISHED"} <= {line.state for line in await phone.lines()}


async def test_nobody_pages_without_the_right_and_an_empty_group_is_refused(
    office: Office,
) -> None:
    ann, bob = await office.hire("101"), await office.hire("102")
    await add_group(office, "800", [bob])
    phone = await office.desk(ann)
    refused = await phone.call_refused("800", 403)
    assert 183 in codes(refused), "the refusal is spoken"
    await allow(office, ann)
    await add_group(office, "801", [])
    assert 183 in codes(await phone.call_refused("801", 480))
    assert 183 in codes(await phone.call_refused("800", 480)), "nobody is registered"
    await status(office, bob, Status.DO_NOT_DISTURB)
    await office.desk(bob)
    assert 183 in codes(await phone.call_refused("800", 480))
    entries = await office.journal(4)
    assert [(e.verdict, e.reason) for e in entries] == [
        ("refused", "not_allowed"),
        ("refused", "not_registered"),
        ("refused", "not_registered"),
        ("refused", "not_registered"),
    ]


async def test_thirty_phones_hear_a_page_and_all_stop_with_it(
    office: Office,
) -> None:
    speaker = await office.speaker(await pager(office), 440)
    people = [await office.hire(str(200 + n)) for n in range(30)]
    await add_group(office, "800", people)
    crowd = Crowd(office, people)
    await crowd.arrive()
    try:
        await speaker.dial("800")
        await until(lambda: hearing(office) == 30)
        await speaker.hang_up()
        channels = office.centrale.node.ari.channels

        async def gone() -> bool:
            return not await channels()

        await until(lambda: page_of(office) is None)
        await until_found(gone)
    finally:
        await crowd.leave()
    (entry,) = await office.journal()
    assert (entry.verdict, entry.segments[0].joined) == ("answered", 30)


async def test_a_group_without_members_pages_by_multicast(office: Office) -> None:
    speaker = await office.speaker(await pager(office), 440)
    address = "239.1.2.3"
    with multicast_receiver(address) as receiver:
        port = receiver.getsockname()[1]
        await add_group(office, "800", [], multicast_address=address, multicast_port=port)
        await speaker.dial("800")
        packets = await received(receiver, 100)
    await speaker.until_hears(BEEP)
    assert {packet.kind for packet in packets} == {0}, "PCMU"
    assert {len(packet.sound) for packet in packets} == {160}, "20 ms each"
    assert len({packet.source for packet in packets}) == 1
    numbers = [packet.number for packet in packets]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    steps = {(after.time - before.time) % 2**32 for before, after in pairwise(packets)}
    assert steps == {160}, "as many samples as each of them has"
    assert heard(decoded(packets), [440]) == {440}
    await speaker.hang_up()
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [("paging", "800", "caller_hung_up")])
    assert entry.segments[0].joined == 0
