"""What the ARI client promises, asked of the fake and of the real Asterisk alike."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from orchestrator.ari.client import EVENTS, Create, Originate, Record
from orchestrator.ari.errors import Conflict, Invalid, NotFound, Unavailable, Unreachable
from orchestrator.ari.messages import (
    ChannelDestroyed,
    ChannelDtmfReceived,
    ChannelHangupRequest,
    ChannelStateChange,
    PlaybackFinished,
    RecordingFinished,
    StasisEnd,
    StasisStart,
)
from tests.contract.ari_bench import (
    PATIENCE,
    Bench,
    FakeFarEnds,
    FarEnds,
    RealFarEnds,
    eventually,
    new_id,
    running,
)
from tests.stack import Stack

ALL_EVENTS = (*EVENTS, "ChannelHangupRequest")


@pytest.fixture(
    params=["fake", pytest.param("real", marks=pytest.mark.xdist_group("real"))],
)
def asterisk(request: pytest.FixtureRequest) -> Stack | None:
    """The real Asterisk, or None for the fake. Not async: it starts only for who needs it."""
    if request.param == "fake":
        return None
    stack: Stack = request.getfixturevalue("stack")
    return stack


@pytest_asyncio.fixture
async def far(asterisk: Stack | None) -> AsyncIterator[FarEnds]:
    if asterisk is None:
        yield FakeFarEnds()
        return
    async with aiohttp.ClientSession() as http:
        real = RealFarEnds(asterisk, http)
        await real.start()
        yield real
        await real.close()


@pytest_asyncio.fixture
async def bench(far: FarEnds) -> AsyncIterator[Bench]:
    async with running(Bench(far, ALL_EVENTS)) as bench:
        yield bench


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


# Sound ----------------------------------------------------------------------------------------


async def test_a_playback_ends_by_itself(bench: Bench) -> None:
    channel, playback = await bench.leg(), new_id()
    assert await bench.ari.play(channel, ["sound:beep"], playback) is True
    finished = await bench.told.until(PlaybackFinished, playback)
    assert (finished.playback.state, finished.channel_id) == ("done", channel)


async def test_a_sound_that_does_not_exist_fails(bench: Bench) -> None:
    channel, playback = await bench.leg(), new_id()
    assert await bench.ari.play(channel, ["sound:no-such-sound"], playback) is True
    assert (await bench.told.until(PlaybackFinished, playback)).playback.state == "failed"


async def test_a_playback_can_be_stopped(bench: Bench) -> None:
    channel, playback = await bench.leg(), new_id()
    await bench.ari.play(channel, [bench.far.sound], playback)
    assert await bench.ari.stop_playback(playback) is True
    assert (await bench.told.until(PlaybackFinished, playback)).playback.state == "done"
    assert await bench.ari.stop_playback(playback) is False


async def test_a_playback_fails_when_its_channel_ends(bench: Bench) -> None:
    channel, playback = await bench.leg(), new_id()
    await bench.ari.play(channel, [bench.far.sound], playback)
    await bench.ari.hangup(channel)
    assert (await bench.told.until(PlaybackFinished, playback)).playback.state == "failed"


async def test_a_bridge_plays(bench: Bench) -> None:
    channel, playback = await bench.leg(), new_id()
    await bench.ari.create_bridge(bridge := new_id())
    await bench.ari.add_to_bridge(bridge, channel)
    assert await bench.ari.play_on_bridge(bridge, ["sound:beep"], playback) is True
    finished = await bench.told.until(PlaybackFinished, playback)
    assert (finished.playback.target_uri, finished.channel_id) == (f"bridge:{bridge}", None)


async def test_what_plays_does_not_keep_others_waiting(bench: Bench) -> None:
    """Asterisk would serve nobody until the sound of half a minute is over (`occupied.py`)."""
    channel, playback, bridge = await bench.leg(), new_id(), new_id()
    await bench.ari.create_bridge(bridge)
    for busy in (
        lambda: bench.ari.answer(channel),
        lambda: bench.ari.set_variable(channel, "A", "1"),
        lambda: bench.ari.set_variables(channel, {"A": "2"}),
        lambda: bench.ari.add_to_bridge(bridge, channel),
        lambda: bench.ari.remove_from_bridge(bridge, channel),
    ):
        playback = new_id()
        await bench.ari.play(channel, [bench.far.sound], playback)
        async with asyncio.timeout(1.5):
            assert await busy() is True
        await bench.told.until(PlaybackFinished, playback)


async def test_a_recording_is_made_and_kept(bench: Bench) -> None:
    channel, name = await bench.leg(), f"contract/{new_id()}"
    assert await bench.ari.record(channel, Record(name)) is True
    assert await bench.ari.stop_recording(name) is True
    assert (await bench.told.until(RecordingFinished, name)).channel_id == channel
    with pytest.raises(Invalid):
        await bench.ari.record(channel, Record(name, format="no-such-format"))


async def test_keys_are_heard(bench: Bench) -> None:
    channel = await bench.leg()
    await bench.far.press(channel, "1#")
    await bench.told.until(ChannelDtmfReceived, channel, count=2)
    digits = [e.digit for e in bench.told.of(ChannelDtmfReceived, channel)]
    assert digits == ["1", "#"]


async def test_the_small_verbs_are_understood(bench: Bench) -> None:
    channel = await bench.leg()
    ari = bench.ari
    answers = await asyncio.gather(
        ari.progress(channel),
        ari.moh_start(channel),
        ari.moh_stop(channel),
        ari.mute(channel, "in"),
        ari.unmute(channel, "in"),
        ari.hold(channel),
        ari.unhold(channel),
        ari.stop_ring(channel),
        ari.transfer_progress(channel, "channel_answered"),
        ari.send_dtmf(channel, "5"),
        ari.continue_(channel, "nowhere", "s"),
    )
    assert set(answers) == {True}
    await bench.told.until(StasisEnd, channel)
    with pytest.raises(Invalid):
        await ari.mute(await bench.leg(), "sideways")


# Asterisk itself ------------------------------------------------------------------------------


async def test_variables_of_channels_and_globals(bench: Bench) -> None:
    channel = await bench.leg()
    assert await bench.ari.set_variable(channel, "ONE", "a b&c=%20") is True
    assert await bench.ari.set_variables(channel, {"TWO": "2", "THREE": ""}) is True
    assert await bench.ari.get_variable(channel, "ONE") == "a b&c=%20"
    assert await bench.ari.get_variable(channel, "TWO") == "2"
    assert await bench.ari.get_variable(channel, "UNSET") is None
    assert await bench.ari.set_global_variable("CONTRACT", "é") is True
    assert await bench.ari.global_variable("CONTRACT") == "é"


async def test_variables_come_with_the_leg(bench: Bench) -> None:
    channel = new_id()
    await bench.ari.originate(Originate(bench.far.endpoint, channel, variables={"K": "v"}))
    assert await bench.ari.get_variable(channel, "K") == "v"


async def test_device_states(bench: Bench) -> None:
    name = f"Stasis:acme-{new_id()}"
    assert await bench.ari.set_device_state(name, "INUSE") is True
    assert await bench.ari.delete_device_state(name) is True
    with pytest.raises(Invalid):
        await bench.ari.set_device_state(name, "NONSENSE")
    with pytest.raises(Conflict):
        await bench.ari.set_device_state("PJSIP/alice", "INUSE")


async def test_modules_and_endpoints(bench: Bench) -> None:
    assert await bench.ari.reload_module("res_musiconhold") is True
    assert await bench.ari.reload_module("no_such_module") is False
    assert await bench.ari.endpoint("PJSIP", "no-such-endpoint") is None
    with pytest.raises(NotFound):
        await bench.ari.endpoints("Nonsense")


async def test_it_says_who_it_is(bench: Bench) -> None:
    info = await bench.ari.info()
    assert info.version.startswith("22.")
    assert info.systemname == "node1"
    assert info.status.startup_time
    assert await bench.ari.ping() is True


async def test_only_the_events_that_are_wanted_come(far: FarEnds) -> None:
    async with running(Bench(far, ("StasisStart", "ChannelDestroyed"))) as bench:
        channel = await bench.leg()
        await bench.ari.hangup(channel)
        await bench.told.until(ChannelDestroyed, channel)
        assert {type(e) for e in bench.told.events} == {StasisStart, ChannelDestroyed}


# Losing each other ----------------------------------------------------------------------------


async def test_what_waited_is_there_after_a_lost_connection(bench: Bench) -> None:
    channel, bridge = await bench.leg(), new_id()
    await bench.ari.create_bridge(bridge)
    await bench.ari.add_to_bridge(bridge, channel)
    starts = len(bench.told.of(StasisStart, channel))
    await bench.far.drop()
    await eventually(lambda: bench.told.losses == 1, "the loss")
    await bench.ari.wait_connected()
    assert bench.told.connects == 2
    assert channel in {c.id for c in await bench.ari.channels()}
    assert (await bench.ari.bridges())[0].channels == (channel,)
    await bench.far.hang_up(channel)
    await bench.told.until(ChannelDestroyed, channel)
    assert len(bench.told.of(StasisStart, channel)) == starts


async def test_a_caller_who_waited_is_still_heard_of_after_a_lost_connection(bench: Bench) -> None:
    channel = await bench.far.call_us("200")
    await bench.told.until(StasisStart, channel)
    await bench.far.drop()
    await eventually(lambda: bench.told.losses == 1, "the loss")
    await bench.ari.wait_connected()
    assert await bench.ari.answer(channel) is True
    await bench.far.hang_up(channel)
    await bench.told.until(StasisEnd, channel)


async def test_requests_fail_at_once_while_there_is_no_connection(bench: Bench) -> None:
    await bench.far.drop()
    await eventually(lambda: not bench.ari.connected, "the loss")
    with pytest.raises(Unavailable):
        await bench.ari.ping()


async def test_events_wait_until_the_listener_has_reconciled(bench: Bench) -> None:
    released = asyncio.Event()
    seen: list[str] = []

    def reconcile() -> "asyncio.Future[object]":
        async def hold() -> object:
            seen.extend(channel.id for channel in await bench.ari.channels())
            await released.wait()
            return None

        return asyncio.ensure_future(hold())

    bench.told.reconcile = reconcile
    await bench.far.drop()
    await eventually(lambda: bench.told.connects == 2, "the second connection")
    await eventually(lambda: not bench.ari.connected, "reconciling")
    caller = await bench.far.call_us("200")
    await bench.ari.ping()
    assert not bench.told.of(StasisStart, caller)
    released.set()
    await bench.told.until(StasisStart, caller)
