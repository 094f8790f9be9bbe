"""One attempt to reach an outside number by one trunk: the leg, the wait, and what came of it."""

from orchestrator.ari.client import Create
from orchestrator.ari.errors import AriError, Invalid, Unavailable
from orchestrator.ari.messages import ChannelDestroyed, ChannelStateChange
from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg, LegEvent, LegState
from orchestrator.calls.messages import Surrender
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict, no_answer
from orchestrator.routing.decision import Attempt, DialOut

TRUNK_DOWN = Verdict(Outcome.FAILED_UPSTREAM, Reason.TRUNK_DOWN, Cause.CONGESTION)
TRUNK_REFUSED = Verdict(Outcome.FAILED_UPSTREAM, Reason.TRUNK_REFUSED, Cause.CONGESTION)
BUSY = Verdict(Outcome.REFUSED, Reason.BUSY, Cause.BUSY)
DECLINED = Verdict(Outcome.REFUSED, Reason.DECLINED, Cause.BUSY)
UNKNOWN = Verdict(Outcome.REFUSED, Reason.UNKNOWN_NUMBER, Cause.UNALLOCATED)

# Longer than any network rings: RFC 3261 proxies give up after three minutes (timer C).
_ANSWER_SECONDS = 180

# How long a leg that was created may take to become ours.
_START_SECONDS = 2.0

# A provider that lives says 100 Trying at once; in this time the INVITE was sent four times.
_SILENT_SECONDS = 5.0
_GLANCE_SECONDS = 0.5

# Q.850 has one cause for a person who declines (603) and a provider that does not want the call
# (403), so the SIP status is looked at first.
_BY_STATUS: dict[int, Verdict] = {
    408: TRUNK_DOWN,
    480: no_answer(),
    486: BUSY,
    600: BUSY,
    603: DECLINED,
    607: DECLINED,
    608: DECLINED,
    **dict.fromkeys((404, 410, 484, 485, 604), UNKNOWN),
}
_BY_CAUSE: dict[int, Verdict] = {
    Cause.BUSY: BUSY,
    Cause.NO_ANSWER: no_answer(),
    Cause.NO_RESPONSE: TRUNK_DOWN,
    Cause.UNALLOCATED: UNKNOWN,
    Cause.INVALID_NUMBER: UNKNOWN,
    Cause.NORMAL: DECLINED,
}


async def reach(call: Call, attempt: Attempt, data: DialOut, *, alone: bool) -> Leg | Verdict:
    """Call by one trunk: the leg that was answered, or why there is none.

    `alone`: no other way is left, so the caller hears what the network says.
    """
    trunk = attempt.trunk
    leg = Leg(call.new_leg_id(), trunk.endpoint, attempt.number, "", trunk=trunk.id)
    name = await _dial(call, leg, attempt, data, alone=alone)
    if not name:
        return TRUNK_DOWN
    status = 0
    started = call.ports.clock.monotonic()
    deadline = started + (data.seconds or _ANSWER_SECONDS)
    glance = None if alone else _Glance(call, leg, name)
    while leg.state is LegState.RINGING:
        remaining = deadline - call.ports.clock.monotonic()
        message = await call.next(remaining if glance is None else glance.within(remaining))
        if message is None and call.ports.clock.monotonic() >= deadline:
            await call.hang_up(leg)
            return no_answer()
        if isinstance(message, ChannelDestroyed) and message.channel.id == leg.id:
            status = message.tech_cause
        elif isinstance(message, Surrender):
            message.answer(None)
        elif glance is not None and not await glance.alive(message):
            await call.hang_up(leg)
            return TRUNK_DOWN
    if leg.state is LegState.UP:
        return leg
    return _BY_STATUS.get(status) or _BY_CAUSE.get(leg.cause, TRUNK_REFUSED)


