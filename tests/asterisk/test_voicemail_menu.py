"""The menu of a voicemail box, on the real Asterisk: PIN, messages, greetings, groups."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio
from sqlalchemy import select

from orchestrator.departments.model import Department
from orchestrator.people.model import Extension
from orchestrator.people.rules import OwnerKind
from orchestrator.prompts.phrases import Phrase
from orchestrator.ring_groups.model import RingGroup, RingGroupMember
from orchestrator.ring_groups.rules import Strategy
from orchestrator.types import new_id
from orchestrator.voicemail.model import VoicemailBox
from tests.asterisk.office import Colleague, Office, story, until, until_found
from tests.asterisk.telling import until_told
from tests.asterisk.test_recovery import Process, home_with_customer
from tests.asterisk.voicemail import (
    CALLER,
    OWNER,
    furnish,
    leave_message,
    messages,
    notes,
    recordings,
    said,
    set_options,
    until_carried,
    until_messages,
    until_recorded,
    until_spoken,
)
from tests.phones.baresip import BaresipPhone
from tests.tones import heard, read_wav

PIN = "4826"


@pytest_asyncio.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    async with home_with_customer() as (settings, books):
        process = Process(settings, books, tmp_path)
        try:
            yield process
        finally:
            await process.stop()


async def owner(office: Office, **box: object) -> tuple[Colleague, BaresipPhone]:
    """101 at a phone, with a box that is opened without a PIN at that phone."""
    ann = await office.hire("101", pin=PIN)
    await furnish(office, ann, **{"ask_pin": False, "say_time": "none", **box})
    return ann, await office.speaker(ann, OWNER)


async def caller(office: Office, number: str = "102") -> BaresipPhone:
    return await office.speaker(await office.hire(number), CALLER)


async def open_menu(phone: BaresipPhone, keys: str = "") -> None:
    await phone.dial("999")
    await phone.until_line("ESTABLISHED")
    await phone.press(keys)


async def test_given_a_message_then_its_owner_hears_it_and_deletes_it(office: Office) -> None:
    ann, phone = await owner(office)
    bob = await caller(office)
    await leave_message(office, bob, "*4101")
    await until_messages(office, ann.user_id, 1)
    await open_menu(phone, "1")
    await phone.until_hears(CALLER, timeout=20)

    async def is_heard() -> bool:
        return all(message.heard for message in await messages(office, ann.user_id))

    await until_found(is_heard)
    await phone.press("7")
    await until_told(office, Phrase.DELETED)
    await phone.hang_up()
    await until_messages(office, ann.user_id, 0)
    calls = await office.journal(2)
    assert story(calls[1]) == (
        "answered",
        "caller_hung_up",
        [("voicemail_menu", "101", "caller_hung_up")],
    )


async def test_given_a_deleted_message_then_the_same_key_brings_it_back(office: Office) -> None:
    ann, phone = await owner(office)
    bob = await caller(office)
    for _ in range(2):
        await leave_message(office, bob, "*4101")
        await bob.until_idle()
    await until_messages(office, ann.user_id, 2)
    await open_menu(phone, "1")
    await phone.until_hears(CALLER, timeout=20)
    # Deleting goes on to the next one; back, and the key brings it back.
    await phone.press("747")
    await until_told(office, Phrase.UNDELETED)
    await phone.hang_up()
    await office.journal(3)
    await until_carried(office)
    assert len(await messages(office, ann.user_id)) == 2


async def test_given_three_wrong_pins_then_the_right_one_is_not_taken_for_a_while(
    office: Office,
) -> None:
    _, phone = await owner(office, ask_pin=True)
    await open_menu(phone)
    asked = [Phrase.ASK_PIN, Phrase.ASK_PIN_AGAIN, Phrase.ASK_PIN_AGAIN]
    for wrong, asks in zip(("1111#", "2222#", "3333#"), asked, strict=True):
        await until_told(office, asks)
        await phone.press(wrong)
    await phone.until_idle(timeout=20)
    await open_menu(phone, f"{PIN}#")
    await phone.until_idle(timeout=20)
    for call in await office.journal(2):
        assert story(call) == ("refused", "wrong_pin", [("voicemail_menu", "101", "wrong_pin")])


async def test_given_another_phone_when_star_and_the_pin_are_keyed_in_then_the_box_opens(
    office: Office,
) -> None:
    ann, _ = await owner(office)
    bob = await caller(office)
    await leave_message(office, bob, "*4101")
    await until_messages(office, ann.user_id, 1)
    await bob.until_idle()
    await bob.dial("*4101")
    await bob.until_line("ESTABLISHED")
    await bob.press("*")
    await until_told(office, Phrase.ASK_PIN)
    await bob.press(f"{PIN}#1")
    await bob.until_hears(CALLER, timeout=20)
    await bob.hang_up()
    call = (await office.journal(2))[1]
    assert [step[:2] for step in story(call)[2]] == [
        ("voicemail", "101"),
        ("voicemail_menu", "101"),
    ]


async def test_given_a_greeting_recorded_by_phone_then_callers_hear_it(office: Office) -> None:
    ann, phone = await owner(office)
    await open_menu(phone, "980")
    await until_spoken(office, "greeting")
    await phone.press("#")
    await until_recorded(office, "greeting")
    await phone.press("0")
    await until(lambda: None in office.plan.mailboxes[ann.user_id].greetings)
    await phone.hang_up()
    bob = await caller(office)
    await bob.dial("*4101")
    await bob.until_hears(OWNER)
    await bob.hang_up()
    await office.journal(2)
    await until_carried(office)


async def test_given_a_new_pin_by_phone_then_it_opens_the_box(office: Office) -> None:
    ann, phone = await owner(office)
    await open_menu(phone, "97")
    for asks in (Phrase.NEW_PIN, Phrase.NEW_PIN_AGAIN):
        await until_told(office, asks)
        await phone.press("7391#")
    await until(lambda: office.plan.people[ann.user_id].pin == "7391")
    await phone.hang_up()
    await office.journal()


async def test_given_a_colleague_with_a_box_when_a_message_is_forwarded_then_both_have_it(
    office: Office,
) -> None:
    ann, phone = await owner(office)
    carol = await office.hire("103")
    await furnish(office, carol)
    bob = await caller(office)
    await leave_message(office, bob, "*4101")
    await until_messages(office, ann.user_id, 1)
    await open_menu(phone, "1")
    await phone.until_hears(CALLER, timeout=20)
    await phone.press("8103#")
    copy = (await until_messages(office, carol.user_id, 1))[0]
    assert heard(said(office, copy), (CALLER, OWNER)) == {CALLER}
    assert not copy.heard
    await phone.hang_up()
    await office.journal(2)
    assert len(await messages(office, ann.user_id)) == 1


async def test_given_call_back_is_allowed_then_the_key_calls_who_left_the_message(
    office: Office,
) -> None:
    ann, phone = await owner(office)
    await set_options(office, calls_out=True)
    bob = await caller(office)
    await leave_message(office, bob, "*4101")
    await bob.until_idle()
    await until_messages(office, ann.user_id, 1)
    await open_menu(phone, "1")
    await phone.until_hears(CALLER, timeout=20)
    await phone.press("3")
    await bob.answer()
    await bob.until_hears(OWNER)
    await phone.hang_up()
    call = (await office.journal(2))[1]
    assert [step[:2] for step in story(call)[2]] == [("voicemail_menu", "101"), ("user", "102")]


async def group_with(office: Office, *members: Colleague) -> str:
    """A ring group 600 with a box of its own; its id."""
    group = RingGroup(id=new_id(), name="Sales", strategy=Strategy.RING_ALL)
    async with office.books.database.transaction(office.books.scope) as session:
        department = await session.scalar(
            select(Department.id).where(Department.tenant_id == office.books.scope.tenant)
        )
        assert department is not None
        group.department_id = department
        session.add(group)
        await session.flush()
        session.add(Extension(number="600", owner_kind=OwnerKind.RING_GROUP, owner_id=group.id))
        session.add(VoicemailBox(ring_group_id=group.id))
        session.add_all(
            RingGroupMember(ring_group_id=group.id, user_id=member.user_id, position=place)
            for place, member in enumerate(members)
        )
    await until(lambda: group.id in office.plan.mailboxes)
    return group.id


async def test_given_a_box_of_a_group_then_members_have_its_messages_and_their_lamps_light(
    office: Office,
) -> None:
    ann, phone = await owner(office)
    group = await group_with(office, ann)
    bob = await caller(office)
    await leave_message(office, bob, "*4600")
    await until_messages(office, group, 1)
    shown = office.centrale.presence.messages._messages
    await until(lambda: ann.user_id in shown and shown[ann.user_id].new == 1)
    await open_menu(phone, "41")
    await phone.until_hears(CALLER, timeout=20)
    await phone.hang_up()
    await until(lambda: (shown[ann.user_id].new, shown[ann.user_id].old) == (0, 1))
    await office.journal(2)


def spoken(home: Path) -> float:
    """Seconds of what a caller says that are on Asterisk's disk."""
    return sum(read_wav(file).seconds for file in recordings(home))


