"""Ring: all devices of a person ring together, the first that answers gets the call.

    devices ──originate──> ringing ──first answer──> bridge made ──> others cancelled ──> talk
    mobile ──────────────> ringing ──answer, key 1───^
    colleague ──picks the call up────────────────────^
                              │
                              └── time over, or all busy / declined / unreachable ──> next step

The losers are cancelled only once the bridge is made, so that a phone that answers and hangs
up at once does not take the call from the others.
"""

from orchestrator.ari.messages import ChannelStateChange
from orchestrator.calls.call import Call, Message, Surrender
from orchestrator.calls.leg import Leg
from orchestrator.calls.offer import Offer
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict, no_answer, unanswered
from orchestrator.routing.decision import End, Ring
from orchestrator.routing.dialled import unreached
from orchestrator.verbs import confirm, talk
from orchestrator.verbs.calling import call_devices, call_mobile, cancel
from orchestrator.verbs.offers import accept
from orchestrator.verbs.outcome import Done, Next, StepOutcome
from orchestrator.verbs.screening import introduced

NO_DEVICE = Verdict(Outcome.REFUSED, Reason.NO_DEVICE, Cause.ABSENT)

# An event that is on its way comes within this time.
_LATE_SECONDS = 2.0


async def run(call: Call, data: Ring) -> StepOutcome:
    """Ring `data.person`. Every leg that did not win is gone when this returns."""
    if data.screened:
        async with introduced(call) as heard:
            found = await find(call, data, heard)
    else:
        found = await find(call, data)
    if isinstance(found, Leg):
        return await talk.run(call, found)
    if data.otherwise is not None and found != talk.CALLEE_HUNG_UP:
        call.end_segment(found.reason)
        return Next(data.otherwise)
    decision = unreached(call.facts, data.person, found)
    if decision == End(found):
        return Done(found)
    call.end_segment(found.reason)
    return Next(decision)


async def find(
    call: Call, data: Ring, heard: tuple[str, ...] = (), *, auto: bool = False
) -> Leg | Verdict:
    """The leg that the caller is connected with, or why there is none; devices hear `heard` of a
    screened caller; `auto`: they are asked to answer by themselves."""
    person = data.person
    call.begin_segment("user", person.id, person.number)
    seconds = data.seconds or person.ring_seconds
    devices = legs = await call_devices(call, person, seconds, data.caller_name, auto=auto)
    prompts = {leg.id: heard for leg in devices} if heard else {}
    mobile = await call_mobile(call, person, data.mobile, seconds) if data.mobile else None
    if mobile is not None:
        prompts[mobile.id] = heard or confirm.INCOMING
        legs = [*devices, mobile]
        await call.ring_caller(mobile)
    if not legs:
        return NO_DEVICE
    questions = confirm.Questions(call, prompts)
    deadline = call.ports.clock.monotonic() + seconds
    left = False
    while True:
        winner = next((leg for leg in legs if questions.taken_by(leg)), None)
        if winner is not None:
            if await call.connect(winner):
                await cancel(call, legs, Cause.ANSWERED_ELSEWHERE, keep=winner)
                return winner
            await _left(call, winner)
            left = True
        if await questions.ask(legs):
            deadline = max(deadline, call.ports.clock.monotonic() + confirm.LEAST_SECONDS)
        if not any(leg.alive for leg in legs):
            return talk.CALLEE_HUNG_UP if left else _why(devices)
        message = await call.next(deadline - call.ports.clock.monotonic())
        if message is None:
            await cancel(call, legs, Cause.NORMAL)
            return talk.CALLEE_HUNG_UP if left else no_answer()
        if isinstance(message, ChannelStateChange) and message.channel.state == "Ringing":
            await call.ring_caller(legs[0])
        elif (picker := await _picked_up(call, message, legs)) is not None:
            return picker
        await questions.heard(message)


async def _picked_up(call: Call, message: Message, legs: list[Leg]) -> Leg | None:
    """The leg of a colleague who takes the call, once the caller is connected with it."""
    if isinstance(message, Surrender):
        message.answer(None)
    leg = await accept(call, message) if isinstance(message, Offer) else None
    if leg is not None:
        await cancel(call, legs, Cause.ANSWERED_ELSEWHERE)
    return leg


def _why(devices: list[Leg]) -> Verdict:
    """Why nobody took the call. What the mobile's network says counts for no device."""
    return unanswered([leg.cause for leg in devices]) if devices else no_answer()


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