async def drop_adopted(call: Call) -> None:
    """End what was being dialled before a restart: the way out begins again, and nobody rings
    twice."""
    for leg in list(call.legs.values()):
        if leg.trunk and leg is not call.caller and leg.state is LegState.RINGING:
            await call.hang_up(leg)


class _Glance:
    """Looks after an attempt that has another one behind it.

    Asterisk tells us of 180 alone. What else the provider said (100, 183) is asked for now and
    then: a provider that says nothing at all is given up, and to the caller 183 is ringing.
    """

    def __init__(self, call: Call, leg: Leg, name: str) -> None:
        self._call = call
        self._leg = leg
        self._said = f"HANGUPCAUSE({name},tech)"
        self._begun = call.ports.clock.monotonic()
        self._rings = False

    def within(self, remaining: float) -> float:
        return remaining if self._rings else min(remaining, _GLANCE_SECONDS)

    async def alive(self, message: object) -> bool:
        """Take a message, None after a pause; False when the provider was silent for too long."""
        if _says_ringing(message, self._leg):
            await self._ring()
        if message is not None or self._rings:
            return True
        said = await self._status()
        if said.startswith("SIP 18"):
            await self._ring()
        return bool(said) or self._call.ports.clock.monotonic() - self._begun < _SILENT_SECONDS

    async def _status(self) -> str:
        """The last answer of the provider, `SIP 183 Session Progress`; "" when there is none."""
        try:
            return await self._call.ari.get_variable(self._leg.id, self._said) or ""
        except Invalid:
            # So says Asterisk as long as no answer came.
            return ""

    async def _ring(self) -> None:
        self._rings = True
        await self._call.ring_caller()


def _says_ringing(message: object, leg: Leg) -> bool:
    return (
        isinstance(message, ChannelStateChange)
        and message.channel.id == leg.id
        and message.channel.state == "Ringing"
    )


async def _dial(call: Call, leg: Leg, attempt: Attempt, data: DialOut, *, alone: bool) -> str:
    """Create the leg and dial it, bridged with the caller when `alone`.

    The channel's name; "" when the trunk cannot.
    """
    call.add_leg(leg)
    if alone:
        await call.open_bridge()
    request = Create(
        endpoint=_address(attempt, emergency=data.emergency),
        channel_id=leg.id,
        originator=call.caller.id,
        variables=_identity(call, attempt, data),
    )
    try:
        made = await call.ari.create(request)
        await _started(call, leg)
        joining = [each for each in (call.caller.id, leg.id) if alone and each not in call.bridged]
        # The network is told our number, not who is in the bridge or on whose behalf.
        joined = call.ari.add_to_bridge(call.id, *joining, tell_identity=False) if alone else None
        dialled = call.ari.dial(leg.id, "", _ANSWER_SECONDS + 5)
        if joined is not None and await joined:
            call.bridged.update(joining)
        return made.name if await dialled else ""
    except Unavailable:
        raise
    except AriError:
        leg.apply(LegEvent.GONE)
        return ""


def _address(attempt: Attempt, *, emergency: bool) -> str:
    """Whom Asterisk calls: the contact of the trunk, which it refuses to while the provider does
    not answer OPTIONS. A call for help is tried all the same, at the provider's own address."""
    trunk = attempt.trunk
    if emergency and trunk.server:
        return f"PJSIP/{trunk.endpoint}/sip:{attempt.number}@{trunk.server}"
    return f"PJSIP/{attempt.number}@{trunk.endpoint}"


def _identity(call: Call, attempt: Attempt, data: DialOut) -> dict[str, str]:
    """Which number the network is told, and whether it may show it (RFC 3323, RFC 3325)."""
    shown = attempt.caller_id or call.caller.number
    told = {"CONNECTEDLINE(num,i)": shown} if shown else {}
    if data.withheld and not data.emergency:
        told["CONNECTEDLINE(num-pres,i)"] = "prohib"
        told["CONNECTEDLINE(name-pres,i)"] = "prohib"
    return told


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
