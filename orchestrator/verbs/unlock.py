"""Unlock: somebody whose calls out wait for the PIN keys it in, and may call out for a while."""

from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Outcome, Reason, Verdict
from orchestrator.options.rules import Code
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import Unlock
from orchestrator.verbs.outcome import Done, StepOutcome
from orchestrator.verbs.pin import WRONG_PIN, ask_pin
from orchestrator.verbs.speech import speak

UNLOCKED = Verdict(Outcome.ANSWERED, Reason.ENDED)

_UNLOCKED = (Phrase.THANK_YOU, Phrase.ACTIVATED)


async def run(call: Call, data: Unlock) -> StepOutcome:
    call.begin_segment("service_code", Code.OUTBOUND_PIN, call.entry.dialled)
    if not await ask_pin(call, data.person):
        return Done(WRONG_PIN)
    call.answered()
    # As they are now: how long calls out are open may have been changed while they dialled.
    call.registry.pins.open_calls_out(call.facts.person or data.person)
    await speak(call, _UNLOCKED)
    return Done(UNLOCKED)
