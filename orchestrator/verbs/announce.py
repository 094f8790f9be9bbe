"""Announce: answer, speak, then go on with the next step.

The caller is answered, since not every network lets early media through. In place of a prompt
that does not exist the caller hears "one moment", and goes on to the next step all the same.
"""

from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Reason
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import Announce
from orchestrator.verbs.outcome import Next, StepOutcome
from orchestrator.verbs.speech import answer, speak

_INSTEAD = (Phrase.ONE_MOMENT,)


async def run(call: Call, data: Announce) -> StepOutcome:
    call.begin_segment("announcement", "", " ".join(data.prompts))
    await answer(call)
    if not await speak(call, data.prompts):
        await speak(call, _INSTEAD)
    call.end_segment(Reason.FORWARDED)
    return Next(data.then)
