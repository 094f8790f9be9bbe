"""End: speak to the caller if there is something to say, then end the call.

The prompts are early media: nothing is answered, nobody pays, and the caller's phone still
gets the true SIP status (404, 403...) afterwards.
"""

from orchestrator.ari.messages import PlaybackFinished
from orchestrator.calls.call import Call
from orchestrator.calls.leg import LegState
from orchestrator.routing.decision import End
from orchestrator.verbs.outcome import Done, StepOutcome

# A prompt that never reports its end must not hold the call for ever.
_LONGEST_PROMPT_SECONDS = 60.0


async def run(call: Call, data: End) -> StepOutcome:
    if data.prompts:
        call.begin_segment("announcement", "", " ".join(data.prompts))
        await _speak(call, data.prompts)
        call.end_segment(data.verdict.reason)
    return Done(data.verdict)


async def _speak(call: Call, prompts: tuple[str, ...]) -> None:
    if call.caller.state is LegState.RINGING:
        await call.ari.progress(call.caller.id)
    playback = call.new_playback_id()
    media = [f"sound:{prompt}" for prompt in prompts]
    if not await call.ari.play(call.caller.id, media, playback):
        return
    deadline = call.ports.clock.monotonic() + _LONGEST_PROMPT_SECONDS
    while (remaining := deadline - call.ports.clock.monotonic()) > 0:
        message = await call.next(remaining)
        if isinstance(message, PlaybackFinished) and message.playback.id == playback:
            return