async def test_given_a_kill_while_somebody_speaks_then_the_message_is_kept_and_the_call_goes_on(
    process: Process,
) -> None:
    people = [await process.books.hire(number) for number in ("101", "102")]
    async with process.books.database.transaction(process.books.scope) as session:
        session.add(VoicemailBox(user_id=people[0].user_id))
    await process.start()
    async with AsyncExitStack() as leaving:
        phone = BaresipPhone(process.sip, process._folder, people[1].accounts[0], tone=CALLER)
        await leaving.enter_async_context(phone)
        await phone.dial("*4101")
        await phone.until_line("ESTABLISHED")
        await phone.press("#")
        home = process.settings.home
        await until(lambda: spoken(home) > 1)
        await process.kill()
        before = spoken(home)
        await process.start()
        assert await phone.lines()
        await until(lambda: spoken(home) > before)
        await phone.hang_up()
        await until(lambda: not notes(process.settings.home), seconds=20)
        entry = (await process.books.journal())[0]
    assert entry.adopted
    assert [step.destination_kind for step in entry.segments] == ["voicemail"] * 2
    kept = list(process.settings.home.rglob("media/**/*.wav"))
    assert len(kept) == 1
    sound = read_wav(kept[0])
    assert sound.seconds > before, "what was said without us is there too"
    assert heard(sound, (CALLER, OWNER)) == {CALLER}
