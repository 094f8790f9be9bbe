"""A key of an IVR leads to a colleague's voicemail box."""

from tests.asterisk.office import Office, story
from tests.asterisk.test_ivr import CALLER, MAIN, People, Reception, enter, key, people, reception
from tests.asterisk.voicemail import (
    furnish,
    said,
    until_carried,
    until_messages,
    until_recorded,
    until_spoken,
)
from tests.tones import heard

__all__ = ["people", "reception"]  # Fixtures.


async def test_given_a_key_for_voicemail_when_pressed_then_the_box_has_what_was_said(
    office: Office, reception: Reception, people: People
) -> None:
    await furnish(office, people.bob)
    box = {"kind": "voicemail", "ref": people.bob.user_id}
    await reception.ivr("800", await reception.prompt(MAIN), key("4", box))
    caller = await enter(office, people)
    await caller.press("4")
    await caller.press("#")
    await until_spoken(office)
    await caller.hang_up()
    await until_recorded(office)
    (message,) = await until_messages(office, people.bob.user_id, 1)
    assert message.caller == "101"
    assert heard(said(office, message), (CALLER, MAIN)) == {CALLER}
    await until_carried(office)
    (entry,) = await office.journal()
    outcome, reason, steps = story(entry)
    assert [(kind, number) for kind, number, _ in steps] == [("ivr", "800"), ("voicemail", "102")]
    assert (outcome, reason) == ("answered", "message_left")
