"""The first step of a call, whoever makes it: the door through which all calls go. Pure."""

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.routing.decision import Decision, End
from orchestrator.routing.dial_codes import called
from orchestrator.routing.dialled import UNKNOWN_NUMBER, dialled
from orchestrator.routing.facts import Facts
from orchestrator.routing.inbound import inbound

SUSPENDED = Verdict(Outcome.REFUSED, Reason.SUSPENDED, Cause.REJECTED)
TENANT_FULL = Verdict(Outcome.REFUSED, Reason.TENANT_FULL, Cause.CONGESTION)


def first_step(facts: Facts, number: str, calls: int = 0) -> Decision:
    """What a call for `number` does first; `calls` are those that the tenant has already.

    The suspension of a tenant and its limit of calls stop every call but those of its own people
    for help.
    """
    tenant = facts.tenant
    plain = called(tenant.options.codes, number).number
    emergency = facts.person is not None and plain in tenant.emergency_numbers
    if tenant.suspended and not emergency:
        facts.trace.note("tenant", tenant.name, "is suspended")
        return End(SUSPENDED)
    if tenant.max_calls and calls >= tenant.max_calls and not emergency:
        facts.trace.note("tenant", tenant.name, f"has {calls} calls, {tenant.max_calls} allowed")
        return End(TENANT_FULL)
    if facts.trunk is not None:
        return inbound(facts, facts.trunk, number)
    if facts.person is not None:
        return dialled(facts, facts.person, number)
    return End(UNKNOWN_NUMBER)
