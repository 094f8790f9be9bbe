"""Consult: a person on a mobile asks a third one, while the other party hears music.

    third one ──answers──> mobile and third one talk ──*84, mobile hangs up──> held and third one
        │                        │        └──*85──> all three
        └── does not ────────────┴── third one hangs up ──> mobile and held again

In here the mobile is the call's caller.
"""

from orchestrator.ari.messages import ChannelDtmfReceived
from orchestrator.calls.call import Call, CallerGone
from orchestrator.calls.leg import Leg
from orchestrator.calls.messages import Surrender
from orchestrator.calls.verdict import Reason
from orchestrator.options.rules import Code
from orchestrator.routing.decision import Consult, DialOut, Ring
from orchestrator.verbs import provider, ring, talk
from orchestrator.verbs.mobile_keys import take_back
from orchestrator.verbs.outcome import Done, StepOutcome
from orchestrator.verbs.typed_codes import TypedCodes


async def run(call: Call, data: Consult) -> StepOutcome:
    mobile, held = call.caller, call.legs[data.held]
    third = await _reach(call, data.reach)
    if third is None:
        return await _again(call, mobile, held)
    keys = TypedCodes((Code.MOBILE_COMPLETE, Code.MOBILE_CONFERENCE))
    while held.alive:
        try:
            message = await call.next()
        except CallerGone:
            # Who hangs up has told the third one: nobody is left in the music.
            return await _connect(call, held, third)
        if not third.alive:
            call.end_segment(Reason.CALLEE_HUNG_UP)
            return await _again(call, mobile, held)
        if isinstance(message, Surrender):
            message.answer(None)
        elif isinstance(message, ChannelDtmfReceived) and message.channel.id == mobile.id:
            found = keys.press(call.tenant.options.codes, message.digit)
            if found is not None and found[0] is Code.MOBILE_COMPLETE:
                await call.hang_up(mobile)
                return await _connect(call, held, third)
            if found is not None:
                return await _conference(call, mobile, held, third)
    return await talk.run(call, third)


async def _reach(call: Call, data: Ring | DialOut) -> Leg | None:
    """The third one, connected with the mobile; None when nobody answered."""
    if isinstance(data, Ring):
        found = await ring.find(call, data)
    else:
        attempt = data.attempts[0]
        call.begin_segment("external", attempt.trunk.id, attempt.number)
        found = await provider.reach(call, attempt, data, alone=True)
        if isinstance(found, Leg) and not await call.connect(found):
            await call.hang_up(found)
            call.end_segment(Reason.CALLEE_HUNG_UP)
            return None
    if isinstance(found, Leg):
        return found
    call.end_segment(found.reason)
    return None


async def _again(call: Call, mobile: Leg, held: Leg) -> StepOutcome:
    """The mobile talks with the party that was held."""
    if not held.alive:
        await call.hang_up(mobile)
        return Done(talk.CALLER_HUNG_UP)
    call.caller = held
    call.begin_segment("user", mobile.person or "", mobile.number)
    call.answered()
    await take_back(call, held)
    return await talk.run(call, mobile)


async def _connect(call: Call, held: Leg, third: Leg) -> StepOutcome:
    """The mobile is gone: the held party talks with the third one."""
    if not third.alive:
        return Done(talk.CALLEE_HUNG_UP)
    call.caller = held
    await take_back(call, held)
    return await talk.run(call, third)


async def _conference(call: Call, mobile: Leg, held: Leg, third: Leg) -> StepOutcome:
    """All three are in the bridge, until the first of them leaves."""
    await take_back(call, held)
    while held.alive and third.alive:
        try:
            message = await call.next()
        except CallerGone:
            call.caller = held
            return await talk.run(call, third)
        if isinstance(message, Surrender):
            message.answer(None)
    if third.alive:
        return await talk.run(call, third)
    call.caller = held
    return await talk.run(call, mobile)
