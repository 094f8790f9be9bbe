"""Offers: how a call comes for a party that waits in another one, and how that one is connected."""

from collections.abc import Iterable

from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg, LegEvent, LegState
from orchestrator.calls.offer import Offer
from orchestrator.calls.verdict import Outcome, Reason, Verdict
from orchestrator.verbs.outcome import Done

CAME = Done(Verdict(Outcome.ANSWERED, Reason.PICKED_UP))


async def come_for(call: Call, waiting: Iterable[Call]) -> bool:
    """Offer the caller to these calls, one after the other, until one takes it.

    Then the leg is that one's, and all that is left to do is to return `CAME`.
    """
    for other in waiting:
        offer = Offer(call)
        if other.mailbox.put(offer) and await offer.taken():
            call.answered()
            return True
    return False


async def accept(call: Call, offer: Offer) -> Leg | None:
    """Connect the caller with the leg that is offered; None when that one is gone already."""
    leg = offer.take(call)
    if leg is None:
        return None
    if leg.state is LegState.RINGING:
        # The phone shows whom it reached, with the answer that it gets.
        shown = call.ari.set_variable(leg.id, "CONNECTEDLINE(all,i)", call.caller.identity)
        answered = call.ari.answer(leg.id)
        await shown
        if not await answered:
            return None
        leg.apply(LegEvent.ANSWERED)
    call.end_segment(Reason.PICKED_UP)
    call.begin_segment("user", leg.person or "", leg.number)
    await call.connect(leg)
    return leg
