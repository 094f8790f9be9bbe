"""Ring: all devices of a person ring together, the first that answers gets the call.

    devices ──originate──> ringing ──first answer──> bridge made ──> others cancelled ──> talk
                              │
                              └── time over, or all busy / declined / unreachable ──> Done

The losers are cancelled only once the bridge is made, so that a phone that answers and hangs
up at once does not take the call from the others.
"""

from orchestrator.ari.client import Originate
from orchestrator.ari.errors import AriError, Unavailable
from orchestrator.ari.messages import ChannelStateChange
from orchestrator.calls.call import Call, Surrender
from orchestrator.calls.leg import Leg, LegEvent, LegState
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict, no_answer, unanswered
from orchestrator.routing.decision import End, Ring
from orchestrator.routing.dialled import unreached
from orchestrator.verbs import talk
from orchestrator.verbs.outcome import Done, Next, StepOutcome

NO_DEVICE = Verdict(Outcome.REFUSED, Reason.NO_DEVICE, Cause.ABSENT)

# Asterisk gives up on a leg this long after we would have: it matters only if we are gone.
_ORPHAN_SECONDS = 5

# An event that is on its way comes within this time.
_LATE_SECONDS = 2.0


async def run(call: Call, data: Ring) -> StepOutcome:
    """Ring `data.person`. Every leg that did not win is gone when this returns."""
    person = data.person
    call.begin_segment("user", person.id, person.number)
    if not person.devices:
        return _unreached(call, data, NO_DEVICE)
    legs = await _dial(call, data)
    deadline = call.ports.clock.monotonic() + (data.seconds or person.ring_seconds)
    left = False
    while True:
        winner = next((leg for leg in legs if leg.state is LegState.UP), None)
        if winner is not None:
            if await call.connect(winner):
                await _cancel(call, legs, Cause.ANSWERED_ELSEWHERE, keep=winner)
                return await talk.run(call, winner)
            await _left(call, winner)
            left = True
        if not any(leg.alive for leg in legs):
            if left:
                return Done(talk.CALLEE_HUNG_UP)
            return _unreached(call, data, unanswered([leg.cause for leg in legs]))
        message = await call.next(deadline - call.ports.clock.monotonic())
        if message is None:
            await _cancel(call, legs, Cause.NORMAL)
            return Done(talk.CALLEE_HUNG_UP) if left else _unreached(call, data, no_answer())
        if isinstance(message, ChannelStateChange) and message.channel.state == "Ringing":
            await call.ring_caller(legs[0])
        elif isinstance(message, Surrender):
            message.answer(None)


def _unreached(call: Call, data: Ring, verdict: Verdict) -> StepOutcome:
    """Forward the call as the person wishes; else it ends with `verdict`."""
    decision = unreached(call.facts, data.person, verdict)
    if isinstance(decision, End):
        return Done(decision.verdict) if not decision.prompts else Next(decision)
    call.end_segment(verdict.reason)
    return Next(decision)


async def _dial(call: Call, data: Ring) -> list[Leg]:
    """Start a leg to each device in one burst; those that ring since an adoption are kept."""
    ringing = {leg.endpoint: leg for leg in call.legs.values() if leg.person == data.person.id}
    legs: list[Leg] = []
    attempts = []
    for device in data.person.devices:
        known = ringing.get(device.endpoint)
        if known is not None and known is not call.caller and known.alive:
            legs.append(known)
            continue
        leg = Leg(
            call.new_leg_id(),
            device.endpoint,
            data.person.number,
            data.person.name,
            person=data.person.id,
        )
        call.add_leg(leg)
        legs.append(leg)
        seconds = data.seconds or data.person.ring_seconds
        attempts.append((leg, call.ari.originate(_request(call, leg, seconds))))
    for leg, attempt in attempts:
        try:
            await attempt
        except Unavailable:
            raise
        except AriError:
            # No contact is registered for the device, or it is being deleted.
            leg.apply(LegEvent.GONE)
            leg.cause = Cause.ABSENT
    return legs


async def _left(call: Call, winner: Leg) -> None:
    """One of the two hung up while the bridge was made; wait for the event that tells which.

    Returns when it was the winner; raises CallerGone when it was the caller.
    """
    deadline = call.ports.clock.monotonic() + _LATE_SECONDS
    while winner.alive:
        message = await call.next(deadline - call.ports.clock.monotonic())
        if message is None:
            await call.hang_up(winner)
        elif isinstance(message, Surrender):
            message.answer(None)


def _request(call: Call, leg: Leg, ring_seconds: int) -> Originate:
    return Originate(
        endpoint=f"PJSIP/{leg.endpoint}",
        channel_id=leg.id,
        timeout=ring_seconds + _ORPHAN_SECONDS,
        originator=call.caller.id,
        variables={
            "CONNECTEDLINE(all,i)": call.caller.identity,
            # A REFER of this phone comes to us, as one of the caller's phone does.
            "PJSIP_TRANSFER_HANDLING()": "ari-only",
        },
    )


async def _cancel(call: Call, legs: list[Leg], cause: Cause, keep: Leg | None = None) -> None:
    pending = [
        (leg, call.ari.hangup(leg.id, cause)) for leg in legs if leg.alive and leg is not keep
    ]
    for leg, request in pending:
        await request
        leg.apply(LegEvent.GONE)
