"""Commands: what somebody asks of a conversation over the API, on behalf of one of its parties.

    hang-up       both parties go
    send to       blind transfer of the other party; a number that leads nowhere is refused
    join with     attended transfer: the far end of another call comes in the party's place
    hold, resume  the other party hears music, the one that holds hears and says nothing
    mute          nobody hears the party

A phone that holds by itself does not pass here; Asterisk sees to that.
"""

from orchestrator.calls.call import Call
from orchestrator.calls.command import (
    LEADS_NOWHERE,
    Command,
    HangUp,
    Hold,
    JoinWith,
    Mute,
    SendTo,
)
from orchestrator.calls.leg import Leg
from orchestrator.calls.verdict import Outcome, Reason, Verdict
from orchestrator.verbs import transfer
from orchestrator.verbs.outcome import Done, StepOutcome

NOT_A_PARTY = "The person is no longer in the call."
OTHER_GONE = "The other call has ended, or has nobody to connect."

CALLER_ENDED = Verdict(Outcome.ANSWERED, Reason.CALLER_HUNG_UP)
CALLEE_ENDED = Verdict(Outcome.ANSWERED, Reason.CALLEE_HUNG_UP)


async def run(call: Call, other: Leg, command: Command) -> StepOutcome | Leg | None:
    """Carry `command` out and answer it.

    Returns as `transfer.run` does: the outcome that continues or ends the call, the leg that is
    now the other party, or None when the two go on talking.
    """
    own = next((leg for leg in (call.caller, other) if leg.person == command.person), None)
    if not command.open or own is None:
        command.refuse(NOT_A_PARTY)
        return None
    far = other if own is call.caller else call.caller
    match command.order:
        case HangUp():
            command.done()
            return Done(CALLER_ENDED if own is call.caller else CALLEE_ENDED)
        case SendTo(number):
            await _hold(call, own, far, on=False)
            return await transfer.blind(call, own, far, number, _teller(command, LEADS_NOWHERE))
        case JoinWith(leg):
            await _hold(call, own, far, on=False)
            return await transfer.attended(call, own, far, leg, _teller(command, OTHER_GONE))
        case Hold(on):
            await _hold(call, own, far, on=on)
        case Mute(on):
            await _mute(call, own, on=on)
    command.done()
    return None


def _teller(command: Command, declined: str) -> transfer.Tell:
    async def tell(state: str) -> None:
        command.refuse(None if state == transfer.DONE else declined)

    return tell


async def _hold(call: Call, own: Leg, far: Leg, *, on: bool) -> None:
    """What a phone's own hold does, from our side; nothing when it is so already."""
    if own.held is on:
        return
    own.hold(on)
    if on:
        music = call.ari.hold(far.id)
        await call.ari.mute(own.id)
        await music
        return
    music = call.ari.unhold(far.id)
    await call.ari.unmute(own.id)
    await music
    if own.muted:
        await call.ari.mute(own.id, "in")


async def _mute(call: Call, own: Leg, *, on: bool) -> None:
    """Who holds is muted anyhow; then it counts from the end of the hold."""
    own.muted = on
    if own.held:
        return
    if on:
        await call.ari.mute(own.id, "in")
    else:
        await call.ari.unmute(own.id, "in")
