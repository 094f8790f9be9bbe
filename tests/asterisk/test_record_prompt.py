"""Prompts spoken by telephone, on the real Asterisk: kept, done over, and given up."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest_asyncio
from argon2 import PasswordHasher

from orchestrator.asterisk.layout import Layout
from orchestrator.calls.prompt_keeper import recording_of
from orchestrator.prompts.rules import PromptSource
from orchestrator.prompts.schemas import PromptOut
from orchestrator.routing.decision import RecordPrompt
from tests.asterisk.office import Office, story, until, until_found
from tests.asterisk.test_call_control import control
from tests.asterisk.test_prompts import PROMPT, prompt
from tests.asterisk.test_recovery import Process, home_with_customer
from tests.phones.baresip import BaresipPhone
from tests.tones import heard, read_wav

VOICE = 1500.0
"""Hertz: what is spoken by telephone."""


def left(office: Office) -> list[Path]:
    return left_in(office.centrale.settings.home)


def left_in(home: Path) -> list[Path]:
    """What is in Asterisk's folder of recordings."""
    return list((Layout.of(home).spool / "recording").rglob("prompt-*"))


async def ring(office: Office, phone: BaresipPhone, name: str, id_: str = "") -> str:
    """Ask for the call, and answer it; the call."""
    person = next(p for p in office.plan.people.values() if p.number == "101")
    wanted = RecordPrompt(office.books.scope, id_, name)
    made = await control(office).record_prompt(person.id, wanted)
    await phone.answer()
    return made.id


async def speaker(office: Office) -> BaresipPhone:
    return await office.speaker(await office.hire("101"), VOICE)


async def speak(office: Office, call: str, phone: BaresipPhone) -> None:
    """Wait for the beep, speak, press the pound key; what was said is played back."""
    ari = office.centrale.node.ari

    async def spoken() -> bool:
        live = await ari.recording(recording_of(call))
        return live is not None and live.state == "recording" and any(map(large, left(office)))

    def large(file: Path) -> bool:
        return file.stat().st_size > 30_000

    await until_found(spoken)
    phone.listen_anew()
    await phone.press("#")
    await phone.until_hears(VOICE)


async def words_of(office: Office, id_: str) -> tuple[PromptOut, set[float]]:
    """The prompt, and which tones are heard in it."""
    scope, prompts = office.books.scope, office.centrale.services.prompts
    path, _ = await prompts.file(scope, id_, original=False)
    return await prompts.get(scope, id_), heard(read_wav(path), (PROMPT, VOICE))


async def test_given_one_pressed_then_the_prompt_has_what_was_said(office: Office) -> None:
    phone, old = await speaker(office), await prompt(office, PROMPT)
    before = office.plan.prompts[old.id].file
    call = await ring(office, phone, old.name, old.id)
    await speak(office, call, phone)
    await phone.press("1")
    await until(lambda: office.plan.prompts[old.id].file != before)
    await phone.until_idle(timeout=20)
    shown, tones = await words_of(office, old.id)
    assert (shown.source, tones) == (PromptSource.RECORDED, {VOICE})
    await until(lambda: not left(office))
    (entry,) = await office.journal()
    assert (entry.id, story(entry)) == (
        call,
        ("answered", "ended", [("recording", old.name, "ended")]),
    )


async def test_given_two_pressed_then_it_is_said_again_as_a_new_prompt(office: Office) -> None:
    phone = await speaker(office)
    call = await ring(office, phone, "By telephone")
    await speak(office, call, phone)
    await phone.press("2")
    await until(lambda: not left(office))
    await speak(office, call, phone)
    await phone.press("1")
    await until(lambda: bool(office.plan.prompts))
    await phone.until_idle(timeout=20)
    (line,) = office.plan.prompts.values()
    shown, tones = await words_of(office, line.id)
    assert (shown.name, shown.source, tones) == ("By telephone", PromptSource.RECORDED, {VOICE})
    await until(lambda: not left(office))


async def test_given_a_hang_up_then_the_old_words_stay_and_nothing_is_left(
    office: Office,
) -> None:
    phone, old = await speaker(office), await prompt(office, PROMPT)
    call = await ring(office, phone, old.name, old.id)
    await speak(office, call, phone)
    await phone.hang_up()
    await until(lambda: not office.centrale.node.registry.calls())
    _, tones = await words_of(office, old.id)
    assert tones == {PROMPT}
    await until(lambda: not left(office))


async def test_given_a_hang_up_while_speaking_then_nothing_is_left(office: Office) -> None:
    phone = await speaker(office)
    call = await ring(office, phone, "Never")
    await until(lambda: bool(left(office)))
    await phone.hang_up()
    await until(lambda: office.centrale.node.registry.get(call) is None)
    await until(lambda: not left(office))
    assert not office.plan.prompts
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "caller_hung_up",
        [("recording", "Never", "caller_hung_up")],
    )


@pytest_asyncio.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    async with home_with_customer() as (settings, books):
        process = Process(settings, books, tmp_path)
        try:
            yield process
        finally:
            await process.stop()


async def test_given_a_kill_while_speaking_then_the_restart_ends_it_and_nothing_is_left(
    process: Process, tmp_path: Path
) -> None:
    password = "correct horse battery"
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)
    ann = await process.books.hire("101", email="ann@example.org", password_hash=hashed)
    await process.books.set_rights(ann.user_id, {"manage.voice_and_chat": True})
    await process.start()
    address = (tmp_path / "run-1.log").read_text().partition(" runs: ")[2].split()[0]
    async with AsyncExitStack() as leaving:
        phone = await process.speaker(leaving, ann)
        http = await leaving.enter_async_context(aiohttp.ClientSession(f"{address}/api/v1/"))
        who = {"email": "ann@example.org", "password": password}
        async with http.post("sign-in", json=who) as signed_in:
            token = (await signed_in.json())["token"]
        login = {"Authorization": f"Bearer {token}"}
        body = {"name": "Never"}
        async with http.post("tenants/-/prompts/record", json=body, headers=login) as asked:
            assert asked.status == 202
        await phone.answer()
        await until(lambda: bool(left_in(process.settings.home)))
        await process.kill()
        assert left_in(process.settings.home)
        await process.start()
        await phone.until_idle()
        await until(lambda: not left_in(process.settings.home))
        (entry,) = await process.books.journal()
    assert entry.reason == "ended_unattended"
