"""Speaking a prompt, on the fake Asterisk: what is kept, and that nothing of it stays there."""

from dataclasses import replace

import pytest

from orchestrator.calls.control import CallControl
from orchestrator.calls.prompt_keeper import NoPrompts
from orchestrator.errors import Denied
from orchestrator.routing.decision import RecordPrompt
from orchestrator.types import SYSTEM_ACTOR, Scope, TenantId
from tests.factories.plans import TENANT
from tests.unit.calls.desk import Desk, until

WANTED = RecordPrompt(Scope(TenantId(TENANT), SYSTEM_ACTOR), "", "Welcome")


class Keeper(NoPrompts):
    """Keeps everything, or refuses it."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.kept: list[RecordPrompt] = []

    async def keep(self, wanted: RecordPrompt, recording: str) -> None:
        if self.refuses:
            raise Denied("The right is gone.")
        self.kept.append(wanted)


async def ring(desk: Desk, keeper: Keeper) -> tuple[str, str]:
    """101 is rung and answers; the call and its channel, once it records."""
    for sound in ("if-correct-press", "im-sorry", "vm-msgsaved"):
        desk.asterisk.world.sound_seconds[f"sound:{sound}"] = 1.0
    desk.registry.ports = replace(desk.registry.ports, prompts=keeper)
    made = await CallControl(desk.registry).record_prompt("user-101", WANTED)
    await record(desk)
    (channel,) = (c.id for c in desk.asterisk.world.channels.values() if c.state == "Up")
    return made.id, channel


async def record(desk: Desk) -> None:
    """Say something; wait until it is heard back."""
    world = desk.asterisk.world
    await until(lambda: any(channel.recording for channel in world.channels.values()))
    (channel,) = (c for c in world.channels.values() if c.recording)
    world.recorded(channel, channel.recording[0])
    await spoken(desk, "if-correct-press")


async def spoken(desk: Desk, sound: str) -> None:
    world = desk.asterisk.world

    def there() -> bool:
        playing = [p for channel in world.channels.values() for p in channel.playing]
        return any(f"sound:{sound}" in playback.media for playback in playing)

    await until(there)


@pytest.mark.parametrize(("refuses", "told"), [(False, "vm-msgsaved"), (True, "im-sorry")])
async def test_one_keeps_it_and_says_whether_that_was_done(
    desk: Desk, refuses: bool, told: str
) -> None:
    keeper = Keeper(refuses=refuses)
    call, channel = await ring(desk, keeper)
    desk.asterisk.press(channel, "1")
    await spoken(desk, told)
    entry = await desk.ended(call)
    assert keeper.kept == ([] if refuses else [WANTED])
    assert not desk.asterisk.world.stored
    assert (entry.outcome, entry.reason) == ("answered", "ended")
    assert [(s.target_kind, s.target) for s in entry.segments] == [("recording", "Welcome")]


async def test_two_does_it_over_and_a_hang_up_keeps_nothing(desk: Desk) -> None:
    keeper = Keeper()
    call, channel = await ring(desk, keeper)
    desk.asterisk.press(channel, "2")
    await record(desk)
    desk.asterisk.hang_up(channel)
    entry = await desk.ended(call)
    assert (entry.reason, keeper.kept) == ("caller_hung_up", [])
    await until(lambda: not desk.asterisk.world.stored)
