"""Rebound: call an outside number, where somebody accepts the call by a key before it is connected.

The caller hears ringing until then, and goes on to the next step when nobody accepts.
"""

from orchestrator.calls.call import Call, Surrender
from orchestrator.calls.leg import Leg, LegState
from orchestrator.calls.verdict import Cause, Reason, no_answer, reason_of_leg
from orchestrator.routing.decision import Attempt, DialOut, End
from orchestrator.verbs import confirm, talk
from orchestrator.verbs.calling import call_outside
from orchestrator.verbs.outcome import Next, StepOutcome

# As long as a network rings, since nobody said otherwise: below the minute after which those of
# many countries end the attempt by themselves.
_RING_SECONDS = 50

# What the far end itself said; any other cause is the trunk's, and the next one is tried.
_OF_THE_FAR_END = frozenset({Cause.NORMAL, Cause.BUSY, Cause.NO_ANSWER, Cause.REJECTED})


async def run(call: Call, data: DialOut) -> StepOutcome:
    """Call `data.number` by the first trunk that takes it."""
    if call.entry.direction == "internal":
        call.entry.direction = "outbound"
    for attempt in data.attempts:
        leg = await _accepted(call, attempt, data.seconds or _RING_SECONDS)
        if leg.alive:
            await call.connect(leg)
            return await talk.run(call, leg)
        if leg.cause in _OF_THE_FAR_END:
            call.end_segment(reason_of_leg(leg.cause))
            break
        call.end_segment(Reason.TRUNK_REFUSED)
    return Next(data.otherwise or End(no_answer()))


async def _accepted(call: Call, attempt: Attempt, seconds: int) -> Leg:
    """A leg that accepted the call, or one that is gone."""
    trunk = attempt.trunk
    call.begin_segment("external", trunk.id, attempt.number)
    leg = Leg(call.new_leg_id(), trunk.endpoint, attempt.number, "", trunk=trunk.id)
    if not await call_outside(call, leg, attempt, seconds):
        leg.state = LegState.GONE
        return leg
    await call.ring_caller()
    deadline = call.ports.clock.monotonic() + seconds
    while leg.state is LegState.RINGING:
        message = await call.next(deadline - call.ports.clock.monotonic())
        if message is None:
            await call.hang_up(leg, Cause.NO_ANSWER)
        elif isinstance(message, Surrender):
            message.answer(None)
    if leg.alive:
        await confirm.accepts(call, leg, confirm.INCOMING)
    return leg
