"""Recording: what several verbs record of the caller alone."""

from orchestrator.ari.client import Record
from orchestrator.ari.messages import LiveRecording, RecordingFailed, RecordingFinished
from orchestrator.calls.call import Call
from orchestrator.calls.messages import Surrender

# Beyond its longest time a recording ends at once; this is how late the event may be.
_LATE_SECONDS = 6.0


async def record(call: Call, recording: Record) -> LiveRecording | None:
    """Record the caller until silence, a key, or the longest time, as `recording` says.

    None: nothing was recorded. `recording.max_duration` must be set. A caller who hangs up ends
    the recording too: CallerGone is raised, and what was said is there.
    """
    if not await call.ari.record(call.caller.id, recording):
        return None
    return await ended(call, recording.name, recording.max_duration)


async def ended(call: Call, name: str, seconds: int) -> LiveRecording | None:
    """Wait for the end of a recording of the caller that is under way, at most `seconds` long."""
    deadline = call.ports.clock.monotonic() + seconds + _LATE_SECONDS
    while (remaining := deadline - call.ports.clock.monotonic()) > 0:
        message = await call.next(remaining)
        if isinstance(message, RecordingFinished | RecordingFailed):
            if message.recording.name == name:
                return message.recording if isinstance(message, RecordingFinished) else None
        elif isinstance(message, Surrender):
            message.answer(None)
    await call.ari.stop_recording(name)
    return LiveRecording(name, duration=seconds)
