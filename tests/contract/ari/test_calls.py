"""Calls and bridges: the same of the fake and of the real Asterisk."""

import asyncio

import pytest

from orchestrator.ari.client import Create, Originate, Record
from orchestrator.ari.errors import Conflict, Invalid, Unreachable
from orchestrator.ari.messages import (
    ChannelDestroyed,
    ChannelHangupRequest,
    ChannelStateChange,
    StasisEnd,
    StasisStart,
)
from tests.contract.ari.bench import (
    PATIENCE,
    Bench,
    eventually,
    new_id,
)

# Calling --------------------------------------------------------------------------------------


async def test_a_leg_rings_answers_and_comes_to_us(bench: Bench) -> None:
    channel = new_id()
    made = await bench.ari.originate(
        Originate(bench.far.endpoint, channel, ("x", "y"), caller_id='"Al Pha" <100>')
    )
    assert (made.id, made.state) == (channel, "Down")
    await bench.far.ring(channel)
    assert (await bench.told.until(ChannelStateChange, channel)).channel.state == "Ringing"
    await bench.far.pick_up(channel)
    start = await bench.told.until(StasisStart, channel)
    assert start.args == ("x", "y")
    assert start.channel.state == "Up"
    assert (start.channel.connected.name, start.channel.connected.number) == ("Al Pha", "100")
    assert (start.channel.dialplan.app_name, start.channel.dialplan.app_data) == (
        "Stasis",
        "centrale,x,y",
    )


async def test_an_answered_leg_ends_with_stasis_end_then_destroyed(bench: Bench) -> None:
    channel = await bench.leg()
    assert await bench.ari.hangup(channel, 17) is True
    destroyed = await bench.told.until(ChannelDestroyed, channel)
    assert destroyed.cause == 17
    about = [
        type(event)
        for event in bench.told.events
        if event.channel_id == channel and isinstance(event, StasisEnd | ChannelDestroyed)
    ]
    assert about == [StasisEnd, ChannelDestroyed]


@pytest.mark.parametrize("cause", [17, 21])
async def test_a_leg_that_is_refused_never_comes_to_us(bench: Bench, cause: int) -> None:
    channel = new_id()
    await bench.ari.originate(Originate(bench.far.endpoint, channel))
    await bench.far.hang_up(channel, cause)
    assert (await bench.told.until(ChannelDestroyed, channel)).cause == cause
    assert not bench.told.of(StasisStart, channel)
    assert not bench.told.of(StasisEnd, channel)


async def test_a_leg_that_nobody_answers_ends_with_cause_19(bench: Bench) -> None:
    channel = new_id()
    await bench.ari.originate(Originate(bench.far.endpoint, channel, timeout=1))
    await bench.far.ring(channel)
    assert (await bench.told.until(ChannelDestroyed, channel)).cause == 19


@pytest.mark.parametrize("endpoint", ["PJSIP/nobody", "PJSIP/0123@nobody", "Nonsense/x"])
async def test_nobody_there_is_unreachable(bench: Bench, endpoint: str) -> None:
    with pytest.raises(Unreachable):
        await bench.ari.originate(Originate(endpoint, new_id()))


async def test_an_id_in_use_is_a_conflict(bench: Bench) -> None:
    channel = await bench.leg()
    with pytest.raises(Conflict):
        await bench.ari.originate(Originate(bench.far.endpoint, channel))


async def test_a_created_leg_is_ours_before_it_is_dialled(bench: Bench) -> None:
    caller = await bench.leg()
    channel = new_id()
    await bench.ari.create(Create(bench.far.endpoint, channel))
    await bench.told.until(StasisStart, channel)
    assert await bench.ari.dial(channel, caller, 20) is True
    await bench.far.pick_up(channel)
    await eventually(
        lambda: any(e.channel.state == "Up" for e in bench.told.of(ChannelStateChange, channel)),
        "the answer",
    )


# Callers --------------------------------------------------------------------------------------


async def test_a_caller_is_heard_of_and_can_be_answered(bench: Bench) -> None:
    channel = await bench.far.call_us("200")
    start = await bench.told.until(StasisStart, channel)
    assert (start.args, start.channel.state) == ((), "Ring")
    assert (start.channel.dialplan.context, start.channel.dialplan.exten) == ("device", "200")
    assert await bench.ari.ring(channel) is True
    assert await bench.ari.answer(channel) is True
    found = await bench.ari.channel(channel)
    assert found is not None
    assert found.state == "Up"


async def test_a_caller_who_hangs_up_shows_as_stasis_end_alone(bench: Bench) -> None:
    channel = await bench.far.call_us("200")
    await bench.told.until(StasisStart, channel)
    await bench.far.hang_up(channel)
    await bench.told.until(ChannelHangupRequest, channel)
    await bench.told.until(StasisEnd, channel)
    assert await bench.ari.answer(channel) is False
    assert not bench.told.of(ChannelDestroyed, channel)


# Gone is a value ------------------------------------------------------------------------------


