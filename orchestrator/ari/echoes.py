"""Echoes: Asterisk says by an event that it has told a phone how its transfer went.

While it tells, it looks at both channels of an attended transfer and does not hold on to them: of
one that is gone by then it uses freed memory (res_pjsip_refer of 22.10.1, seen under valgrind). So
who hangs them up waits for the echo.

And it says that a phone asks for a transfer before it has noted that it is to tell it: who tells
it in between ends Asterisk (docs/decisions/0030). So each word to the phone follows a question.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from orchestrator.ari.messages import ChannelTransfer, Event

PATIENCE = 1.0
"""Seconds; after them we go on without."""

QUESTION = "CHANNEL(endpoint)"
"""Asterisk answers it in the queue of the phone's SIP dialog, so once it is through with what the
phone asked for; until then the socket waits, and what we send after it."""


class Echoes:
    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[None]] = {}

    def on_event(self, event: Event) -> None:
        if type(event) is ChannelTransfer and event.state:
            echo = self._waiting.get(event.channel_id)
            if echo is not None and not echo.done():
                echo.set_result(None)

    async def of(self, channel: str, tell: Callable[[], Awaitable[bool]]) -> bool:
        """What `tell` gives, once the echo for `channel` has come too."""
        echo = self._waiting[channel] = asyncio.get_running_loop().create_future()
        try:
            done = await tell()
            if done:
                with suppress(TimeoutError):
                    async with asyncio.timeout(PATIENCE):
                        await echo
            return done
        finally:
            if self._waiting.get(channel) is echo:
                del self._waiting[channel]
