"""Asterisk itself, and losing it: the same of the fake and of the real one."""

import asyncio

import pytest

from orchestrator.ari.client import Originate
from orchestrator.ari.errors import Conflict, Invalid, NotFound, Unavailable
from orchestrator.ari.messages import (
    ChannelDestroyed,
    StasisEnd,
    StasisStart,
)
from tests.contract.ari.bench import (
    Bench,
    FarEnds,
    eventually,
    new_id,
    running,
)

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
