"""Sounds of a tenant's own, by ear: prompts that callers hear, and the music of waiting callers."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from orchestrator.calls.schemas import CallState
from orchestrator.departments.schemas import DepartmentMenuBody
from orchestrator.hours.rules import HoursState
from orchestrator.music.schemas import PlaylistCreate, PlaylistOut, TrackUpload
from orchestrator.prompts.rules import PromptSource
from orchestrator.prompts.schemas import PromptContent, PromptOut, PromptSpeak, PromptUpload
from tests.asterisk.office import Office, until, until_found
from tests.asterisk.test_call_control import control, live, speakers, talk
from tests.asterisk.test_hours import DID, FAR_FROM_NOW, OUTSIDER, Branch, branch, days_from_now
from tests.sounds import encoded

__all__ = ["branch"]

PROMPT, OTHER, MUSIC, SECOND = 700.0, 1100.0, 900.0, 1300.0
"""Hertz: of two prompts, and of two playlists."""


@asynccontextmanager
async def brought(office: Office, content: bytes) -> AsyncIterator[Path]:
    """A file that came in."""
    path = await office.centrale.services.media.incoming()
    path.write_bytes(content)
    yield path
    path.unlink(missing_ok=True)


async def prompt(office: Office, hertz: float) -> PromptOut:
    """An MP3 of that tone, as a prompt that calls know."""
    scope, prompts = office.books.scope, office.centrale.services.prompts
    body = PromptUpload(name="Tone", source=PromptSource.UPLOADED)
    async with brought(office, encoded("mp3", "mp3", hertz, 1.5)) as path:
        made = await prompts.upload(scope, body, path)
    await until(lambda: made.id in office.plan.prompts)
    return made


async def playlist(office: Office, name: str, hertz: float) -> PlaylistOut:
    """A playlist of one track of that tone, which Asterisk plays."""
    scope, music = office.books.scope, office.centrale.services.music
    made = await music.create(scope, PlaylistCreate(name=name))
    async with brought(office, encoded("ogg", "libopus", hertz, 3)) as path:
        filled = await music.add_track(scope, made.id, TrackUpload(name="Tone"), path)
    embedded = office.centrale.node.embedded
    assert embedded is not None

    async def known() -> bool:
        return made.id in await embedded.command("moh show classes")

    await until_found(known)
    return filled


async def closed_with(branch: Branch, sound: str) -> None:
    """The office is closed: callers hear `sound`, and then the call ends."""
    route = {"destination": {"kind": "end_call"}, "prompt": sound}
    periods = days_from_now(*FAR_FROM_NOW)
    await branch.hours(HoursState.CLOSED, periods=periods, routes={"closed": route})


async def test_given_an_mp3_as_announcement_when_closed_then_callers_hear_it(
    branch: Branch,
) -> None:
    made = await prompt(branch.office, PROMPT)
    await closed_with(branch, made.id)
    caller = await branch.office.outsider(OUTSIDER)
    await caller.dial(DID)
    assert await caller.until_hears(PROMPT, among=(PROMPT, OTHER)) == {PROMPT}
    await caller.until_idle()


async def test_given_new_content_when_called_then_the_new_words_are_heard(
    branch: Branch,
) -> None:
    office = branch.office
    made = await prompt(office, PROMPT)
    await closed_with(branch, made.id)
    before = office.plan.prompts[made.id].file
    async with brought(office, encoded("webm", "libopus", OTHER, 1.5)) as path:
        content = PromptContent(source=PromptSource.RECORDED)
        services = office.centrale.services
        changed = await services.prompts.replace(office.books.scope, made.id, content, path)
    assert changed.source is PromptSource.RECORDED
    await until(lambda: office.plan.prompts[made.id].file != before)
    caller = await office.outsider(OUTSIDER)
    await caller.dial(DID)
    assert await caller.until_hears(OTHER, among=(PROMPT, OTHER)) == {OTHER}
    await caller.until_idle()


async def test_given_a_typed_text_when_called_then_it_is_spoken(branch: Branch) -> None:
    office = branch.office
    body = PromptSpeak(name="Closed", text="We are closed. Please call back later.", language="en")
    made = await office.centrale.services.prompts.speak(office.books.scope, body)
    assert 1 < made.seconds < 10
    await until(lambda: made.id in office.plan.prompts)
    await closed_with(branch, made.id)
    caller = await office.outsider(OUTSIDER)
    await caller.dial(DID)
    await until_found(lambda: caller.hears_music(but=(OUTSIDER,)))
    await caller.until_idle()


async def test_given_a_vanished_file_when_called_then_something_is_heard_and_told_once(
    branch: Branch,
) -> None:
    office = branch.office
    made = await prompt(office, PROMPT)
    media = office.centrale.node.registry.ports.media
    file = office.plan.prompts[made.id].file
    media.path(file).unlink()
    # A change of the plan has the files looked at.
    await closed_with(branch, made.id)
    await until(lambda: file in media.missing)
    caller = await office.outsider(OUTSIDER)
    await caller.dial(DID)
    await until_found(lambda: caller.hears_music(but=(OUTSIDER, PROMPT)))
    await caller.until_idle()


async def test_given_music_of_a_department_when_held_then_it_is_heard(office: Office) -> None:
    music = await playlist(office, "Calm", MUSIC)
    (department,) = office.plan.departments
    menus = office.centrale.services.department_menus
    await menus.put(office.books.scope, department, DepartmentMenuBody(music=music.id))
    await until(lambda: office.plan.departments[department].music == music.id)
    alice, bob = await speakers(office, 440, 600)
    await alice.dial("102")
    await bob.answer()
    call = await live(office, CallState.TALKING)
    await talk(alice, bob)
    await control(office).hold(office.books.scope, call.id, None, on=True)
    bob.listen_anew()
    assert await bob.until_hears(MUSIC, among=(MUSIC, SECOND)) == {MUSIC}
    # Another playlist comes, and this one goes on.
    other = await playlist(office, "Lively", SECOND)
    assert other.id != music.id
    bob.listen_anew()
    assert await bob.until_hears(MUSIC, among=(MUSIC, SECOND)) == {MUSIC}
    await control(office).hold(office.books.scope, call.id, None, on=False)
    await talk(alice, bob)
    # The same by the key of a telephone.
    await alice.hold()
    bob.listen_anew()
    assert await bob.until_hears(MUSIC, among=(MUSIC, SECOND)) == {MUSIC}
    await alice.resume()
    await alice.until_received("200 INVITE", count=3)
    bob.listen_anew()
    await bob.until_hears(440)
    await alice.hang_up()
    await bob.until_idle()


@pytest.mark.parametrize("language", ["en", "nl", "de", "fr", "es"])
async def test_there_is_a_voice_for_each_language(office: Office, language: str) -> None:
    body = PromptSpeak(name=f"In {language}", text="1 2 3", language=language)
    made = await office.centrale.services.prompts.speak(office.books.scope, body)
    assert made.seconds > 0.5
    sound, _ = await office.centrale.services.prompts.file(
        office.books.scope, made.id, original=False
    )
    assert io.BytesIO(sound.read_bytes()).read(4) == b"RIFF"
