"""What all REST handlers of the fake share: how they refuse, and how they find things."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchestrator.ari.fake.world import FakeBridge, FakeChannel, FakeWorld


class Refused(Exception):
    """An answer with an error status and the words of Asterisk 22.10.1."""

    def __init__(self, status: int, message: str, key: str = "message") -> None:
        super().__init__(message)
        self.status = status
        self.body = {key: message}


class Blocked(Exception):
    """The channel's thread is taken; this request waits, and all behind it."""


Ids = Sequence[str]
"""What stands in the path where the pattern has `*`."""

Given = Mapping[str, Any]
"""The parameters: JSON as it comes over the wire, of which each handler knows its own part."""

Handler = Callable[[FakeWorld, Ids, Given], object]
"""Does the request. Returns the model to answer with, or None for 204."""

Routes = Mapping[tuple[str, str], Handler]
"""(method, pattern) -> handler."""


def any_channel(world: FakeWorld, name: str) -> FakeChannel:
    channel = world.channels.get(name)
    if channel is None:
        raise Refused(404, "Channel not found")
    return channel


def our_channel(world: FakeWorld, name: str) -> FakeChannel:
    channel = any_channel(world, name)
    if not channel.in_stasis:
        raise Refused(409, "Channel not in Stasis application")
    return channel


def free_channel(world: FakeWorld, name: str) -> FakeChannel:
    channel = our_channel(world, name)
    if channel.occupied:
        raise Blocked
    return channel


def a_bridge(world: FakeWorld, name: str) -> FakeBridge:
    bridge = world.bridges.get(name)
    if bridge is None:
        raise Refused(404, "Bridge not found")
    return bridge
