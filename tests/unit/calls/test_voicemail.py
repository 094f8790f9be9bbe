"""Leaving a message and opening a box, on the fake Asterisk: what is said, kept, and refused."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from orchestrator.calls.mailboxes import NoVoicemail
from orchestrator.options.rules import Options, VoicemailOptions
from orchestrator.routing.plan import MailboxLine, Plan
from orchestrator.types import Destination, DestinationKind, TenantId
from orchestrator.voicemail.rules import Note, Waiting
from tests.factories.plans import TENANT
from tests.unit.calls.desk import Desk, until


class Voicemail(NoVoicemail):
    """Keeps what calls do with messages."""

    def __init__(self, *, full: bool = False) -> None:
        self.is_full = full
        self.begun: list[Note] = []
        self.finished: list[Note] = []
        self.dropped: list[Note] = []
        self.resumed: Note | None = None

    def full(self, tenant: TenantId) -> bool:
        return self.is_full

    def begin(self, note: Note) -> bool:
        self.begun.append(note)
        return True

    def finish(self, note: Note) -> None:
        self.finished.append(note)

    def drop(self, note: Note) -> None:
        self.dropped.append(note)

    def under_way(self, call: str) -> Note | None:
        return self.resumed

    async def messages(self, tenant: TenantId, box: MailboxLine) -> Sequence[Waiting]:
        return []


def furnish(desk: Desk, voicemail: Voicemail, **options: object) -> None:
    """101 has a box and takes messages, from one second on."""
    acme = desk.plan.tenants[TENANT]
    chosen = VoicemailOptions(**{"min_seconds": 1, **options})  # type: ignore[arg-type]
    acme = replace(
        acme,
        mailboxes={"user-101": MailboxLine("box-101", "user-101", ask_pin=False)},
        options=replace(Options(), voicemail=chosen),
    )
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)
    ports = replace(desk.registry.ports, taker=voicemail, boxes=voicemail)
    desk.registry.ports = ports


def is_recording(desk: Desk, call: str) -> bool:
    return bool(desk.asterisk.world.channels[call].recording)


async def speaking(desk: Desk, call: str, sound: str) -> None:
    """Wait until `sound` is spoken to the caller."""

    def spoken() -> bool:
        channel = desk.asterisk.world.channels.get(call)
        return channel is not None and any(
            f"sound:{sound}" in playback.media for playback in channel.playing
        )

    await until(spoken)


@pytest.fixture
def slow(desk: Desk) -> Desk:
    """Every prompt takes long, so that it can be interrupted."""
    for sound in ("vm-theperson", "vm-review", "vm-msgsaved", "vm-mailboxfull"):
        desk.asterisk.world.sound_seconds[f"sound:{sound}"] = 5.0
    return desk


async def test_the_hash_key_skips_the_greeting_and_one_keeps_the_message(slow: Desk) -> None:
    voicemail = Voicemail()
    furnish(slow, voicemail)
    call = slow.call("u102x0", "*4101")
    await speaking(slow, call, "vm-theperson")
    slow.asterisk.press(call, "#")
    await until(lambda: is_recording(slow, call))
    channel = slow.asterisk.world.channels[call]
    slow.asterisk.world.recorded(channel, channel.recording[0])
    await speaking(slow, call, "vm-review")
    slow.asterisk.press(call, "1")
    await until(lambda: voicemail.finished == voicemail.begun)
    slow.asterisk.hang_up(call)
    entry = await slow.ended(call)
    assert (entry.outcome, entry.reason, entry.answered_at) == ("answered", "message_left", 0.0)
    assert [(s.target_kind, s.target) for s in entry.segments] == [("voicemail", "101")]


async def test_three_does_it_over_and_a_hang_up_keeps_the_second(slow: Desk) -> None:
    voicemail = Voicemail()
    furnish(slow, voicemail)
    call = slow.call("u102x0", "*4101")
    await speaking(slow, call, "vm-theperson")
    slow.asterisk.press(call, "#")
    await until(lambda: is_recording(slow, call))
    channel = slow.asterisk.world.channels[call]
    slow.asterisk.world.recorded(channel, channel.recording[0])
    await speaking(slow, call, "vm-review")
    slow.asterisk.press(call, "3")
    await until(lambda: len(voicemail.begun) == 2 and is_recording(slow, call))
    slow.asterisk.hang_up(call)
    await slow.ended(call)
    assert (voicemail.dropped, voicemail.finished) == (voicemail.begun[:1], voicemail.begun[1:])


async def test_who_hangs_up_in_the_greeting_has_left_nothing(slow: Desk) -> None:
    voicemail = Voicemail()
    furnish(slow, voicemail)
    call = slow.call("u102x0", "*4101")
    await speaking(slow, call, "vm-theperson")
    slow.asterisk.hang_up(call)
    entry = await slow.ended(call)
    assert (entry.outcome, entry.reason) == ("abandoned", "caller_hung_up")
    assert voicemail.begun == []


async def test_a_full_box_is_said_and_takes_nothing(desk: Desk) -> None:
    voicemail = Voicemail(full=True)
    furnish(desk, voicemail)
    call = desk.call("u102x0", "*4101")
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("refused", "mailbox_full")
    assert voicemail.begun == []


async def test_zero_leads_to_the_operator_only_if_there_is_one(slow: Desk) -> None:
    voicemail = Voicemail()
    furnish(slow, voicemail, operator=Destination(DestinationKind.USER, "user-103"))
    call = slow.call("u102x0", "*4101")
    await speaking(slow, call, "vm-theperson")
    slow.asterisk.press(call, "0")
    await slow.talking(call)
    slow.asterisk.hang_up(call)
    entry = await slow.ended(call)
    assert [s.target for s in entry.segments] == ["101", "103"]


async def test_after_an_adoption_the_recording_that_runs_is_the_message(slow: Desk) -> None:
    voicemail = Voicemail()
    furnish(slow, voicemail)
    call = slow.call("u102x0", "*4101")
    await speaking(slow, call, "vm-theperson")
    slow.asterisk.press(call, "#")
    await until(lambda: is_recording(slow, call))
    voicemail.resumed = voicemail.begun[0]
    slow.asterisk.drop()
    await until(lambda: not slow.ari.connected)
    await until(lambda: slow.ari.connected and slow.registry.get(call) is not None)
    slow.asterisk.hang_up(call)
    entry = await slow.ended(call)
    assert voicemail.begun == [voicemail.resumed]
    assert voicemail.finished == [voicemail.resumed]
    assert {s.target_kind for s in entry.segments} == {"voicemail"}


async def test_the_menu_speaks_of_messages_and_says_good_bye(desk: Desk) -> None:
    furnish(desk, Voicemail())
    desk.asterisk.world.sound_seconds["sound:vm-youhave"] = 5.0
    call = desk.call("u101x0", "999")
    await speaking(desk, call, "vm-youhave")
    desk.asterisk.press(call, "*")
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("answered", "ended")
    assert [s.target_kind for s in entry.segments] == ["voicemail_menu"]


async def test_when_messages_cannot_be_read_the_owner_is_told(desk: Desk) -> None:
    furnish(desk, Voicemail())
    desk.registry.ports = replace(desk.registry.ports, boxes=NoVoicemail())
    call = desk.call("u101x0", "999")
    entry = await desk.ended(call)
    assert (entry.outcome, entry.reason) == ("answered", "ended")
