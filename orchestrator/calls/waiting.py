"""Waiting: the music of a party whom the other holds goes on, whatever happens to the bridge.

Asterisk takes a phone's hold back by itself when the bridge changes how it carries sound, that is
when somebody begins to listen in or a recording begins or ends. The held party would then hear
nothing until it is taken back.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

import structlog

from orchestrator.ari.errors import AriError

if TYPE_CHECKING:
    from orchestrator.calls.call import Call
    from orchestrator.calls.leg import Leg

log = structlog.get_logger(__name__)


async def play_on(call: Call) -> None:
    """Music to who waits in `call`, after something that ends it."""
    for holder, waiting in _sides(call):
        if holder.held and waiting.alive:
            waiting.music = True
            await _try(call, call.ari.moh_start(waiting.id, call.music))


async def taken_back(call: Call, holder: Leg) -> None:
    """`holder` holds no longer. Asterisk ends its own music, also ours, but for one that began
    in the same moment."""
    for side, waiting in _sides(call):
        if side is holder and waiting.music:
            waiting.music = False
            await _try(call, call.ari.moh_stop(waiting.id))


async def _try(call: Call, request: Awaitable[bool]) -> None:
    """No conversation ends because of its music."""
    try:
        await request
    except AriError as error:
        log.warning("music-not-changed", call=call.id, error=str(error))


def _sides(call: Call) -> tuple[tuple[Leg, Leg], ...]:
    caller, partner = call.caller, call.partner
    return ((caller, partner), (partner, caller)) if partner else ()
