"""Screening: a caller from outside says a name, which the called one hears before taking the call.

The recording lives as long as the phones ring.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from orchestrator.ari.client import Record
from orchestrator.ari.errors import AriError
from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Reason
from orchestrator.prompts.phrases import Phrase
from orchestrator.verbs.confirm import INCOMING
from orchestrator.verbs.recording import record
from orchestrator.verbs.speech import answer, speak

log = structlog.get_logger(__name__)

_ASKED = (Phrase.SAY_YOUR_NAME,)
_THANKS = (Phrase.CONNECTING,)
_WAITING = f"sound:{Phrase.CALLER_IS}"
_OPTIONS = f"sound:{Phrase.ACCEPT_OR_REJECT}"

_NAME_SECONDS = 6
_SILENCE_SECONDS = 2


@asynccontextmanager
async def introduced(call: Call) -> AsyncIterator[tuple[str, ...]]:
    """Ask the caller for a name; what the called one hears of it. Gone when the block ends."""
    name = f"screening-{call.id}"
    call.begin_segment("announcement", "", _ASKED[0])
    try:
        await answer(call)
        await speak(call, _ASKED)
        recorded = await _record(call, name)
        await speak(call, _THANKS)
        call.end_segment(Reason.FORWARDED)
        yield (_WAITING, f"recording:{name}", _OPTIONS) if recorded else INCOMING
    finally:
        await _remove(call, name)


async def _record(call: Call, name: str) -> bool:
    """Record what the caller says after the beep; False when nothing could be recorded."""
    recording = Record(
        name,
        max_duration=_NAME_SECONDS,
        max_silence=_SILENCE_SECONDS,
        beep=True,
        terminate_on="any",
        if_exists="overwrite",
    )
    return await record(call, recording) is not None


async def _remove(call: Call, name: str) -> None:
    """Delete the recording, also when the caller hung up meanwhile."""
    try:
        await call.ari.delete_recording(name)
    except AriError as error:
        log.warning("recording-not-deleted", recording=name, error=str(error))
