"""Commands: what somebody asks of a conversation over the API, on behalf of one of its parties.

    hang-up       both parties go
    send to       blind transfer of the other party; a number that leads nowhere is refused
    join with     attended transfer: the far end of another call comes in the party's place
    record        by the party's setting: `off` allows nothing, `on_demand` everything, and whoever
                  is recorded anyhow may pause and resume
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
    Record,
    SendTo,
)
from orchestrator.calls.leg import Leg
from orchestrator.calls.schemas import RecordAction, RecordingState
from orchestrator.calls.verdict import Outcome, Reason, Verdict
from orchestrator.people.rules import RecordCalls
from orchestrator.verbs import transfer
from orchestrator.verbs.outcome import Done, StepOutcome

NO_RECORDING = "The calls of this person may not be recorded so."
RECORDS = "The call is in this state already."
FAILED = "The recording could not be started."
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
            if own.held:
                await _hold(call, own, far, on=False)
            return await transfer.blind(call, own, far, number, _teller(command, LEADS_NOWHERE))
        case JoinWith(leg):
            if own.held:
                await _hold(call, own, far, on=False)
            return await transfer.attended(call, own, far, leg, _teller(command, OTHER_GONE))
        case Hold(on):
            await _hold(call, own, far, on=on)
        case Mute(on):
            await _mute(call, own, on=on)
        case Record(action):
            command.refuse(await _record(call, own, action))
    command.done()
    return None


def _teller(command: Command, declined: str) -> transfer.Tell:
    async def tell(state: str) -> None:
        command.refuse(None if state == transfer.DONE else declined)

    return tell


async def _hold(call: Call, own: Leg, far: Leg, *, on: bool) -> None:
    """What a phone's own hold does, from our side. It is ended also when we do not know of it:
    an adopted call may be held.

    The music is started itself, not by signalling hold: Asterisk takes a signalled hold back
    when the bridge changes how it carries sound (a mute does that, and a listener), and which
    of the two comes first is chance.
    """
    if on and own.held:
        return
    own.hold(on)
    if on:
        muted = call.ari.mute(own.id)
        music = call.ari.moh_start(far.id, call.music)
        await muted
        await music
        return
    # A phone's hold that an adopted call forgot is a signalled one: both are ended.
    ended = [call.ari.moh_stop(far.id), call.ari.unhold(far.id), call.ari.unmute(own.id)]
    for request in ended:
        await request
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


_FROM = {
    RecordAction.START: {RecordingState.OFF},
    RecordAction.STOP: {RecordingState.ON, RecordingState.PAUSED},
    RecordAction.PAUSE: {RecordingState.ON},
    RecordAction.RESUME: {RecordingState.PAUSED},
}


async def _record(call: Call, own: Leg, action: RecordAction) -> str | None:
    """Why `action` was not carried out; None: it was."""
    person = call.tenant.people.get(own.person or "")
    setting = person.record_calls if person else RecordCalls.OFF
    kept = action in {RecordAction.PAUSE, RecordAction.RESUME} and setting is not RecordCalls.OFF
    if not kept and setting is not RecordCalls.ON_DEMAND:
        return NO_RECORDING
    if call.recorder.state not in _FROM[action]:
        return RECORDS
    if action in {RecordAction.START, RecordAction.RESUME}:
        return None if await call.recorder.start() else FAILED
    await call.recorder.stop(paused=action is RecordAction.PAUSE)
    return None
