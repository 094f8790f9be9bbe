"""Announce: answer, speak, then go on with the next step.

The caller is answered, since not every network lets early media through. A prompt that vanished
is left out: the caller goes on to the next step, and is never left in silence.
"""

from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Reason
from orchestrator.routing.decision import Announce
from orchestrator.verbs.outcome import Next, StepOutcome
from orchestrator.verbs.speech import answer, speak


async def run(call: Call, data: Announce) -> StepOutcome:
    call.begin_segment("announcement", "", " ".join(data.prompts))
    await answer(call)
    await speak(call, data.prompts)
    call.end_segment(Reason.FORWARDED)
    return Next(data.then)
