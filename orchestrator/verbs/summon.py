"""Summon: a call that begins at somebody's desk. Their devices ring; who answers is the caller.

Until then the call has no caller: a stand-in without channel takes that place, so that nothing
waits for it or hangs it up.
"""

from orchestrator.ari.client import Originate
from orchestrator.ari.errors import AriError, Unavailable
from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg, LegEvent, LegState
from orchestrator.calls.messages import Surrender
from orchestrator.calls.verdict import Cause, no_answer, unanswered
from orchestrator.routing.decision import Summon
from orchestrator.routing.first_step import first_step
from orchestrator.verbs.calling import AUTO_ANSWER, cancel
from orchestrator.verbs.outcome import Done, Next, StepOutcome

# Whoever asked for the call sits in front of the phone.
_RING_SECONDS = 30


async def run(call: Call, data: Summon) -> StepOutcome:
    """Ring; then dial on behalf of whoever answered, by the same door as any call."""
    legs = await _ring(call, data)
    deadline = call.ports.clock.monotonic() + _RING_SECONDS
    while True:
        winner = next((leg for leg in legs if leg.state is LegState.UP), None)
        if winner is not None:
            call.caller = winner
            await cancel(call, legs, Cause.ANSWERED_ELSEWHERE, keep=winner)
            return Next(data.then or first_step(call.facts, data.number))
        if not any(leg.alive for leg in legs):
            return Done(unanswered([leg.cause for leg in legs]))
        message = await call.next(deadline - call.ports.clock.monotonic())
        if message is None:
            await cancel(call, legs, Cause.NORMAL)
            return Done(no_answer())
        if isinstance(message, Surrender):
            message.answer(None)


async def _ring(call: Call, data: Summon) -> list[Leg]:
    """A leg to each device, in one burst; they show whom the call will go to."""
    person = data.person
    attempts = []
    for device in person.devices:
        leg = Leg(call.new_leg_id(), device.endpoint, person.number, person.name, person=person.id)
        call.add_leg(leg)
        request = Originate(
            endpoint=f"PJSIP/{device.endpoint}",
            channel_id=leg.id,
            caller_id=f"<{data.number}>",
            timeout=_RING_SECONDS + 5,
            variables={"PJSIP_TRANSFER_HANDLING()": "ari-only", **AUTO_ANSWER},
        )
        attempts.append((leg, call.ari.originate(request)))
    for leg, attempt in attempts:
        try:
            await attempt
        except Unavailable:
            raise
        except AriError:
            leg.apply(LegEvent.GONE)
            leg.cause = Cause.ABSENT
    return [leg for leg, _ in attempts]
