"""Answering: legs ring for a call, and the first that takes it gets it.

The losers are cancelled only once the bridge is made, so that a phone that answers and hangs
up at once does not take the call from the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.ari.messages import ChannelStateChange
from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg
from orchestrator.calls.messages import Message, Surrender
from orchestrator.calls.offer import Offer
from orchestrator.calls.verdict import Cause, Verdict, no_answer, unanswered
from orchestrator.verbs import confirm, talk
from orchestrator.verbs.calling import cancel
from orchestrator.verbs.offers import accept

# An event that is on its way comes within this time.
_LATE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Rung:
    """What rings. `devices` say why nobody came, the `mobiles` besides do not: what a network says
    counts for no device. `prompts` are what a leg (id) hears that has to accept the call. `shown`
    is whom the caller is shown meanwhile."""

    devices: list[Leg]
    shown: Leg
    mobiles: list[Leg] = field(default_factory=list)
    prompts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def legs(self) -> list[Leg]:
        return [*self.devices, *self.mobiles]


async def first_to_answer(call: Call, rung: Rung, seconds: float) -> Leg | Verdict:
    """The leg that the caller is connected with, or why there is none within `seconds`.

    Every leg that did not win is gone when this returns.
    """
    legs = rung.legs
    questions = confirm.Questions(call, rung.prompts)
    deadline = call.ports.clock.monotonic() + seconds
    left = False
    while True:
        winner = next((leg for leg in legs if questions.taken_by(leg)), None)
        if winner is not None:
            if await call.connect(winner):
                await cancel(call, legs, Cause.ANSWERED_ELSEWHERE, keep=winner)
                return winner
            await hung_up(call, winner)
            left = True
        if await questions.ask(legs):
            deadline = max(deadline, call.ports.clock.monotonic() + confirm.LEAST_SECONDS)
        if not any(leg.alive for leg in legs):
            return talk.CALLEE_HUNG_UP if left else _why(rung)
        message = await call.next(deadline - call.ports.clock.monotonic())
        if message is None:
            await cancel(call, legs, Cause.NORMAL)
            return talk.CALLEE_HUNG_UP if left else no_answer()
        if isinstance(message, ChannelStateChange) and message.channel.state == "Ringing":
            await call.ring_caller(rung.shown)
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


def _why(rung: Rung) -> Verdict:
    """Why nobody took the call."""
    return unanswered([leg.cause for leg in rung.devices]) if rung.devices else no_answer()


async def hung_up(call: Call, winner: Leg) -> None:
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
