"""Speech: what several verbs say to the caller, and how they answer for us."""

from orchestrator.ari.messages import PlaybackFinished
from orchestrator.calls.call import Call, Surrender
from orchestrator.calls.leg import LegEvent, LegState

# A prompt that never reports its end must not hold the call for ever.
_LONGEST_SECONDS = 300.0

# An event that is on its way comes within this time.
_LATE_SECONDS = 2.0
# The caller's hang-up follows what it made fail at once; a sound that does not exist must not
# make for a long silence.
_SOON_SECONDS = 0.5


async def answer(call: Call) -> None:
    """Answer the caller ourselves; nothing happens when that was done before.

    For the journal a machine that answers is the step's answer, not that of the call: whether
    anybody took it is for the steps that follow.
    """
    segment = call.entry.open_segment()
    if segment is not None and not segment.answered_at:
        segment.answered_at = call.now
    if call.caller.state is LegState.RINGING:
        if await call.ari.answer(call.caller.id):
            call.caller.apply(LegEvent.ANSWERED)
    elif call.ringing:
        await call.ari.stop_ring(call.caller.id)
    call.ringing = False


async def speak(call: Call, prompts: tuple[str, ...]) -> None:
    """Say `prompts` to the caller, one after the other, and wait for their end.

    Before an answer they are early media. A prompt that does not exist is left out.
    """
    if call.caller.state is LegState.RINGING:
        await call.ari.progress(call.caller.id)
    playback = call.new_playback_id()
    media = [f"sound:{prompt}" for prompt in prompts]
    playing = await call.ari.play(call.caller.id, media, playback)
    if not playing:
        # Who cannot be spoken to has hung up: the event that says so is on its way.
        await _until_finished(call, playback, _LATE_SECONDS)
        return
    finished = await _until_finished(call, playback, _LONGEST_SECONDS)
    if finished is None:
        await call.ari.stop_playback(playback)
    elif finished.playback.state == "failed":
        # There is no such sound, or the caller hung up: then nobody is to be rung any more.
        await _until_finished(call, playback, _SOON_SECONDS)


async def _until_finished(call: Call, playback: str, seconds: float) -> PlaybackFinished | None:
    """Wait for the end of `playback`; None when it does not come within `seconds`."""
    deadline = call.ports.clock.monotonic() + seconds
    while (remaining := deadline - call.ports.clock.monotonic()) > 0:
        message = await call.next(remaining)
        if isinstance(message, PlaybackFinished) and message.playback.id == playback:
            return message
        if isinstance(message, Surrender):
            message.answer(None)
    return None
