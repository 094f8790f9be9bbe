"""Places: taking one for a call that is parked."""

from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.parking.rules import may_park
from orchestrator.routing.decision import Park

FULL = Verdict(Outcome.REFUSED, Reason.BUSY, Cause.BUSY)
NOT_ALLOWED = Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED)


def reserve(call: Call, data: Park) -> Verdict | None:
    """Take the place for the caller, who then has it; else say why that cannot be."""
    parked, tenant = call.registry.parked, call.tenant
    person = tenant.people.get(data.by or "")
    if data.by is not None and (person is None or not may_park(person, data.parking)):
        return NOT_ALLOWED
    most = tenant.options.parking.max_calls
    if most and len(parked.of(tenant.id)) >= most:
        return FULL
    if data.parking is not None and parked.at(tenant.id, data.place):
        return FULL
    parked.put(call, data, call.now)
    return None