async def test_a_gone_channel_is_a_value(bench: Bench) -> None:
    ari, gone = bench.ari, new_id()
    answers = await asyncio.gather(
        ari.answer(gone),
        ari.ring(gone),
        ari.stop_ring(gone),
        ari.progress(gone),
        ari.hangup(gone),
        ari.continue_(gone, "device", "1"),
        ari.send_dtmf(gone, "1"),
        ari.mute(gone),
        ari.unmute(gone),
        ari.hold(gone),
        ari.unhold(gone),
        ari.moh_start(gone),
        ari.moh_stop(gone),
        ari.play(gone, ["sound:beep"], new_id()),
        ari.record(gone, Record(new_id())),
        ari.set_variable(gone, "A", "1"),
        ari.set_variables(gone, {"A": "1"}),
        ari.transfer_progress(gone, "channel_answered"),
        ari.stop_playback(gone),
        ari.stop_recording(gone),
        ari.destroy_bridge(gone),
        ari.add_to_bridge(gone, gone),
        ari.remove_from_bridge(gone, gone),
        ari.play_on_bridge(gone, ["sound:beep"], new_id()),
    )
    assert set(answers) == {False}
    assert await ari.channel(gone) is None
    assert await ari.bridge(gone) is None
    assert await ari.get_variable(gone, "A") is None


async def test_a_channel_outside_our_application_is_gone_too(bench: Bench) -> None:
    channel = new_id()
    await bench.ari.originate(Originate(bench.far.endpoint, channel))
    await bench.ari.create_bridge(bridge := new_id())
    assert await bench.ari.moh_start(channel) is False
    assert await bench.ari.add_to_bridge(bridge, channel) is False
    assert await bench.ari.hangup(channel) is True


# Bridges --------------------------------------------------------------------------------------


async def test_channels_move_between_bridges(bench: Bench) -> None:
    first, second = await bench.leg(), await bench.leg()
    one, two = new_id(), new_id()
    assert (await bench.ari.create_bridge(one)).channels == ()
    await bench.ari.create_bridge(two)
    assert await bench.ari.add_to_bridge(one, first, second) is True
    found = await bench.ari.bridge(one)
    assert found is not None
    assert set(found.channels) == {first, second}
    assert await bench.ari.add_to_bridge(two, second) is True
    assert {b.id: b.channels for b in await bench.ari.bridges()} == {one: (first,), two: (second,)}
    assert await bench.ari.remove_from_bridge(one, first) is True
    with pytest.raises(Invalid):
        await bench.ari.remove_from_bridge(one, first)
    assert await bench.ari.destroy_bridge(two) is True
    # The real one answers before it is done.
    async with asyncio.timeout(PATIENCE):
        while await bench.ari.bridge(two) is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert await bench.ari.channel(second) is not None


@pytest.mark.parametrize("tell", [True, False])
async def test_members_learn_each_other_unless_told_not_to(bench: Bench, tell: bool) -> None:
    one, two, bridge = new_id(), new_id(), new_id()
    for channel, number in ((one, "11"), (two, "22")):
        await bench.ari.originate(Originate(bench.far.endpoint, channel, caller_id=f"<{number}>"))
        await bench.far.pick_up(channel)
        await bench.told.until(StasisStart, channel)
    await bench.ari.create_bridge(bridge)
    await bench.ari.add_to_bridge(bridge, one, two, tell_identity=tell)
    told = ["22", "11"] if tell else ["11", "22"]
    async with asyncio.timeout(PATIENCE):
        while True:
            shown = await asyncio.gather(bench.ari.channel(one), bench.ari.channel(two))
            if [channel.connected.number for channel in shown if channel] == told:
                break
            await asyncio.sleep(0.02)


async def test_one_who_is_gone_keeps_all_out_of_the_bridge(bench: Bench) -> None:
    channel = await bench.leg()
    await bench.ari.create_bridge(bridge := new_id())
    assert await bench.ari.add_to_bridge(bridge, channel, "nobody") is False
    found = await bench.ari.bridge(bridge)
    assert found is not None
    assert found.channels == ()


async def test_a_bridge_id_in_use_is_a_conflict(bench: Bench) -> None:
    await bench.ari.create_bridge(bridge := new_id())
    with pytest.raises(Conflict):
        await bench.ari.create_bridge(bridge)


async def test_requests_are_done_in_the_order_of_the_calls(bench: Bench) -> None:
    caller, callee = await bench.far.call_us("200"), await bench.leg()
    await bench.told.until(StasisStart, caller)
    bridge = new_id()
    order: list[str] = []
    pending = {
        "ring": bench.ari.ring(caller),
        "answer": bench.ari.answer(caller),
        "create": bench.ari.create_bridge(bridge),
        "add": bench.ari.add_to_bridge(bridge, caller, callee),
        "look": bench.ari.bridge(bridge),
        "remove": bench.ari.remove_from_bridge(bridge, callee),
        "gone": bench.ari.hangup(callee),
    }
    for name, future in pending.items():
        future.add_done_callback(lambda _, name=name: order.append(name))
    answers = await asyncio.gather(*pending.values())
    assert order == list(pending)
    assert set(answers[4].channels) == {caller, callee}
    assert answers[5:] == [True, True]
