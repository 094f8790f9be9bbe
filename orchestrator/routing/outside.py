"""Calls to the outside world: emergency calls, which pass every restriction, and all others. Pure.

rule that takes the number ──> blocked? may this person? office hours? country? ──> its routes
"""

from dataclasses import replace

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.hours.rules import HoursState, state_at
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import Attempt, Decision, DialOut, End
from orchestrator.routing.facts import Facts
from orchestrator.routing.outbound import (
    attempts,
    caller_id_of,
    emergency_behind,
    forbidden_country,
    outbound,
)
from orchestrator.routing.outside_lines import OutboundRuleLine, TrunkLine
from orchestrator.routing.plan import Person, TenantPlan
from orchestrator.types import Destination, DestinationKind

UNKNOWN_NUMBER = Verdict(Outcome.REFUSED, Reason.UNKNOWN_NUMBER, Cause.UNALLOCATED)
NO_RULE = Verdict(Outcome.REFUSED, Reason.NO_OUTBOUND_RULE, Cause.UNALLOCATED)
NOT_ALLOWED = Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED)
OUTSIDE_HOURS = Verdict(Outcome.REFUSED, Reason.OUTSIDE_HOURS, Cause.REJECTED)
PIN_REQUIRED = Verdict(Outcome.REFUSED, Reason.PIN_REQUIRED, Cause.REJECTED)
BLOCKED_COUNTRY = Verdict(Outcome.REFUSED, Reason.BLOCKED_COUNTRY, Cause.REJECTED)
NO_TRUNK = Verdict(Outcome.FAILED_UPSTREAM, Reason.TRUNK_DOWN, Cause.CONGESTION)

SPOKEN_UNKNOWN = (Phrase.INVALID_EXTENSION,)
SPOKEN_REFUSED = (Phrase.CANNOT_COMPLETE,)
SPOKEN_PIN_REQUIRED = (Phrase.TO_CALL_THIS, Phrase.PRESS_CODE)


def outside(facts: Facts, person: Person, number: str) -> Decision:
    """The call of `person` to a number of the outside world."""
    rule = outbound(facts.tenant.outbound_rules, person, number)
    if rule is None:
        if _looks_internal(facts.tenant, number):
            return End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)
        return End(NO_RULE, SPOKEN_REFUSED)
    facts.trace.note("outbound rule", rule.name, f"takes {number}")
    if (meant := emergency_behind(facts, rule, number)) is not None:
        return emergency(facts, meant)
    refusal = _refusal(facts, person, rule)
    return End(refusal, SPOKEN_REFUSED) if refusal else _leave(facts, rule, number)


def _refusal(facts: Facts, person: Person, rule: OutboundRuleLine) -> Verdict | None:
    """Why `person` may not make calls by `rule` now."""
    if rule.blocked or not person.may_call_out:
        facts.trace.note("calls out", person.number, "may not be made")
        return NOT_ALLOWED
    if person.calls_out_in_hours_only or facts.tenant.options.outbound.in_hours_only:
        found = state_at(person.hours, facts.now)
        facts.trace.note("hours", person.number, f"{found.state}: {found.why}")
        if found.state is not HoursState.OPEN:
            return OUTSIDE_HOURS
    return None


def _leave(facts: Facts, rule: OutboundRuleLine, number: str) -> Decision:
    country = forbidden_country(facts, rule, number)
    if country is not None:
        facts.trace.note("countries", country, "may not be called")
        return End(BLOCKED_COUNTRY, SPOKEN_REFUSED)
    ways = attempts(facts, rule, number)
    return DialOut(number, ways, rule.id) if ways else End(NO_TRUNK, SPOKEN_REFUSED)


def on_behalf_of_tenant(facts: Facts, destination: Destination) -> Decision:
    """An outside number that is a destination: whose it is was checked when it was configured."""
    number = destination.ref
    facts = replace(facts, person=None)
    rule = outbound(facts.tenant.outbound_rules, None, number)
    if rule is None or rule.blocked:
        return End(NO_RULE, SPOKEN_REFUSED)
    decision = _leave(facts, rule, number)
    if isinstance(decision, DialOut) and destination.kind is DestinationKind.REBOUND:
        return replace(decision, confirm=True)
    return decision


def emergency(facts: Facts, number: str) -> Decision:
    """By its own trunk, then those of the rule that would take the number, then all others."""
    tenant = facts.tenant
    rule = outbound(tenant.outbound_rules, facts.person, number)
    routes = rule.routes if rule is not None else ()
    wanted = [tenant.emergency_numbers[number] or "", *(route.trunk for route in routes)]
    order = dict.fromkeys([*(t for t in wanted if t in tenant.trunks), *tenant.trunks])
    usable = [tenant.trunks[t] for t in order if tenant.trunks[t].outbound]
    facts.trace.note("emergency number", number, "passes every restriction")
    if not usable:
        return End(NO_TRUNK, SPOKEN_REFUSED)
    ways = tuple(_as_it_is(facts, trunk, number) for trunk in usable)
    return DialOut(number, ways, rule.id if rule else "", emergency=True)


def _as_it_is(facts: Facts, trunk: TrunkLine, number: str) -> Attempt:
    """Emergency numbers are dialled as they are, whatever a route or trunk makes of others."""
    return Attempt(trunk, number, caller_id_of(facts, trunk))


def _looks_internal(tenant: TenantPlan, number: str) -> bool:
    """As long as the tenant's own numbers: then it is a mistyped extension, not a rule missing."""
    return any(len(number) == len(own) for own in tenant.extensions)
