"""The first step of a call, whoever makes it: the door through which all calls go. Pure."""

from dataclasses import replace

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.routing.decision import Decision, DialOut, End
from orchestrator.routing.dialled import dialled
from orchestrator.routing.facts import NO_TRACE, Facts
from orchestrator.routing.hot_desks import from_unused
from orchestrator.routing.inbound import inbound
from orchestrator.routing.outside import UNKNOWN_NUMBER

SUSPENDED = Verdict(Outcome.REFUSED, Reason.SUSPENDED, Cause.REJECTED)
TENANT_FULL = Verdict(Outcome.REFUSED, Reason.TENANT_FULL, Cause.CONGESTION)


def first_step(facts: Facts, number: str, calls: int = 0) -> Decision:
    """What a call for `number` does first; `calls` are those that the tenant has already.

    The suspension of a tenant and its limit of calls stop every call but those of its own people
    for help.
    """
    tenant = facts.tenant
    if tenant.suspended and not _calls_for_help(facts, number):
        facts.trace.note("tenant", tenant.name, "is suspended")
        return End(SUSPENDED)
    if tenant.max_calls and calls >= tenant.max_calls and not _calls_for_help(facts, number):
        facts.trace.note("tenant", tenant.name, f"has {calls} calls, {tenant.max_calls} allowed")
        return End(TENANT_FULL)
    if facts.trunk is not None:
        return inbound(facts, facts.trunk, number)
    if facts.person is not None:
        return dialled(facts, facts.person, number)
    if facts.hot_desk is not None:
        return from_unused(facts, facts.hot_desk, number)
    return End(UNKNOWN_NUMBER)


def _calls_for_help(facts: Facts, number: str) -> bool:
    """Whether it is an emergency call, also by a prefix of habit (`0112`)."""
    if facts.trunk is not None:
        return False
    quiet = replace(facts, trace=NO_TRACE)
    if facts.person is not None:
        decision = dialled(quiet, facts.person, number)
    elif facts.hot_desk is not None:
        decision = from_unused(quiet, facts.hot_desk, number)
    else:
        return False
    return isinstance(decision, DialOut) and decision.emergency
