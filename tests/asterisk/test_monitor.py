"""Listening in, whispering, barging in: who hears whom, by the frequency of tones."""

import asyncio
import math

import pytest

from orchestrator.audit.schemas import AuditOut, AuditQuery
from orchestrator.calls.schemas import CallState
from orchestrator.errors import Denied
from orchestrator.routing.decision import MonitorMode
from tests.asterisk.office import Office, story, until, until_found
from tests.asterisk.test_call_control import control, hear, live, speakers, talk
from tests.asterisk.test_dial_codes import set_codes
from tests.phones.baresip import BaresipPhone

RIGHT = "presence.barge_listen_whisper"


async def promote(office: Office, number: str) -> str:
    """Give the person the right to be in calls of the department; the id."""
    person = next(p for p in office.plan.people.values() if p.number == number)
    await office.books.set_rights(person.id, {RIGHT: True})
    await until(
        lambda: any(RIGHT in rights for rights in office.plan.people[person.id].rights.values())
    )
    return person.id


async def conversation(office: Office) -> tuple[BaresipPhone, BaresipPhone, BaresipPhone, str]:
    """Alice (101, 440 Hz) talks with Bob (102, 700 Hz); Carol (103, 1000 Hz) may supervise."""
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    await promote(office, "103")
    await alice.dial("102")
    await bob.answer()
    await talk(alice, bob)
    return alice, bob, carol, (await live(office, CallState.TALKING)).id


async def supervise(office: Office, carol: BaresipPhone, call: str, mode: MonitorMode) -> None:
    """Carol is in the conversation, with her own phone."""
    person = next(p for p in office.plan.people.values() if p.number == "103")
    await control(office).supervise(office.books.scope, call, person.id, mode)
    await carol.answer()
    await until(
        lambda: any(
            step.target_kind == "monitor" and step.answered_at
            for each in office.centrale.node.registry.calls()
            for step in each.entry.segments
        )
    )


def loudness(phone: BaresipPhone) -> float:
    """Of the last quarter of a second that was heard: root mean square, 0..32767."""
    last = phone.recording().samples[-2000:]
    return math.sqrt(sum(sample * sample for sample in last) / max(1, len(last)))


async def notes(office: Office, tag: str) -> list[AuditOut]:
    found: list[AuditOut] = []

    async def written() -> bool:
        page = await office.centrale.services.audit.list(office.books.scope, AuditQuery())
        found[:] = [entry for entry in page.items if entry.tag == tag]
        return bool(found)

    await until_found(written)
    return found


async def test_a_listener_hears_both_and_is_heard_by_nobody(office: Office) -> None:
    alice, bob, carol, call = await conversation(office)
    alice.listen_anew()
    bob.listen_anew()
    await supervise(office, carol, call, MonitorMode.LISTEN)
    await hear((carol, alice), (carol, bob))
    await talk(alice, bob)
    assert not alice.hears(carol.tone)
    assert not bob.hears(carol.tone)
    await alice.hang_up()
    await asyncio.gather(bob.until_idle(), carol.until_idle())
    listening = next(c for c in await office.journal(2) if c.dialled == "101")
    assert story(listening) == (
        "answered",
        "callee_hung_up",
        [("monitor", "101", "callee_hung_up")],
    )
    (note,) = await notes(office, "call:listen:done")
    person = next(p for p in office.plan.people.values() if p.number == "103")
    assert (note.actor_id, note.object_kind) == (person.id, "user")


async def test_given_a_held_colleague_when_a_listener_comes_then_the_music_goes_on(
    office: Office,
) -> None:
    alice, bob, carol, call = await conversation(office)
    await alice.hold()
    await live(office, CallState.HELD)
    await until_found(lambda: bob.hears_music(but=(alice.tone,)))
    await supervise(office, carol, call, MonitorMode.LISTEN)
    await until_found(lambda: bob.hears_music(but=(alice.tone,)))
    await alice.resume()
    # Music that went on would keep out what Alice says, and is never as loud as her tone.
    await until(lambda: loudness(bob) > 5000)
    assert bob.hears(alice.tone)
    await alice.hang_up()
    await asyncio.gather(bob.until_idle(), carol.until_idle())
    await office.journal(2)


async def test_a_whisperer_is_heard_by_the_colleague_alone(office: Office) -> None:
    alice, bob, carol, call = await conversation(office)
    alice.listen_anew()
    bob.listen_anew()
    await supervise(office, carol, call, MonitorMode.WHISPER)
    await hear((carol, alice), (carol, bob), (alice, carol))
    await talk(alice, bob)
    assert not bob.hears(carol.tone)
    await carol.hang_up()
    await carol.until_idle()
    await talk(alice, bob)
    await alice.hang_up()
    await bob.until_idle()
    assert await notes(office, "call:whisper:done")


async def test_who_barges_in_is_heard_by_both(office: Office) -> None:
    alice, bob, carol, call = await conversation(office)
    await supervise(office, carol, call, MonitorMode.BARGE_IN)
    await hear((carol, alice), (carol, bob), (alice, carol), (bob, carol))
    await talk(alice, bob)
    await bob.hang_up()
    await asyncio.gather(alice.until_idle(), carol.until_idle())
    assert await notes(office, "call:barge_in:done")


async def test_nobody_listens_in_without_the_right_and_the_try_is_noted(office: Office) -> None:
    alice, bob, _ = await speakers(office, 440, 700, 1000)
    await alice.dial("102")
    await bob.answer()
    call = await live(office, CallState.TALKING)
    person = next(p for p in office.plan.people.values() if p.number == "103")
    with pytest.raises(Denied):
        await control(office).supervise(office.books.scope, call.id, person.id, MonitorMode.LISTEN)
    assert await notes(office, "call:listen:refused")
    await alice.hang_up()
    await bob.until_idle()
    await office.journal(1)


async def test_a_supervisor_who_gives_up_leaves_nothing_behind(office: Office) -> None:
    alice, bob, carol, call = await conversation(office)
    person = next(p for p in office.plan.people.values() if p.number == "103")
    await control(office).supervise(office.books.scope, call, person.id, MonitorMode.LISTEN)
    await carol.until_line("INCOMING")
    await carol.hang_up()
    await carol.until_idle()
    await talk(alice, bob)
    await alice.hang_up()
    await bob.until_idle()
    assert len(await office.journal(2)) == 2


async def test_a_dial_code_leads_into_the_conversation_of_a_colleague(office: Office) -> None:
    await set_codes(office, barge_in="*91")
    alice, bob, carol, _ = await conversation(office)
    await carol.dial("*91102")
    await hear((carol, alice), (carol, bob), (alice, carol), (bob, carol))
    await bob.hang_up()
    await asyncio.gather(alice.until_idle(), carol.until_idle())
    assert await notes(office, "call:barge_in:done")


async def test_a_dial_code_without_the_right_is_refused_and_noted(office: Office) -> None:
    await set_codes(office, listen="*90")
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    await alice.dial("102")
    await bob.answer()
    await carol.dial("*90102")
    await carol.until_received("403 INVITE")
    await carol.until_idle()
    assert await notes(office, "call:listen:refused")
    await alice.hang_up()
    await bob.until_idle()
    assert len(await office.journal(2)) == 2
