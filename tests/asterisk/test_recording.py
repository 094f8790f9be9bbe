"""Recordings of conversations: who has them made, what they hold, and that calls do not suffer."""

import pytest

from orchestrator.calls.schemas import CallState, RecordAction, RecordingState
from orchestrator.errors import Conflict
from orchestrator.people.rules import RecordCalls
from tests.asterisk.office import Office, until, until_found
from tests.asterisk.test_call_control import control, live, talk
from tests.phones.baresip import BaresipPhone
from tests.tones import Sound, heard, read_wav


async def until_recorded(office: Office) -> None:
    """Wait until the customer's call talks and is recorded, which it is right after."""

    async def recorded() -> bool:
        return (await live(office, CallState.TALKING)).recording is RecordingState.ON

    await until_found(recorded)


async def pair(office: Office, setting: RecordCalls) -> tuple[BaresipPhone, BaresipPhone]:
    """101 (440 Hz), with this setting, and 102 (700 Hz)."""
    one, two = await office.hire("101", record_calls=setting), await office.hire("102")
    return await office.speaker(one, 440), await office.speaker(two, 700)


def sound_of(office: Office, name: str) -> Sound:
    assert office.centrale.node.embedded is not None
    file = office.centrale.node.embedded.layout.spool / "recording" / f"{name}.wav"
    return read_wav(file) if file.exists() else Sound([])


async def holds(office: Office, name: str, *tones: float) -> None:
    await until(lambda: heard(sound_of(office, name), tones) == set(tones))


async def test_all_calls_of_a_person_are_recorded_with_both_voices(office: Office) -> None:
    alice, bob = await pair(office, RecordCalls.ALL)
    await bob.dial("101")
    await alice.answer()
    await talk(alice, bob)
    await until_recorded(office)
    await alice.hang_up()
    await bob.until_idle()
    (entry,) = await office.journal()
    assert entry.recordings == [f"{office.books.scope.tenant}/{entry.id}-1"]
    await holds(office, entry.recordings[0], 440, 700)


async def test_a_pause_ends_one_part_and_begins_another(office: Office) -> None:
    alice, bob = await pair(office, RecordCalls.ALL)
    await alice.dial("102")
    await bob.answer()
    await talk(alice, bob)
    call, scope = await live(office, CallState.TALKING), office.books.scope
    own = call.parties[0].user
    await control(office).record(scope, call.id, own, RecordAction.PAUSE)
    assert (await live(office, CallState.TALKING)).recording is RecordingState.PAUSED
    first = f"{scope.tenant}/{call.id}-1"

    async def closed() -> bool:
        before = len(sound_of(office, first).samples)
        await talk(alice, bob)
        return 0 < before == len(sound_of(office, first).samples)

    await until_found(closed)
    with pytest.raises(Conflict):
        await control(office).record(scope, call.id, own, RecordAction.STOP)
    await control(office).record(scope, call.id, own, RecordAction.RESUME)
    await holds(office, f"{scope.tenant}/{call.id}-2", 440, 700)
    await alice.hang_up()
    await bob.until_idle()
    (entry,) = await office.journal()
    assert len(entry.recordings) == 2


async def test_given_a_held_party_when_recording_begins_and_ends_then_the_music_goes_on(
    office: Office,
) -> None:
    alice, bob = await pair(office, RecordCalls.ON_DEMAND)
    await alice.dial("102")
    await bob.answer()
    await talk(alice, bob)
    call, scope = await live(office, CallState.TALKING), office.books.scope
    await alice.hold()
    await live(office, CallState.HELD)
    await until_found(lambda: bob.hears_music(but=(alice.tone,)))
    for action in (RecordAction.START, RecordAction.STOP):
        await control(office).record(scope, call.id, call.parties[0].user, action)
        await until_found(lambda: bob.hears_music(but=(alice.tone,)))
    await alice.hang_up()
    await bob.until_idle()
    await office.journal()


async def test_on_demand_a_recording_is_started_and_stopped(office: Office) -> None:
    alice, bob = await pair(office, RecordCalls.ON_DEMAND)
    await alice.dial("102")
    await bob.answer()
    call, scope = await live(office, CallState.TALKING), office.books.scope
    assert call.recording is RecordingState.OFF
    other = call.parties[1].user
    with pytest.raises(Conflict):
        await control(office).record(scope, call.id, other, RecordAction.START)
    await control(office).record(scope, call.id, None, RecordAction.START)
    with pytest.raises(Conflict):
        await control(office).record(scope, call.id, None, RecordAction.START)
    await holds(office, f"{scope.tenant}/{call.id}-1", 440, 700)
    await control(office).record(scope, call.id, None, RecordAction.STOP)
    assert (await live(office, CallState.TALKING)).recording is RecordingState.OFF
    await bob.hang_up()
    await alice.until_idle()
    await office.journal()


async def test_calls_inside_are_not_recorded_for_those_who_record_external_ones(
    office: Office,
) -> None:
    alice, bob = await pair(office, RecordCalls.EXTERNAL)
    await alice.dial("102")
    await bob.answer()
    await talk(alice, bob)
    assert (await live(office, CallState.TALKING)).recording is RecordingState.OFF
    await alice.hang_up()
    await bob.until_idle()
    (entry,) = await office.journal()
    assert entry.recordings == []


async def test_calls_from_outside_are_recorded_for_those_who_record_external_ones(
    office: Office,
) -> None:
    provider = await office.provider()
    who = await office.hire("101", record_calls=RecordCalls.EXTERNAL)
    alice = await office.speaker(who, 440)
    await office.did("+31201234567", who)
    call = await provider.phone.call("+31201234567")
    await alice.answer()
    await until_recorded(office)
    await alice.hang_up()
    await call.finished()
    (entry,) = await office.journal()
    assert len(entry.recordings) == 1
