"""What a call's mailbox takes: Asterisk's events, and what other calls and people want of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.ari.messages import Event
from orchestrator.calls.command import Command
from orchestrator.calls.leg import Leg, LegEvent
from orchestrator.calls.offer import Offer

if TYPE_CHECKING:
    from orchestrator.calls.call import Call


@dataclass(frozen=True, slots=True)
class Noticed:
    """A channel was answered or ended while we were not connected, so no event reached us."""

    channel: str
    event: LegEvent


class AgentsFree:
    """The floor has agents for a caller who waits (`calls/floor.py`), or the queue has nobody."""

    __slots__ = ()


AGENTS_FREE = AgentsFree()


class Dismiss:
    """Another call has taken over what this one was for: end it as if the caller hung up."""

    __slots__ = ()


class Surrender:
    """Another call asks for a leg of this one (an attended transfer). Answered exactly once.

    Asked for is the leg `leg`, or with `leg` empty the far end of the leg `beside`.

    The future gives the leg, which from then on belongs to the asking call `by`, or None when
    this call cannot give it. Once the asking call gave up waiting, `open` is false and the leg must
    be kept.

    What is left of the giving call ends when the asking one has `released` it: Asterisk still
    looks at the transferor's channel there while it tells the phone how the transfer went.
    """

    __slots__ = ("_released", "beside", "by", "leg", "reply")

    def __init__(self, leg: str, by: Call, *, beside: str = "") -> None:
        self.leg = leg
        self.beside = beside
        self.by = by
        self.reply: asyncio.Future[Leg | None] = asyncio.get_running_loop().create_future()
        self._released = asyncio.Event()

    @property
    def open(self) -> bool:
        return not self.reply.done()

    def answer(self, leg: Leg | None) -> None:
        if self.open:
            self.reply.set_result(leg)

    def release(self) -> None:
        self._released.set()

    async def released(self, seconds: float) -> None:
        """Wait until the asking call is done with what is left of this one, or does not say so."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._released.wait()


Message = Event | Surrender | Offer | Dismiss | Noticed | Command | AgentsFree
