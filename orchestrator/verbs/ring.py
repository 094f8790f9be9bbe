"""Ring: all devices of a person ring together, the first that answers gets the call.

    devices ──originate──> ringing ──first answer──> bridge made ──> others cancelled ──> talk
    mobile ──────────────> ringing ──answer, key 1───^
    colleague ──picks the call up────────────────────^
                              │
                              └── time over, or all busy / declined / unreachable ──> next step

`verbs/answering.py` waits for them.
"""

from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.routing.decision import End, Ring
from orchestrator.routing.dialled import unreached
from orchestrator.verbs import confirm, talk
from orchestrator.verbs.answering import Rung, first_to_answer
from orchestrator.verbs.calling import call_devices, call_mobile
from orchestrator.verbs.outcome import Done, Next, StepOutcome
from orchestrator.verbs.screening import introduced

NO_DEVICE = Verdict(Outcome.REFUSED, Reason.NO_DEVICE, Cause.ABSENT)


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
    devices = await call_devices(call, [person], seconds, data.caller_name, auto=auto)
    prompts = {leg.id: heard for leg in devices} if heard else {}
    mobile = await call_mobile(call, person, data.mobile, seconds) if data.mobile else None
    if mobile is not None:
        prompts[mobile.id] = heard or confirm.INCOMING
        await call.ring_caller(mobile)
    legs = [*devices, mobile] if mobile else devices
    if not legs:
        return NO_DEVICE
    rung = Rung(devices, legs[0], [mobile] if mobile else [], prompts)
    return await first_to_answer(call, rung, seconds)
