"""Intercom: talk with somebody whose phone answers by itself.

    all devices ──originate with the headers of auto answer──> the first that answers has the call

Phones that do not answer by themselves ring, and are answered as usual. There is no forwarding:
whoever is not there cannot answer either.
"""

from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg
from orchestrator.routing.decision import Intercom, Ring
from orchestrator.verbs import ring, talk
from orchestrator.verbs.outcome import Done, StepOutcome


async def run(call: Call, data: Intercom) -> StepOutcome:
    found = await ring.find(call, Ring(data.person), auto=True)
    return await talk.run(call, found) if isinstance(found, Leg) else Done(found)
