"""Record prompt: the caller speaks a prompt, hears it, and keeps it or does it over.

    instruction ──> beep, recording ──#, silence──> heard back ──1──> kept
                      ^                                  │
                      └────────────────2─────────────────┘

A hang-up keeps nothing; whatever happens, nothing stays in Asterisk.
"""

import asyncio

import structlog

from orchestrator.ari.client import Record
from orchestrator.ari.errors import AriError
from orchestrator.calls.call import Call
from orchestrator.calls.entry import RECORDING
from orchestrator.calls.prompt_keeper import recording_of
from orchestrator.calls.verdict import Outcome, Reason, Verdict
from orchestrator.errors import CentraleError
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import RecordPrompt
from orchestrator.verbs.listening import listen
from orchestrator.verbs.outcome import Done, StepOutcome
from orchestrator.verbs.recording import record
from orchestrator.verbs.speech import answer, speak

log = structlog.get_logger(__name__)

OVER = Verdict(Outcome.ANSWERED, Reason.ENDED)
NOTHING_KEPT = Verdict(Outcome.ANSWERED, Reason.NO_INPUT)

_TRIES = 20
_ROUNDS = 3
_CHOICE_SECONDS = 6.0
_SILENCE_SECONDS = 5
_LONGEST_SECONDS = 300
_SHORTEST_SECONDS = 1
_KEEP_SECONDS = 30.0
# The journal's column.
_MOST_SHOWN = 64

_CHOOSE = (Phrase.IF_CORRECT, "digits:1", Phrase.PRESS, "digits:2", Phrase.TO_RECORD_AGAIN)
_KEPT = (Phrase.MESSAGE_SAVED, Phrase.GOODBYE)
_NOT_KEPT = (Phrase.SORRY, Phrase.CALL_LATER)


async def run(call: Call, data: RecordPrompt) -> StepOutcome:
    call.begin_segment(RECORDING, data.prompt, data.name[:_MOST_SHOWN])
    person = call.tenant.people.get(call.caller.person or "")
    call.language = person.language if person else call.language
    await answer(call)
    call.answered()
    for _ in range(_TRIES):
        try:
            key = await _spoken(call)
            if key == "1":
                await speak(call, _KEPT if await _keep(call, data) else _NOT_KEPT)
                return Done(OVER)
        finally:
            await _forget(call)
        if key == "":
            break
    await speak(call, (Phrase.GOODBYE,))
    return Done(NOTHING_KEPT)


async def _spoken(call: Call) -> str:
    """Record once; the key that decides. "": nobody decides."""
    if await listen(call, (Phrase.RECORD_NOW,), "#") is None:
        await speak(call, (Phrase.RECORD_AFTER_TONE,))
    name = recording_of(call.id)
    wanted = Record(
        name,
        max_duration=_LONGEST_SECONDS,
        max_silence=_SILENCE_SECONDS,
        beep=True,
        terminate_on="#",
    )
    made = await record(call, wanted)
    if made is None or made.duration < _SHORTEST_SECONDS:
        await speak(call, (Phrase.TOO_SHORT,))
        return "2"
    for _ in range(_ROUNDS):
        if key := await listen(call, (f"recording:{name}", *_CHOOSE), "12", _CHOICE_SECONDS):
            return key
    return ""


async def _keep(call: Call, data: RecordPrompt) -> bool:
    try:
        async with asyncio.timeout(_KEEP_SECONDS):
            await call.ports.prompts.keep(data, recording_of(call.id))
    except (CentraleError, TimeoutError) as error:
        log.warning("prompt-not-kept", call=call.id, error=str(error))
        return False
    return True


async def _forget(call: Call) -> None:
    try:
        await call.ari.delete_recording(recording_of(call.id))
    except AriError:
        log.warning("recording-not-deleted", call=call.id)
