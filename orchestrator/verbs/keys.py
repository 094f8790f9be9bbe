"""Keys: ask the caller for digits on the telephone's keypad."""

from orchestrator.ari.messages import ChannelDtmfReceived
from orchestrator.calls.call import Call, Surrender
from orchestrator.verbs.speech import begin

# From the beginning of the prompt to the first key, and from one key to the next.
_FIRST_SECONDS = 15.0
_NEXT_SECONDS = 5.0


async def ask(call: Call, prompts: tuple[str, ...], most: int) -> str:
    """What the caller keys in while `prompts` are spoken or afterwards, up to `#`, to `most` keys
    or to a pause; "" when nothing comes. The first key ends the prompt."""
    playback = call.new_playback_id()
    await begin(call, prompts, playback)
    keys = ""
    deadline = call.ports.clock.monotonic() + _FIRST_SECONDS
    while len(keys) < most and (remaining := deadline - call.ports.clock.monotonic()) > 0:
        message = await call.next(remaining)
        if isinstance(message, Surrender):
            message.answer(None)
        if not isinstance(message, ChannelDtmfReceived) or message.channel.id != call.caller.id:
            continue
        if not keys:
            await call.ari.stop_playback(playback)
        if message.digit == "#":
            break
        keys += message.digit
        deadline = call.ports.clock.monotonic() + _NEXT_SECONDS
    return keys
