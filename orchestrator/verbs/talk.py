"""Talk: two legs are bridged; stay until one hangs up or is transferred.

Hold needs nothing from us: Asterisk plays the music of the held party's channel by itself.
"""

from orchestrator.ari.messages import ChannelDtmfReceived, ChannelTransfer
from orchestrator.calls.call import Call, CallerGone
from orchestrator.calls.command import Command
from orchestrator.calls.leg import Leg
from orchestrator.calls.messages import Surrender
from orchestrator.calls.offer import Offer
from orchestrator.calls.verdict import Outcome, Reason, Verdict
from orchestrator.routing.decision import Resume
from orchestrator.verbs import commands, transfer
from orchestrator.verbs.conversation import conversation, talks_with
from orchestrator.verbs.mobile_keys import MobileKeys
from orchestrator.verbs.outcome import Done, StepOutcome

CALLER_HUNG_UP = Verdict(Outcome.ANSWERED, Reason.CALLER_HUNG_UP)
CALLEE_HUNG_UP = Verdict(Outcome.ANSWERED, Reason.CALLEE_HUNG_UP)
TRANSFERRED = Verdict(Outcome.ANSWERED, Reason.TRANSFERRED)

# How long what is left of a call whose other leg was taken over may wait for its end.
_RELEASE_SECONDS = 2.0


async def run(call: Call, other: Leg) -> StepOutcome:
    """Keep `call.caller` and `other` connected. A transfer may replace either of them."""
    call.registry.parked.leave(call)
    async with conversation(call, other):
        return await _stay(call, other)


async def _stay(call: Call, other: Leg) -> StepOutcome:
    keys = MobileKeys(call)
    while True:
        try:
            message = await call.next()
        except CallerGone:
            await call.hang_up(other)
            return Done(CALLER_HUNG_UP)
        if not other.alive:
            return Done(CALLEE_HUNG_UP)
        if isinstance(message, Surrender):
            if _surrender(call, other, message):
                await message.released(_RELEASE_SECONDS)
                return Done(TRANSFERRED)
        elif isinstance(message, Offer):
            message.refuse()
        elif isinstance(message, ChannelTransfer | Command):
            if isinstance(message, Command):
                moved = await commands.run(call, other, message)
            else:
                moved = await transfer.run(call, other, message)
            if isinstance(moved, Leg):
                other = moved
                await talks_with(call, other)
            elif moved is not None:
                return moved
        elif (
            isinstance(message, ChannelDtmfReceived)
            and (after := await keys.pressed(other, message)) is not None
        ):
            return after


async def resume(call: Call, data: Resume) -> StepOutcome:
    """Go on after an adoption; the other leg may have left in the very same moment."""
    call.answered()
    other = call.legs[data.leg]
    segment = call.entry.open_segment()
    if segment is not None and segment.queue and other.person:
        began = segment.answered_at or segment.started_at
        call.registry.floor.talks_on(call.tenant.id, segment.queue, other, began)
    return await run(call, other)


def _surrender(call: Call, other: Leg, request: Surrender) -> bool:
    """Give the leg that another call asks for; the executor then ends what is left of this one."""
    far = other.id if request.beside == call.caller.id else call.caller.id
    leg = call.give_leg(request.leg or far) if request.open else None
    if leg is not None:
        # At once: an event that comes before the other call has its answer must not be lost.
        call.registry.bind(leg.id, request.by)
    request.answer(leg)
    return leg is not None
