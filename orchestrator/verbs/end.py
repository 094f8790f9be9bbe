"""End: speak to the caller if there is something to say, then end the call.

The prompts are early media: nothing is answered, nobody pays, and the caller's phone still
gets the true SIP status (404, 403...) afterwards.
"""

from orchestrator.calls.call import Call
from orchestrator.routing.decision import End
from orchestrator.verbs.outcome import Done, StepOutcome
from orchestrator.verbs.speech import speak


async def run(call: Call, data: End) -> StepOutcome:
    if data.person is not None:
        call.begin_segment("user", data.person.id, data.person.number)
        call.end_segment(data.verdict.reason)
    if data.prompts:
        call.begin_segment("announcement", "", " ".join(data.prompts))
        await speak(call, data.prompts)
        call.end_segment(data.verdict.reason)
    return Done(data.verdict)
