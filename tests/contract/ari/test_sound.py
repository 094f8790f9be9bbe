"""Playing, recording and keys: the same of the fake and of the real Asterisk."""

import asyncio

import pytest

from orchestrator.ari.client import Record
from orchestrator.ari.errors import Invalid
from orchestrator.ari.messages import (
    ChannelDtmfReceived,
    PlaybackFinished,
    RecordingFinished,
    StasisEnd,
)
from tests.contract.ari.bench import (
    Bench,
    new_id,
)


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
    shown = await bench.ari.playback(playback)
    assert shown is not None
    assert (shown.id, shown.channel_id) == (playback, channel)
    assert await bench.ari.stop_playback(playback) is True
    assert (await bench.told.until(PlaybackFinished, playback)).playback.state == "done"
    assert await bench.ari.stop_playback(playback) is False
    assert await bench.ari.playback(playback) is None


async def test_a_list_can_be_stopped_while_digits_are_said(bench: Bench) -> None:
    """Asterisk's own `digits:` would go on, and the rest of the list behind them."""
    channel, playback = await bench.leg(), new_id()
    await bench.ari.play(channel, ["digits:" + "12345" * 5, bench.far.sound], playback)
    for _ in range(100):
        shown = await bench.ari.playback(playback)
        if shown is not None and shown.state == "playing":
            break
        await asyncio.sleep(0.02)
    async with asyncio.timeout(8):
        await bench.ari.stop_playback(playback)
        await bench.told.until(PlaybackFinished, playback)


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
        async with asyncio.timeout(8):
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
