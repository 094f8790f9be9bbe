"""Channels that listen in on others: the same of the fake and of the real Asterisk."""

import asyncio

import pytest

from orchestrator.ari.errors import Invalid
from orchestrator.ari.messages import StasisEnd, StasisStart
from tests.contract.ari.bench import Bench, new_id


async def test_a_snoop_is_ours_at_once_and_can_be_bridged(bench: Bench) -> None:
    channel, snoop, bridge = await bench.leg(), new_id(), new_id()
    assert await bench.ari.snoop(channel, snoop, whisper="out") is True
    started = await bench.told.until(StasisStart, snoop)
    assert (started.channel.state, started.channel.name.startswith("Snoop/")) == ("Up", True)
    await bench.ari.create_bridge(bridge)
    assert await bench.ari.add_to_bridge(bridge, snoop, await bench.leg()) is True
    assert await bench.ari.hangup(snoop) is True
    await bench.told.until(StasisEnd, snoop)
    assert await bench.ari.channel(channel) is not None


async def test_a_channel_plays_silence_beside_a_snoop_that_whispers(bench: Bench) -> None:
    channel, snoop, bridge = await bench.leg(), new_id(), new_id()
    await bench.ari.create_bridge(bridge, "mixing,proxy_media")
    assert await bench.ari.add_to_bridge(bridge, channel) is True
    assert await bench.ari.silence(channel) is True
    assert await bench.ari.add_to_bridge(bridge, await bench.leg(), mute=True) is True
    assert await bench.ari.snoop(channel, snoop, spy="none", whisper="out") is True
    await bench.told.until(StasisStart, snoop)
    assert await bench.ari.play(snoop, ["sound:beep"], new_id()) is True
    assert await bench.ari.silence(new_id()) is False


async def test_a_snoop_ends_with_the_channel_that_it_hears(bench: Bench) -> None:
    channel, snoop = await bench.leg(), new_id()
    await bench.ari.snoop(channel, snoop)
    await bench.told.until(StasisStart, snoop)
    await bench.ari.hangup(channel)
    await bench.told.until(StasisEnd, snoop)


async def test_nobody_listens_in_on_a_channel_that_is_gone(bench: Bench) -> None:
    assert await bench.ari.snoop(new_id(), new_id()) is False


async def test_a_snoop_needs_an_id_of_its_own_and_known_directions(bench: Bench) -> None:
    channel, snoop = await bench.leg(), new_id()
    await bench.ari.snoop(channel, snoop)
    await bench.told.until(StasisStart, snoop)
    assert await bench.ari.snoop(channel, snoop) is False
    with pytest.raises(Invalid):
        await bench.ari.snoop(channel, new_id(), spy="sideways")


async def test_a_channel_that_hangs_up_in_the_moment_of_a_request_is_gone_and_no_fault(
    bench: Bench,
) -> None:
    for moment in range(60):
        channel, bridge = await bench.leg(), new_id()
        await bench.ari.create_bridge(bridge, "mixing,proxy_media")
        gone = bench.ari.hangup(channel)
        for _ in range(moment % 12):
            await asyncio.sleep(0)
        steps = (
            bench.ari.answer(channel),
            bench.ari.add_to_bridge(bridge, channel),
            bench.ari.silence(channel),
            bench.ari.snoop(channel, new_id(), spy="none", whisper="out"),
        )
        assert await gone is True
        assert {await step for step in steps} <= {True, False}
        await bench.ari.destroy_bridge(bridge)
