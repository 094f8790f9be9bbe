"""Outside office hours the caller hears the prompt, and then goes where the hours say."""

from dataclasses import replace

import pytest

from orchestrator.ari.fake import FakePhone, Reaction
from orchestrator.hours.rules import HoursState, Override, OverrideState, Schedule
from orchestrator.routing.plan import HoursRouteLine, Plan
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import TENANT, department, person
from tests.unit.calls.desk import Desk, until

DID = "+31201234567"
COLLEAGUE = Destination(DestinationKind.USER, "user-101")
END = Destination(DestinationKind.END_CALL)


def close(desk: Desk, to: Destination) -> None:
    """102 belongs to a department that is forced closed; its calls are spoken to, then go `to`."""
    hours = Schedule(overrides=(Override(OverrideState.CLOSED),))
    sales = department(hours=hours, routes={HoursState.CLOSED: HoursRouteLine(to, "custom/closed")})
    acme = desk.plan.tenants[TENANT]
    people = {**acme.people, "user-102": person("102", department=sales.id, hours=hours)}
    acme = replace(acme, people=people, departments={sales.id: sales})
    desk.plan = Plan({TENANT: acme}, desk.plan.endpoints)


def steps(desk: Desk, call: str) -> list[tuple[str, str, str]]:
    return [(s.target_kind, s.target, s.reason) for s in desk.entry(call).segments]


async def until_playing(desk: Desk, call: str) -> None:
    await until(lambda: bool(desk.asterisk.world.channels[call].playing))


async def test_the_caller_is_answered_hears_the_prompt_and_goes_on(desk: Desk) -> None:
    close(desk, COLLEAGUE)
    desk.asterisk.world.sound_seconds["sound:custom/closed"] = 0.3
    call = desk.call("trunk-main", DID)
    await until_playing(desk, call)
    channel = desk.asterisk.world.channels[call]
    assert channel.state == "Up"
    assert channel.playing[0].media == ("sound:custom/closed",)
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
    assert steps(desk, call) == [
        ("announcement", "custom/closed", "forwarded"),
        ("user", "101", "caller_hung_up"),
    ]


async def test_a_prompt_that_vanished_leaves_nobody_in_silence(desk: Desk) -> None:
    close(desk, COLLEAGUE)
    world = desk.asterisk.world
    world.missing_sounds.add("sound:custom/closed")
    world.sound_seconds["sound:one-moment-please"] = 60.0
    call = desk.call("trunk-main", DID)
    await until(lambda: call in world.channels)
    channel = world.channels[call]
    await until(lambda: [p.media for p in channel.playing] == [("sound:one-moment-please",)])
    world.finish(channel, channel.playing[0], "done")
    await desk.talking(call)
    desk.asterisk.hang_up(f"{call}~3")  # The prompt was number 1, the words in its place 2.
    entry = await desk.ended(call)
    await desk.empty()
    assert (entry.outcome, entry.reason) == ("answered", "callee_hung_up")


async def test_a_prompt_may_be_all_that_the_caller_gets(desk: Desk) -> None:
    close(desk, END)
    call = desk.call("trunk-main", DID)
    entry = await desk.ended(call)
    await desk.empty()
    assert (entry.outcome, entry.reason) == ("answered", "ended")
    assert steps(desk, call) == [("announcement", "custom/closed", "forwarded")]


@pytest.mark.parametrize("gone_after", ["the prompt", "half of it"])
async def test_a_caller_whom_nobody_but_the_prompt_answered_is_an_abandoned_one(
    desk: Desk, gone_after: str
) -> None:
    close(desk, Destination(DestinationKind.USER, "user-103"))
    desk.phones("u103x0", "u103x1", phone=FakePhone(Reaction.BUSY))
    half = gone_after == "half of it"
    desk.asterisk.world.sound_seconds["sound:custom/closed"] = 30 if half else 0.02
    call = desk.call("trunk-main", DID)
    if half:
        await until_playing(desk, call)
        desk.asterisk.hang_up(call)
    entry = await desk.ended(call)
    await desk.empty()
    assert entry.answered_at == 0
    assert entry.segments[0].answered_at > 0
    assert entry.outcome == ("abandoned" if half else "refused")


async def test_a_prompt_that_a_hang_up_cut_off_makes_no_phone_ring(desk: Desk) -> None:
    """Asterisk tells of the failed playback before it tells that the caller left."""
    close(desk, COLLEAGUE)
    desk.asterisk.world.sound_seconds["sound:custom/closed"] = 30
    call = desk.call("trunk-main", DID)
    await until_playing(desk, call)
    channel = desk.asterisk.world.channels[call]
    desk.asterisk.world.finish(channel, channel.playing[0], "failed")
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
    assert steps(desk, call) == [("announcement", "custom/closed", "caller_hung_up")]


async def test_a_caller_in_the_middle_of_a_prompt_outlives_a_lost_connection(desk: Desk) -> None:
    close(desk, COLLEAGUE)
    desk.asterisk.world.sound_seconds["sound:custom/closed"] = 30
    call = desk.call("trunk-main", DID)
    await until_playing(desk, call)
    desk.asterisk.world.sound_seconds.clear()
    desk.asterisk.drop()
    await until(lambda: not desk.ari.connected)
    channel = desk.asterisk.world.channels[call]
    desk.asterisk.world.finish(channel, channel.playing[0], "done")
    await desk.talking(call)
    desk.asterisk.hang_up(call)
    await desk.ended(call)
    await desk.empty()
    assert steps(desk, call)[-1] == ("user", "101", "caller_hung_up")
