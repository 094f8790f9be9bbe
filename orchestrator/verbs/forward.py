"""Forward: the called person's status or exception sends the call on at once; the journal says so.

What follows has its own step, so that the person finds the call in their history.
"""

from orchestrator.calls.call import Call
from orchestrator.routing.decision import Forward
from orchestrator.verbs.outcome import Next, StepOutcome


async def run(call: Call, data: Forward) -> StepOutcome:
    call.begin_segment("user", data.person.id, data.person.number)
    call.end_segment(data.reason)
    return Next(data.then)
