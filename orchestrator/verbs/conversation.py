"""What surrounds every conversation: the call knows who its partner is, and is recorded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg
from orchestrator.calls.schemas import RecordingState


@asynccontextmanager
async def conversation(call: Call, other: Leg) -> AsyncIterator[None]:
    """`call.caller` and `other` talk while the block runs.

    When the orchestrator stops, the recording runs on until the call is adopted.
    """
    await talks_with(call, other)
    try:
        yield
    except asyncio.CancelledError:
        raise
    except BaseException:
        await _over(call)
        raise
    else:
        await _over(call)


async def talks_with(call: Call, other: Leg) -> None:
    """`other` is the partner from now on; one whose calls are recorded has this one recorded."""
    call.partner = other
    recorder = call.recorder
    if recorder.state is RecordingState.OFF and recorder.wanted(call.caller, other):
        await recorder.start()


async def _over(call: Call) -> None:
    call.partner = None
    await call.recorder.stop()
