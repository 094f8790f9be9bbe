"""The music of a held party: whoever waits has it, and no call ends because of it."""

from types import SimpleNamespace
from typing import cast

import pytest

from orchestrator.ari.errors import Unavailable
from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg
from orchestrator.calls.waiting import play_on, taken_back


class Ari:
    """Notes what is asked for; refuses all of it when `away`."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.away = False

    async def moh_start(self, channel: str, playlist: str) -> bool:
        return self._ask(channel, playlist)

    async def moh_stop(self, channel: str) -> bool:
        return self._ask(channel, "")

    def _ask(self, channel: str, what: str) -> bool:
        if self.away:
            raise Unavailable("no connection")
        self.asked.append((channel, what))
        return True


def conversation() -> tuple[Call, Ari, Leg, Leg]:
    ari, one, other = Ari(), Leg("one", "", "101", ""), Leg("other", "", "102", "")
    made = SimpleNamespace(id="call", caller=one, partner=other, ari=ari, music="calm")
    return cast(Call, made), ari, one, other


async def test_who_is_held_hears_music_until_it_is_taken_back() -> None:
    call, ari, one, _ = conversation()
    await play_on(call)
    assert ari.asked == [], "nobody is held"
    one.held = True
    await play_on(call)
    one.held = False
    await taken_back(call, one)
    await taken_back(call, one)
    assert ari.asked == [("other", "calm"), ("other", "")]


@pytest.mark.parametrize("holder", ["one", "other"])
async def test_a_lost_connection_does_not_end_the_conversation(holder: str) -> None:
    call, ari, one, other = conversation()
    ari.away = True
    holding = one if holder == "one" else other
    holding.held = True
    await play_on(call)
    holding.held = False
    await taken_back(call, holding)
    assert ari.asked == []
