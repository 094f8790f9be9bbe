"""Voicemail on the real Asterisk: what callers leave, where it goes, and who is told."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import update

from orchestrator.bootstrap import running
from orchestrator.forwarding.rules import Status
from orchestrator.forwarding.schemas import StatusBody
from orchestrator.prompts.phrases import Phrase
from orchestrator.settings import SmtpSecurity
from orchestrator.types import DestinationKind
from orchestrator.voicemail.files import AREA
from orchestrator.voicemail.model import VoicemailMessage
from tests.asterisk.office import Colleague, Office, opened, story, until
from tests.asterisk.telling import until_told
from tests.asterisk.voicemail import (
    CALLER,
    GREETING,
    OWNER,
    furnish,
    leave_message,
    messages,
    path_of,
    said,
    set_options,
    sound_in_store,
    until_carried,
    until_messages,
    until_spoken,
)
from tests.phones.baresip import BaresipPhone
from tests.smtp import mail_server
from tests.stack import settings_for
from tests.tones import heard, read_wav


async def two(office: Office, **box: object) -> tuple[Colleague, BaresipPhone]:
    """101 with a box and no phone at hand, and a caller at 102."""
    ann, bob = await office.hire("101"), await office.hire("102")
    await furnish(office, ann, **box)
    return ann, await office.speaker(bob, CALLER)


async def set_status(office: Office, who: Colleague, status: Status) -> None:
    body = StatusBody(status=status)
    await office.centrale.services.forwarding.set_status(office.books.scope, who.user_id, body)
    await until(lambda: office.plan.people[who.user_id].forwarding.status is status)


async def test_given_nobody_there_when_the_caller_speaks_then_the_box_holds_what_was_said(
    office: Office,
) -> None:
    ann, phone = await two(office)
    await leave_message(office, phone, "101")
    message = (await until_messages(office, ann.user_id, 1))[0]
    assert heard(said(office, message), (CALLER, OWNER)) == {CALLER}
    assert 1.0 <= message.seconds <= 6.0
    assert (message.caller, message.caller_name, message.heard) == ("102", "User 102", False)
    assert story((await office.journal())[0]) == (
        "answered",
        "message_left",
        [("user", "101", "not_registered"), ("voicemail", "101", "message_left")],
    )
    await until_carried(office)


async def test_given_a_greeting_for_a_status_then_the_caller_hears_it_in_that_status_only(
    office: Office,
) -> None:
    ann, phone = await two(office)
    boxes, scope = office.centrale.services.boxes, office.books.scope
    for status, tone in ((None, GREETING), (Status.DO_NOT_DISTURB, 1500.0)):
        sound = (await sound_in_store(office, tone, 3.0), 3.0)
        await boxes.set_greeting(scope, ann.user_id, status, sound)
    await until(lambda: len(office.plan.mailboxes[ann.user_id].greetings) == 2)
    await phone.dial("101")
    await phone.until_hears(GREETING)
    await phone.hang_up()
    await phone.until_idle()
    await set_status(office, ann, Status.DO_NOT_DISTURB)
    await phone.dial("101")
    await phone.until_hears(1500.0)
    await phone.hang_up()
    await office.journal(2)
    await until_carried(office)
    assert await messages(office, ann.user_id) == []


async def test_given_silence_then_there_is_no_message(office: Office) -> None:
    ann, bob = await office.hire("101"), await office.hire("102")
    await furnish(office, ann)
    mute = await office.speaker(bob, 0.0)
    await leave_message(office, mute, "*4101")
    await office.journal()
    await until_carried(office)
    assert await messages(office, ann.user_id) == []


async def test_given_the_hash_key_then_the_caller_hears_it_again_and_does_it_over(
    office: Office,
) -> None:
    ann, phone = await two(office)
    await phone.dial("*4101")
    await phone.until_line("ESTABLISHED")
    await phone.press("#")
    for key in ("3", "1"):
        await until_spoken(office)
        await phone.press("#")
        await until_told(office, Phrase.REVIEW_RECORDING)
        await phone.press(key)
    await phone.until_idle(timeout=20)
    found = await until_messages(office, ann.user_id, 1)
    assert heard(said(office, found[0]), (CALLER,)) == {CALLER}
    assert story((await office.journal())[0])[2] == [("voicemail", "101", "message_left")]
    await until_carried(office)


@pytest.mark.parametrize("pause", [0.0, 0.3, 1.0, 1.7])
async def test_hang_ups_at_any_moment_leave_nothing_behind(office: Office, pause: float) -> None:
    ann, phone = await two(office)
    await phone.dial("*4101")
    await phone.until_line("ESTABLISHED")
    if pause >= 0.3:
        await phone.press("#")
    # The moments are the subject: whatever the call is at then, nothing may be left of it.
    await asyncio.sleep(pause)
    await phone.hang_up()
    await office.journal()
    await until_carried(office)
    for message in await messages(office, ann.user_id):
        assert message.seconds >= 1.0


async def test_given_zero_in_the_greeting_then_the_operator_gets_the_call(office: Office) -> None:
    _, phone = await two(office)
    operator = await office.hire("103")
    speaker = await office.speaker(operator, OWNER)
    to = {"kind": DestinationKind.USER.value, "ref": operator.user_id}
    await set_options(office, operator=to)
    await until(lambda: office.plan.options.voicemail.operator is not None)
    await phone.dial("*4101")
    await phone.until_line("ESTABLISHED")
    await phone.press("0")
    await speaker.answer()
    await asyncio.gather(phone.until_hears(OWNER), speaker.until_hears(CALLER))
    await phone.hang_up()
    assert story((await office.journal())[0])[2] == [
        ("voicemail", "101", "forwarded"),
        ("user", "103", "caller_hung_up"),
    ]


async def test_given_a_full_quota_then_the_caller_is_told_and_an_event_says_so(
    office: Office,
) -> None:
    ann, phone = await two(office)
    await set_options(office, quota_mb=1)
    await leave_message(office, phone, "*4101")
    message = (await until_messages(office, ann.user_id, 1))[0]
    counts = office.centrale.node.voicemail.counts
    assert not counts.full(office.plan.id)
    # A second of sound is 16,000 bytes: the row says so much more, as many messages would.
    async with office.books.database.transaction(office.books.scope) as session:
        await session.execute(
            update(VoicemailMessage).where(VoicemailMessage.id == message.id).values(size=1_000_000)
        )
    counts.stirred(office.plan.id)
    await until(lambda: counts.full(office.plan.id))
    await phone.until_idle()
    await phone.dial("*4101")
    await phone.until_idle(timeout=20)
    assert story((await office.journal(2))[1]) == (
        "refused",
        "mailbox_full",
        [("voicemail", "101", "mailbox_full")],
    )
    assert path_of(office, message).exists()


async def test_given_a_transfer_to_the_code_of_a_box_then_who_stays_leaves_a_message(
    office: Office,
) -> None:
    ann, phone = await two(office)
    desk = await office.speaker(await office.hire("103"), OWNER)
    await phone.dial("103")
    await desk.answer()
    await phone.until_hears(OWNER)
    await desk.transfer("*4101")
    await desk.until_idle()
    await phone.press("#")
    await until_spoken(office)
    await phone.hang_up()
    found = await until_messages(office, ann.user_id, 1)
    assert heard(said(office, found[0]), (CALLER, OWNER)) == {CALLER}
    assert story((await office.journal())[0])[2] == [
        ("user", "103", "transferred"),
        ("voicemail", "101", "message_left"),
    ]
    await until_carried(office)


async def test_given_a_message_then_the_lamp_of_the_phone_lights_and_goes_out_again(
    office: Office,
) -> None:
    ann, phone = await two(office)
    keys = await office.keys(ann)
    await keys.register()
    endpoint = ann.accounts[0].username
    lookout = office.centrale.presence.lookout
    await until(lambda: endpoint in (lookout.registered or ()), seconds=30)
    await leave_message(office, phone, "*4101")
    message = (await until_messages(office, ann.user_id, 1))[0]
    await until(lambda: len(keys.notified("message-summary")) == 1)
    told = keys.notified("message-summary")[0].body
    assert told.split() == ["Messages-Waiting:", "yes", "Voice-Message:", "1/0", "(0/0)"]
    office.centrale.node.voicemail.desk.heard(office.plan.id, message.id)
    await until(lambda: len(keys.notified("message-summary")) == 2)
    told = keys.notified("message-summary")[1].body
    assert told.split() == ["Messages-Waiting:", "no", "Voice-Message:", "0/1", "(0/0)"]
    await keys.register(expires=0)
    await office.journal()


async def test_given_a_mail_server_then_the_mail_brings_the_message_and_the_box_lets_it_go(
    tmp_path: Path,
) -> None:
    with tempfile.TemporaryDirectory(prefix="centrale-") as home:
        async with mail_server() as mailbox:
            settings = settings_for(Path(home)).model_copy(
                update={
                    "smtp_host": "127.0.0.1",
                    "smtp_port": mailbox.port,
                    "smtp_security": SmtpSecurity.NONE,
                }
            )
            async with running(settings) as centrale, opened(centrale, tmp_path) as office:
                ann = await office.hire("101", email="ann@example.com", language="nl")
                await furnish(office, ann, mail="attach_and_delete", mail_to=["boss@example.com"])
                phone = await office.speaker(await office.hire("102"), CALLER)
                await leave_message(office, phone, "101")
                await until(lambda: len(mailbox.messages) == 2, seconds=30)
                await until_messages(office, ann.user_id, 0)
                await office.journal()
                media = centrale.node.registry.ports.media
                folder = media.root / office.books.scope.tenant / AREA
                await until(lambda: not list(folder.glob("*.wav")))
    by_reader = {message["To"]: message for message in mailbox.messages}
    assert by_reader["ann@example.com"]["Subject"] == "Nieuw voicemailbericht van 102 User 102"
    assert by_reader["boss@example.com"]["Subject"] == "New voice message from 102 User 102"
    for message in mailbox.messages:
        attached = list(message.iter_attachments())
        assert [part.get_content_type() for part in attached] == ["audio/wav"]
        file = tmp_path / "attached.wav"
        file.write_bytes(attached[0].get_content())
        assert heard(read_wav(file), (CALLER, OWNER)) == {CALLER}
