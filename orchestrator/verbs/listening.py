"""Listening: speak to the caller, who may answer with one key at any time."""

from orchestrator.ari.messages import ChannelDtmfReceived, PlaybackFinished
from orchestrator.calls.call import Call
from orchestrator.calls.messages import Surrender
from orchestrator.verbs.speech import begin

_LONGEST_SECONDS = 300.0
# A prompt that fails ends at once, also when the caller has hung up: the event of that follows.
_SOON_SECONDS = 0.5


async def listen(
    call: Call, prompts: tuple[str, ...], keys: str, patience: float = 0.0
) -> str | None:
    """The first of `keys` that is pressed while `prompts` are spoken, or within `patience` seconds
    afterwards; the key ends the prompts. "": none was. None: the prompts could not be played.
    """
    playback = call.new_playback_id()
    clock = call.ports.clock
    speaking, end = await begin(call, prompts, playback), ""
    deadline = clock.monotonic() + (_LONGEST_SECONDS if speaking else _SOON_SECONDS)
    while (remaining := deadline - clock.monotonic()) > 0:
        message = await call.next(remaining)
        if isinstance(message, Surrender):
            message.answer(None)
        elif isinstance(message, PlaybackFinished) and message.playback.id == playback:
            speaking, end = False, message.playback.state
            least = _SOON_SECONDS if end == "failed" else 0.0
            deadline = clock.monotonic() + max(least, patience)
        elif (
            isinstance(message, ChannelDtmfReceived)
            and message.channel.id == call.caller.id
            and message.digit in keys
        ):
            if speaking:
                await call.ari.stop_playback(playback)
            return message.digit
    if speaking:
        await call.ari.stop_playback(playback)
    return None if end == "failed" else ""
