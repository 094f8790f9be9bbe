"""Keys: what the caller presses on the telephone's keypad."""

from collections.abc import Callable

from orchestrator.ari.messages import ChannelDtmfReceived, PlaybackFinished
from orchestrator.calls.call import Call
from orchestrator.calls.messages import Surrender
from orchestrator.verbs.speech import begin

# From the end of the prompt to the first key, and from one key to the next.
_FIRST_SECONDS = 10.0
_NEXT_SECONDS = 5.0
# How long nothing may be heard of a prompt before we ask whether it still plays.
_ASKING_SECONDS = 5.0

Otherwise = Callable[[], tuple[str, ...]]
"""Gives the prompts that are said in place of others that do not exist."""


class Listening:
    """The keys that the caller presses while prompts play, and afterwards.

    A key ends what plays: the request goes out at once, and nobody waits for its answer.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._playing = ""
        self._otherwise: Otherwise | None = None

    async def say(self, prompts: tuple[str, ...], otherwise: Otherwise | None = None) -> None:
        """Begin to say `prompts`; those of `otherwise` follow when one of them does not exist."""
        self._stop()
        self._otherwise = otherwise
        self._playing = self._call.new_playback_id()
        await begin(self._call, prompts, self._playing)

    async def key(self, seconds: float) -> str:
        """The next key; "" when none comes within `seconds` from now, or from the end of what is
        being said."""
        call, clock = self._call, self._call.ports.clock
        deadline = clock.monotonic() + seconds
        while self._playing or clock.monotonic() < deadline:
            patience = _ASKING_SECONDS if self._playing else deadline - clock.monotonic()
            message = await call.next(patience)
            if isinstance(message, ChannelDtmfReceived) and message.channel.id == call.caller.id:
                self._stop()
                return message.digit
            if isinstance(message, Surrender):
                message.answer(None)
            elif self._playing and await self._over(message):
                deadline = clock.monotonic() + seconds
        return ""

    async def _over(self, message: object) -> bool:
        """Whether what was being said has ended, and is not followed by its substitute."""
        if isinstance(message, PlaybackFinished) and message.playback.id == self._playing:
            self._playing = ""
            if message.playback.state == "failed" and self._otherwise is not None:
                await self.say(self._otherwise())
        elif message is None and await self._call.ari.playback(self._playing) is None:
            # The event that told of the end was lost with a connection.
            self._playing = ""
        return not self._playing

    def _stop(self) -> None:
        if self._playing:
            self._call.ari.stop_playback(self._playing)
            self._playing = ""


async def ask(call: Call, prompts: tuple[str, ...], most: int) -> str:
    """What the caller keys in while `prompts` are spoken or afterwards, up to `#`, to `most` keys
    or to a pause; "" when nothing comes. The first key ends the prompt."""
    listening = Listening(call)
    await listening.say(prompts)
    keys, patience = "", _FIRST_SECONDS
    while len(keys) < most and (key := await listening.key(patience)) not in {"", "#"}:
        keys, patience = keys + key, _NEXT_SECONDS
    return keys
