"""IVRs on the real Asterisk: what callers hear and where their keys lead.

Prompts are tones, told apart by their frequency; so are colleagues.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio

from orchestrator.calls.schemas import CallDetail
from orchestrator.departments.lookup import default_department
from orchestrator.hours.schemas import DepartmentHoursBody
from orchestrator.ivr.schemas import IvrCreate
from orchestrator.ivr.service import IvrService
from orchestrator.media import MediaStore
from orchestrator.prompts.model import Prompt
from orchestrator.prompts.rules import PromptSource
from orchestrator.types import new_id
from orchestrator.voicemail.model import VoicemailBox
from tests.asterisk.office import Books, Colleague, Office, story, until, until_found
from tests.asterisk.telling import until_told
from tests.asterisk.test_hours import FAR_FROM_NOW, days_from_now
from tests.asterisk.test_recovery import Process, home_with_customer
from tests.phones.baresip import BaresipPhone
from tests.tones import sine, write_wav

MAIN, NIGHT, CODE, CLOSED, NAME = 1000.0, 1250.0, 850.0, 1450.0, 1650.0
"""Hertz of prompts."""
CALLER, BOB, CAROL = 440.0, 550.0, 700.0
"""Hertz of people."""
TONES = (MAIN, NIGHT, CODE, CLOSED, NAME, BOB, CAROL)
END = {"kind": "end_call"}


@dataclass
class Reception:
    """An office with prompts by their tone, and IVRs that play them."""

    books: Books
    media: MediaStore
    service: IvrService
    folder: Path

    async def sound(self, tone: float, seconds: float) -> str:
        """A file in the media store; its name there."""
        file = self.media.new(self.books.scope.tenant, "prompts")
        wav = write_wav(self.folder / f"{new_id()}.wav", sine(tone, seconds))
        await self.media.keep(wav, file)
        return file

    async def prompt(self, tone: float, seconds: float = 20.0) -> str:
        file = await self.sound(tone, seconds)
        name, source = f"{tone} {new_id()}", PromptSource.UPLOADED
        prompt = Prompt(id=new_id(), name=name, source=source, file=file)
        async with self.books.database.transaction(self.books.scope) as session:
            session.add(prompt)
        return prompt.id

    async def ivr(self, number: str, prompt: str | None, *keys: object, **fields: Any) -> str:
        """An IVR; its id. Nothing can be dialled directly unless `fields` say so."""
        async with self.books.database.transaction(self.books.scope) as session:
            department = await default_department(session, self.books.scope)
        given = {
            "number": number,
            "name": f"Menu {number}",
            "department": department,
            "prompt": prompt,
            "keys": list(keys),
            "direct_dial": False,
        }
        made = await self.service.create(self.books.scope, IvrCreate.model_validate(given | fields))
        return made.id


@pytest_asyncio.fixture
async def reception(office: Office, tmp_path: Path) -> Reception:
    services, media = office.centrale.services, office.centrale.node.registry.ports.media
    return Reception(office.books, media, services.ivrs, tmp_path)


def key(keys: str, to: Mapping[str, str], **fields: object) -> dict[str, object]:
    return {"keys": keys, "destination": to, **fields}


def user(who: Colleague) -> dict[str, str]:
    return {"kind": "user", "ref": who.user_id}


def ivr(ref: str) -> dict[str, str]:
    return {"kind": "ivr", "ref": ref}


@dataclass
class People:
    """The caller (101), and Bob (102) and Carol (103) with a phone each."""

    caller: BaresipPhone
    bob: Colleague
    carol: Colleague
    phones: dict[str, BaresipPhone]


@pytest_asyncio.fixture
async def people(office: Office) -> People:
    ann = await office.hire("101", first_name="Ann", last_name="Zed")
    bob = await office.hire("102", first_name="Wei", last_name="Li")
    carol = await office.hire("103", first_name="Lisa", last_name="Jansen")
    phones = await asyncio.gather(
        office.speaker(ann, CALLER), office.speaker(bob, BOB), office.speaker(carol, CAROL)
    )
    return People(phones[0], bob, carol, {"102": phones[1], "103": phones[2]})


async def until_known(office: Office, *numbers: str) -> None:
    await until(lambda: all(number in office.plan.extensions for number in numbers))


async def enter(
    office: Office, people: People, number: str = "800", tone: float = MAIN
) -> BaresipPhone:
    """The caller dials the IVR and hears its prompt."""
    await until_known(office, number)
    await people.caller.dial(number)
    await people.caller.until_line("ESTABLISHED")
    await people.caller.until_hears(tone, among=TONES)
    people.caller.listen_anew()
    return people.caller


async def talk(people: People, number: str) -> None:
    """The colleague answers, the two hear each other, the caller hangs up."""
    phone = people.phones[number]
    await phone.answer()
    people.caller.listen_anew()
    await asyncio.gather(people.caller.until_hears(phone.tone), phone.until_hears(CALLER))
    await people.caller.hang_up()
    await people.caller.until_idle()


def journey(entry: CallDetail) -> list[tuple[str, str]]:
    return [(step[0], step[1]) for step in story(entry)[2]]


async def test_given_a_prompt_when_a_key_is_pressed_then_it_stops_and_the_colleague_rings(
    office: Office, reception: Reception, people: People
) -> None:
    await reception.ivr("800", await reception.prompt(MAIN), key("1", user(people.bob)))
    caller = await enter(office, people)
    await caller.press("1")
    await people.phones["102"].until_line("INCOMING")
    await talk(people, "102")
    assert MAIN not in caller.hears(*TONES)
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "caller_hung_up",
        [("ivr", "800", "forwarded"), ("user", "102", "caller_hung_up")],
    )


async def test_given_nested_menus_when_keys_are_pressed_then_each_prompt_follows(
    office: Office, reception: Reception, people: People
) -> None:
    third = await reception.ivr("802", await reception.prompt(CODE), key("3", user(people.carol)))
    second = await reception.ivr("801", await reception.prompt(NIGHT), key("2", ivr(third)))
    await reception.ivr("800", await reception.prompt(MAIN), key("1", ivr(second)))
    caller = await enter(office, people)
    for pressed, tone in (("1", NIGHT), ("2", CODE)):
        await caller.press(pressed)
        await caller.until_hears(tone)
    await caller.press("3")
    await talk(people, "103")
    (entry,) = await office.journal()
    assert journey(entry) == [("ivr", "800"), ("ivr", "801"), ("ivr", "802"), ("user", "103")]


async def test_given_nothing_is_pressed_then_the_prompt_comes_again_and_then_the_goodbye(
    office: Office, reception: Reception, people: People
) -> None:
    prompt = await reception.prompt(MAIN, 0.6)
    await reception.ivr("800", prompt, key("1", END), wait_seconds=1, rounds=2)
    caller = await enter(office, people)
    await caller.until_hears(MAIN)
    await caller.until_idle(timeout=20)
    (entry,) = await office.journal()
    assert story(entry) == ("refused", "no_input", [("ivr", "800", "no_input")])


async def test_given_nothing_is_pressed_then_the_destination_for_that_rings(
    office: Office, reception: Reception, people: People
) -> None:
    prompt = await reception.prompt(MAIN, 0.6)
    await reception.ivr("800", prompt, wait_seconds=1, no_input=user(people.bob))
    await enter(office, people)
    await talk(people, "102")
    await office.journal()


async def test_given_a_wrong_key_then_it_is_told_and_the_prompt_comes_again(
    office: Office, reception: Reception, people: People
) -> None:
    await reception.ivr("800", await reception.prompt(MAIN), key("1", user(people.bob)))
    caller = await enter(office, people)
    await caller.press("7")
    await until_found(lambda: caller.hears_music(but=TONES, window=0.3))
    await caller.until_hears(MAIN, timeout=12)
    await caller.press("1")
    await talk(people, "102")
    await office.journal()


async def test_given_a_wrong_key_then_the_destination_for_that_rings(
    office: Office, reception: Reception, people: People
) -> None:
    prompt = await reception.prompt(MAIN)
    await reception.ivr("800", prompt, key("1", END), invalid_input=user(people.carol))
    await (await enter(office, people)).press("7")
    await talk(people, "103")
    await office.journal()


async def test_given_the_key_to_repeat_and_the_key_to_end_then_they_do_so(
    office: Office, reception: Reception, people: People
) -> None:
    prompt = await reception.prompt(MAIN)
    again = {"keys": "9", "action": "repeat"}
    await reception.ivr("800", prompt, again, key("0", END), rounds=1)
    caller = await enter(office, people)
    for _ in range(2):
        await caller.press("9")
        caller.listen_anew()
        await caller.until_hears(MAIN)
    await caller.press("0")
    await caller.until_idle()
    (entry,) = await office.journal()
    assert (entry.verdict, entry.reason) == ("answered", "ended")


async def test_given_a_key_for_more_input_then_its_prompt_asks_for_the_string(
    office: Office, reception: Reception, people: People
) -> None:
    asks = {"keys": "1", "action": "input", "prompt": await reception.prompt(CODE)}
    await reception.ivr("800", await reception.prompt(MAIN), asks, key("1234", user(people.bob)))
    caller = await enter(office, people)
    await caller.press("1")
    await caller.until_hears(CODE)
    await caller.press("234")
    await talk(people, "102")
    await office.journal()


async def test_given_extensions_may_be_dialled_then_a_key_waits_and_a_number_rings(
    office: Office, reception: Reception, people: People
) -> None:
    night = await reception.ivr("801", await reception.prompt(NIGHT), key("1", END))
    prompt = await reception.prompt(MAIN)
    await reception.ivr("800", prompt, key("1", ivr(night)), direct_dial=True)
    caller = await enter(office, people)
    await caller.press("103")
    await talk(people, "103")

    await enter(office, people)
    before = asyncio.get_running_loop().time()
    await caller.press("1")
    await caller.until_hears(NIGHT)
    assert asyncio.get_running_loop().time() - before > 2.5, "another key could have followed"
    await caller.hang_up()
    await caller.until_idle()
    first, second = await office.journal(2)
    assert journey(first) == [("ivr", "800"), ("user", "103")]
    assert journey(second) == [("ivr", "800"), ("ivr", "801")]


async def test_given_a_phone_that_sends_info_when_it_presses_a_key_then_that_counts(
    office: Office, reception: Reception, people: People
) -> None:
    """The phone that is transferred into the IVR presses its key by SIP INFO."""
    await reception.ivr("800", await reception.prompt(MAIN), key("1", user(people.carol)))
    await until_known(office, "800")
    dave = await office.hire("104")
    desk = await office.desk(dave)
    pressing = await desk.answer_pressing("1")
    await people.caller.dial("104")
    await people.caller.until_line("ESTABLISHED")
    await people.caller.transfer("800")
    await until_told(office)
    await pressing.go_on()
    await people.phones["103"].answer()
    await people.phones["103"].hang_up()
    await pressing.until_sent("200 BYE")
    await pressing.stop()
    (entry,) = await office.journal()
    assert journey(entry)[-2:] == [("ivr", "800"), ("user", "103")]


async def test_given_two_who_talk_when_one_is_sent_to_the_menu_then_it_hears_the_prompt(
    office: Office, reception: Reception, people: People
) -> None:
    await reception.ivr("800", await reception.prompt(MAIN), key("1", user(people.carol)))
    await until_known(office, "800")
    bob = people.phones["102"]
    await people.caller.dial("102")
    await bob.answer()
    await people.caller.transfer("800")
    await people.caller.until_idle()
    await bob.until_hears(MAIN)
    await bob.press("1")
    await people.phones["103"].answer()
    await bob.until_hears(CAROL)
    await bob.hang_up()
    await bob.until_idle()
    await office.journal()


async def test_given_callers_who_hang_up_at_any_moment_then_nothing_is_left(
    office: Office, reception: Reception, people: People
) -> None:
    prompt = await reception.prompt(MAIN, 0.3)
    night = await reception.ivr("801", await reception.prompt(NIGHT, 0.3), wait_seconds=1)
    to_self = {"keys": "9", "action": "repeat"}
    keys = (key("1", ivr(night)), to_self)
    await reception.ivr("800", prompt, *keys, wait_seconds=1, rounds=9)
    await until_known(office, "800", "801")
    dave = await office.hire("104")
    desk = await office.desk(dave)
    # The moments are the subject: whatever the calls are at then, nothing may be left of them.
    talks = [1, 40, 90, 150, 240, 330, 420, 700, 1100, 1400, 1900, 2500]
    runs = [await desk.call("800", talk_ms=ms, ended_by="us") for ms in talks]
    for run in runs:
        await run.finished(30)
    entries = await office.journal(len(talks))
    assert {(entry.verdict, entry.reason) for entry in entries} == {("abandoned", "caller_hung_up")}


async def test_given_a_prompt_that_vanished_then_the_keys_are_read_out(
    office: Office, reception: Reception, people: People
) -> None:
    prompt = await reception.prompt(MAIN)
    await reception.ivr("800", prompt, key("1", user(people.bob)))
    await until_known(office, "800")
    await reception.media.remove(office.plan.prompts[prompt].file)
    await people.caller.dial("800")
    await people.caller.until_line("ESTABLISHED")
    await until_found(lambda: people.caller.hears_music(but=TONES, window=0.5))
    await people.caller.press("1")
    await talk(people, "102")
    await office.journal()


async def test_given_a_closed_department_then_its_own_route_is_taken_by_outsiders_and_colleagues(
    office: Office, reception: Reception, people: People
) -> None:
    closed = {"destination": user(people.carol), "prompt": await reception.prompt(CLOSED, 0.5)}
    await reception.ivr("800", await reception.prompt(MAIN), closed=closed)
    await until_known(office, "800")
    await close(office, days_from_now(*FAR_FROM_NOW))
    await people.caller.dial("800")
    await people.caller.until_hears(CLOSED, among=TONES)
    await talk(people, "103")
    (entry,) = await office.journal()
    assert [step[0] for step in story(entry)[2]] == ["announcement", "user"]


async def close(office: Office, periods: list[dict[str, str]]) -> None:
    """Close the default department, and wait until calls know of it."""
    department = next(iter(office.plan.departments))
    before = office.plan.departments[department]
    week = DepartmentHoursBody.model_validate({"periods": periods})
    await office.centrale.services.hours.set_department(office.books.scope, department, week)
    await until(lambda: office.plan.departments[department] != before)


async def test_given_a_language_then_what_the_ivr_says_is_in_it(
    office: Office, reception: Reception, people: People
) -> None:
    """A sound of the language `nl` is put in: the same name is another tone in English."""
    assert office.centrale.node.embedded is not None
    sounds = office.centrale.node.embedded.layout.data / "sounds"
    for folder, tone in (("", CLOSED), ("nl", NIGHT)):
        place = sounds / folder / "test"
        place.mkdir(parents=True, exist_ok=True)
        write_wav(place / "greeting.wav", sine(tone, 20.0))
    await reception.ivr("800", "test/greeting", key("1", END), language="nl")
    await reception.ivr("801", "test/greeting", key("1", END), language="en")
    for number, tone in (("800", NIGHT), ("801", CLOSED)):
        caller = await enter(office, people, number, tone)
        await caller.hang_up()
        await caller.until_idle()
    await office.journal(2)


async def by_name(office: Office, reception: Reception, people: People) -> BaresipPhone:
    to_names = key("3", {"kind": "dial_by_name"})
    await reception.ivr("800", await reception.prompt(MAIN), to_names)
    caller = await enter(office, people)
    await caller.press("3")
    await until_found(lambda: caller.hears_music(but=TONES, window=0.3))
    return caller


async def test_given_a_name_of_one_when_it_is_spelled_then_that_person_rings(
    office: Office, reception: Reception, people: People
) -> None:
    caller = await by_name(office, reception, people)
    await caller.press("526")
    await talk(people, "103")
    (entry,) = await office.journal()
    assert [step[0] for step in story(entry)[2]] == ["ivr", "dial_by_name", "user"]


async def test_given_names_that_sound_alike_then_one_is_chosen_by_its_recorded_name(
    office: Office, reception: Reception, people: People
) -> None:
    box = VoicemailBox(user_id=people.bob.user_id, self_id=await reception.sound(NAME, 0.8))
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(box)
    await until(lambda: people.bob.user_id in office.plan.mailboxes)
    caller = await by_name(office, reception, people)
    await caller.press("540")
    await caller.until_hears(NAME, timeout=15)
    await caller.press("0")
    await talk(people, "102")
    await office.journal()


async def test_given_the_list_of_names_when_it_is_left_then_the_menu_is_there_again(
    office: Office, reception: Reception, people: People
) -> None:
    caller = await by_name(office, reception, people)
    await caller.press("540#")
    await until_found(lambda: caller.hears_music(but=TONES, window=0.3))
    await caller.press("#")
    await caller.until_hears(MAIN)
    await caller.hang_up()
    await caller.until_idle()
    await office.journal()


@pytest_asyncio.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    async with home_with_customer() as (settings, books):
        process = Process(settings, books, tmp_path)
        try:
            yield process
        finally:
            await process.stop()


async def test_given_callers_in_menus_when_the_orchestrator_is_killed_then_they_hear_them_again(
    process: Process, tmp_path: Path
) -> None:
    books = process.books
    media = MediaStore(process.settings.media_folder)
    reception = Reception(books, media, IvrService(books.database), tmp_path)
    ann, bob = await books.hire("101"), await books.hire("102")
    prompt = await reception.prompt(MAIN, 60.0)
    await reception.ivr("800", prompt, key("1", user(bob)))
    await process.start()
    async with AsyncExitStack() as leaving:
        caller, colleague = [
            await leaving.enter_async_context(
                BaresipPhone(process.sip, tmp_path, who.accounts[0], tone=tone)
            )
            for who, tone in ((ann, CALLER), (bob, BOB))
        ]
        await caller.dial("800")
        await caller.until_hears(MAIN)
        await process.kill()
        caller.listen_anew()
        await caller.until_hears(MAIN)
        await process.start()
        caller.listen_anew()
        await caller.until_hears(MAIN)
        await caller.press("1")
        await colleague.answer()
        await caller.until_hears(BOB)
        await caller.hang_up()
        (entry,) = await books.journal()
    assert entry.adopted
    assert [step[0] for step in story(entry)[2]] == ["ivr", "ivr", "user"]
