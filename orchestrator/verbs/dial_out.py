"""Dial out: call a number of the outside world by a trunk.

The two legs are bridged before the answer, so that the caller hears what the network says
(early media: its ringing, its announcements), and busy or failure comes back with its cause.
"""

from orchestrator.ari.client import Create
from orchestrator.ari.errors import AriError, Unavailable
from orchestrator.calls.call import Call, Surrender
from orchestrator.calls.leg import Leg, LegEvent, LegState
from orchestrator.calls.reports import emergency
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict, no_answer
from orchestrator.routing.decision import Attempt, DialOut
from orchestrator.verbs import rebound, talk
from orchestrator.verbs.outcome import Done, StepOutcome

TRUNK_FULL = Verdict(Outcome.REFUSED, Reason.TRUNK_FULL, Cause.CONGESTION)
TRUNK_DOWN = Verdict(Outcome.FAILED_UPSTREAM, Reason.TRUNK_DOWN, Cause.CONGESTION)
BUSY = Verdict(Outcome.REFUSED, Reason.BUSY, Cause.BUSY)
UNKNOWN = Verdict(Outcome.REFUSED, Reason.UNKNOWN_NUMBER, Cause.UNALLOCATED)
TRUNK_REFUSED = Verdict(Outcome.FAILED_UPSTREAM, Reason.TRUNK_REFUSED, Cause.CONGESTION)

# Longer than any network rings: RFC 3261 proxies give up after three minutes (timer C).
_ANSWER_SECONDS = 180

# How long a leg that was created may take to become ours.
_START_SECONDS = 2.0

_VERDICTS: dict[int, Verdict] = {
    Cause.BUSY: BUSY,
    Cause.NO_ANSWER: no_answer(),
    Cause.NO_RESPONSE: TRUNK_DOWN,
    Cause.UNALLOCATED: UNKNOWN,
    Cause.INVALID_NUMBER: UNKNOWN,
    Cause.NORMAL: Verdict(Outcome.REFUSED, Reason.DECLINED, Cause.BUSY),
}


async def run(call: Call, data: DialOut) -> StepOutcome:
    """Call `data.number`; emergency calls pass the trunk's limit."""
    if data.confirm:
        return await rebound.run(call, data)
    if call.entry.direction == "internal":
        call.entry.direction = "outbound"
    attempt = data.attempts[0]
    trunk = attempt.trunk
    call.begin_segment("external", trunk.id, attempt.number)
    if data.emergency:
        call.ports.post(emergency(call.entry, data.number))
    in_use = call.registry.trunk_calls(trunk.id)
    if trunk.max_calls and in_use >= trunk.max_calls and not data.emergency:
        return Done(TRUNK_FULL)
    leg = Leg(call.new_leg_id(), trunk.endpoint, attempt.number, "", trunk=trunk.id)
    if not await _dial(call, leg, attempt):
        return Done(TRUNK_DOWN)
    deadline = call.ports.clock.monotonic() + _ANSWER_SECONDS
    while leg.state is LegState.RINGING:
        message = await call.next(deadline - call.ports.clock.monotonic())
        if message is None:
            await call.hang_up(leg)
            return Done(no_answer())
        if isinstance(message, Surrender):
            message.answer(None)
    if leg.state is LegState.GONE:
        return Done(_VERDICTS.get(leg.cause, TRUNK_REFUSED))
    await call.connect(leg)
    return await talk.run(call, leg)


async def _dial(call: Call, leg: Leg, data: Attempt) -> bool:
    """Create the leg, bridge it with the caller and dial it; False when the trunk cannot."""
    call.add_leg(leg)
    await call.open_bridge()
    shown = data.caller_id or call.caller.number
    request = Create(
        endpoint=f"PJSIP/{data.number}@{leg.endpoint}",
        channel_id=leg.id,
        originator=call.caller.id,
        variables={"CONNECTEDLINE(num,i)": shown} if shown else {},
    )
    try:
        await call.ari.create(request)
        await _started(call, leg)
        joining = [each for each in (call.caller.id, leg.id) if each not in call.bridged]
        # The network is told the number above, not who is in the bridge or on whose behalf.
        joined = call.ari.add_to_bridge(call.id, *joining, tell_identity=False)
        dialled = call.ari.dial(leg.id, "", _ANSWER_SECONDS + 5)
        if await joined:
            call.bridged.update(joining)
        return await dialled
    except Unavailable:
        raise
    except AriError:
        leg.apply(LegEvent.GONE)
        return False


async def _started(call: Call, leg: Leg) -> None:
    """Wait until the new leg is ours: Asterisk creates it first, and takes requests for it only
    from its StasisStart on (409 before that)."""
    deadline = call.ports.clock.monotonic() + _START_SECONDS
    while leg.alive and not leg.ours:
        message = await call.next(deadline - call.ports.clock.monotonic())
        if message is None:
            return
        if isinstance(message, Surrender):
            message.answer(None)
