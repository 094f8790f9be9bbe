"""Calling: legs to the devices of a person and to outside numbers, that ring unbridged.

The caller hears our ringing, not what the far end says before it answers: an outside number that
is called so has to accept the call first (`confirm.py`).
"""

from collections.abc import Awaitable, Iterable, Mapping

from orchestrator.ari.client import Originate
from orchestrator.ari.errors import AriError, Unavailable
from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg, LegEvent, identity_of
from orchestrator.calls.verdict import Cause
from orchestrator.routing.decision import Attempt, DialOut
from orchestrator.routing.outside_lines import TrunkLine
from orchestrator.routing.plan import Person

AUTO_ANSWER: Mapping[str, str] = {
    "PJSIP_HEADER(add,Call-Info)": "<sip:centrale>;answer-after=0",
    "PJSIP_HEADER(add,Alert-Info)": "<http://centrale>;info=alert-autoanswer;delay=0",
}
"""Variables of a new leg. Phones that know one of these headers, and are set to heed it, answer by
themselves; all others ring."""

# Asterisk gives up on a leg this long after we would have: it matters only if we are gone.
_ORPHAN_SECONDS = 5


async def call_devices(
    call: Call, people: Iterable[Person], seconds: int, shown: str = "", *, auto: bool = False
) -> list[Leg]:
    """Start a leg to each device of `people` in one burst; those that ring since an adoption are
    kept.

    `shown` is the caller's name as the devices see it, "" the caller's own. `auto`: phones
    that can are asked to answer by themselves.
    """
    extra = AUTO_ANSWER if auto else {}
    identity = identity_of(shown or call.caller.name, call.caller.number)
    ringing = {leg.endpoint: leg for leg in call.legs.values()}
    legs: list[Leg] = []
    attempts = []
    for person, device in ((each, device) for each in people for device in each.devices):
        known = ringing.get(device.endpoint)
        if known is not None and known is not call.caller and known.alive:
            legs.append(known)
            continue
        leg = Leg(call.new_leg_id(), device.endpoint, person.number, person.name, person=person.id)
        call.add_leg(leg)
        legs.append(leg)
        request = to_device(call, leg, seconds, identity, extra)
        attempts.append((leg, call.ari.originate(request)))
    await attempted(attempts)
    return legs


async def attempted(attempts: Iterable[tuple[Leg, Awaitable[object]]]) -> None:
    """Wait for the answers to legs that were asked for; those that cannot be are gone."""
    for leg, attempt in attempts:
        try:
            await attempt
        except Unavailable:
            raise
        except AriError:
            # No contact is registered for the device, or it is being deleted.
            leg.apply(LegEvent.GONE)
            leg.cause = Cause.ABSENT


async def call_mobile(call: Call, person: Person, data: DialOut, seconds: int) -> Leg | None:
    """Start a leg to the mobile of `person` by the first trunk that takes it; None: none does.

    To the others of the call it is the person, and never the number of the mobile.
    """
    for attempt in data.attempts:
        leg = Leg(
            call.new_leg_id(),
            attempt.trunk.endpoint,
            person.number,
            person.name,
            person=person.id,
            trunk=attempt.trunk.id,
        )
        if await _call_outside(call, leg, attempt, seconds):
            return leg
    return None


async def _call_outside(call: Call, leg: Leg, attempt: Attempt, seconds: int) -> bool:
    """Start `leg` to an outside number; False when its trunk is full, down or refuses at once."""
    if not has_room(call, attempt.trunk):
        return False
    call.add_leg(leg)
    shown = attempt.caller_id or call.caller.number
    request = Originate(
        endpoint=f"PJSIP/{attempt.number}@{leg.endpoint}",
        channel_id=leg.id,
        timeout=seconds + _ORPHAN_SECONDS,
        originator=call.caller.id,
        variables={"CONNECTEDLINE(num,i)": shown} if shown else {},
    )
    try:
        await call.ari.originate(request)
    except Unavailable:
        raise
    except AriError:
        leg.apply(LegEvent.GONE)
    return leg.alive


def has_room(call: Call, trunk: TrunkLine) -> bool:
    """Whether `trunk` is up and takes one more call."""
    full = trunk.max_calls and call.registry.trunk_calls(trunk.id) >= trunk.max_calls
    return not full and call.registry.trunk_down(trunk.id) is None


def to_device(
    call: Call, leg: Leg, ring_seconds: int, identity: str, extra: Mapping[str, str]
) -> Originate:
    """The request for `leg`, which shows `identity` and has the variables `extra` besides."""
    return Originate(
        endpoint=f"PJSIP/{leg.endpoint}",
        channel_id=leg.id,
        timeout=ring_seconds + _ORPHAN_SECONDS,
        originator=call.caller.id,
        variables={
            "CONNECTEDLINE(all,i)": identity,
            # A REFER of this phone comes to us, as one of the caller's phone does.
            "PJSIP_TRANSFER_HANDLING()": "ari-only",
            **extra,
        },
    )


async def cancel(call: Call, legs: list[Leg], cause: Cause, keep: Leg | None = None) -> None:
    """End all `legs` but `keep`, in one burst."""
    pending = [
        (leg, call.ari.hangup(leg.id, cause)) for leg in legs if leg.alive and leg is not keep
    ]
    for leg, request in pending:
        await request
        leg.apply(LegEvent.GONE)
