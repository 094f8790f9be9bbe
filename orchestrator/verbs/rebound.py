"""Rebound: call an outside number, where somebody accepts the call by a key before it is connected.

The caller hears ringing until then, and goes on to the next step when nobody accepts.
"""

from dataclasses import replace

from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg
from orchestrator.calls.verdict import Reason, no_answer, reason_of_leg
from orchestrator.routing.decision import Attempt, DialOut, End
from orchestrator.verbs import confirm, provider, talk
from orchestrator.verbs.calling import has_room
from orchestrator.verbs.outcome import Next, StepOutcome

# As long as a network rings, since nobody said otherwise: below the minute after which those of
# many countries end the attempt by themselves.
_RING_SECONDS = 50

# What the far end itself said; any other reason is the trunk's, and the next one is tried.
_OF_THE_FAR_END = frozenset({Reason.NO_ANSWER, Reason.BUSY, Reason.DECLINED, Reason.UNKNOWN_NUMBER})


async def run(call: Call, data: DialOut) -> StepOutcome:
    """Call `data.number` by the first trunk that takes it."""
    if call.entry.direction == "internal":
        call.entry.direction = "outbound"
    await provider.drop_adopted(call)
    data = replace(data, seconds=data.seconds or _RING_SECONDS)
    for attempt in data.attempts:
        call.begin_segment("external", attempt.trunk.id, attempt.number)
        found = await _accepted(call, attempt, data)
        if isinstance(found, Leg):
            await call.connect(found)
            return await talk.run(call, found)
        call.end_segment(found)
        if found in _OF_THE_FAR_END:
            break
    return Next(data.otherwise or End(no_answer()))


async def _accepted(call: Call, attempt: Attempt, data: DialOut) -> Leg | Reason:
    """A leg that accepted the call, or why there is none."""
    if not has_room(call, attempt.trunk):
        return Reason.TRUNK_DOWN
    found = await provider.reach(call, attempt, data, alone=False)
    if not isinstance(found, Leg):
        return found.reason
    await call.ring_caller()
    accepted = await confirm.accepts(call, found, confirm.INCOMING)
    return found if accepted else reason_of_leg(found.cause)
