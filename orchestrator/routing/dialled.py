"""Where a number goes that a person of the tenant dialled, and where a destination leads. Pure."""

import re
from dataclasses import replace

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict, no_answer
from orchestrator.forwarding.rules import (
    Asking,
    Choice,
    Status,
    When,
    after_ringing,
    before_ringing,
)
from orchestrator.routing.decision import (
    Attempt,
    Decision,
    DialOut,
    End,
    Forward,
    Park,
    Ring,
    Unpark,
)
from orchestrator.routing.facts import Facts
from orchestrator.routing.outbound import attempts, outbound
from orchestrator.routing.plan import Person, TenantPlan, TrunkLine
from orchestrator.types import Destination, DestinationKind

UNKNOWN_NUMBER = Verdict(Outcome.REFUSED, Reason.UNKNOWN_NUMBER, Cause.UNALLOCATED)
NO_RULE = Verdict(Outcome.REFUSED, Reason.NO_OUTBOUND_RULE, Cause.UNALLOCATED)
NOT_ALLOWED = Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED)
NO_TRUNK = Verdict(Outcome.FAILED_UPSTREAM, Reason.TRUNK_DOWN, Cause.CONGESTION)
BUSY = Verdict(Outcome.REFUSED, Reason.BUSY, Cause.BUSY)
LOOP = Verdict(Outcome.FAILED_US, Reason.LOOP, Cause.OUT_OF_ORDER)
AWAY = Verdict(Outcome.REFUSED, Reason.AWAY, Cause.NO_ANSWER)
DO_NOT_DISTURB = Verdict(Outcome.REFUSED, Reason.DO_NOT_DISTURB, Cause.BUSY)
ENDED = Verdict(Outcome.ANSWERED, Reason.ENDED)

MOST_HOPS = 10
"""Forwards in one decision: beyond this they go in a circle."""

# What a phone can dial. Anything else (a Refer-To may hold any text) must not reach a dial
# string of Asterisk, where `@` and `/` have a meaning.
_DIALABLE = re.compile(r"[+*#0-9A-Za-z]{1,64}")

_SILENT = {Status.DO_NOT_DISTURB: DO_NOT_DISTURB}
_WHEN = {
    Reason.NO_ANSWER: When.NO_ANSWER,
    Reason.BUSY: When.BUSY,
    Reason.DECLINED: When.BUSY,
    Reason.NOT_REGISTERED: When.NOT_REGISTERED,
    Reason.NO_DEVICE: When.NOT_REGISTERED,
}

_SPOKEN_UNKNOWN = ("pbx-invalid",)
_SPOKEN_REFUSED = ("cannot-complete-as-dialed",)


def dialled(facts: Facts, person: Person, number: str) -> Decision:
    """The first step after `person` dialled `number`.

    Emergency numbers come first and pass every restriction. Then the tenant's own numbers;
    what is left is a number of the outside world and needs a rule and the right to call out.
    """
    facts = replace(facts, person=person)
    if not _DIALABLE.fullmatch(number):
        return End(UNKNOWN_NUMBER, _SPOKEN_UNKNOWN)
    if number in facts.tenant.emergency_numbers:
        return _emergency(facts, number)
    destination = facts.tenant.extensions.get(number)
    if destination is not None:
        facts.trace.note("extension", number, f"belongs to {destination.kind}")
        if destination.kind is DestinationKind.PARKING:
            return Unpark(number, parking=facts.tenant.parking[destination.ref])
        return follow(facts, destination)
    return _outside(facts, person, number)


def _outside(facts: Facts, person: Person, number: str) -> Decision:
    rule = outbound(facts.tenant.outbound_rules, person, number)
    if rule is None:
        if _looks_internal(facts.tenant, number):
            return End(UNKNOWN_NUMBER, _SPOKEN_UNKNOWN)
        return End(NO_RULE, _SPOKEN_REFUSED)
    facts.trace.note("outbound rule", rule.name, f"takes {number}")
    if rule.blocked or not person.may_call_out:
        return End(NOT_ALLOWED, _SPOKEN_REFUSED)
    ways = attempts(facts, rule, number)
    return DialOut(number, ways, rule.id) if ways else End(NO_TRUNK, _SPOKEN_REFUSED)


def _emergency(facts: Facts, number: str) -> Decision:
    """By its own trunk, then those of the rule that would take the number, then all others."""
    tenant = facts.tenant
    rule = outbound(tenant.outbound_rules, facts.person, number)
    routes = rule.routes if rule is not None else ()
    wanted = [tenant.emergency_numbers[number] or "", *(route.trunk for route in routes)]
    order = dict.fromkeys([*(t for t in wanted if t in tenant.trunks), *tenant.trunks])
    usable = [tenant.trunks[t] for t in order if tenant.trunks[t].outbound]
    if not usable:
        return End(NO_TRUNK, _SPOKEN_REFUSED)
    ways = tuple(Attempt(trunk, number, _own_caller_id(facts, trunk)) for trunk in usable)
    return DialOut(number, ways, rule.id if rule else "", emergency=True)


def _own_caller_id(facts: Facts, trunk: TrunkLine) -> str | None:
    return (facts.person.outbound_caller_id if facts.person else None) or trunk.caller_id


def follow(facts: Facts, destination: Destination) -> Decision:
    """The step that leads to `destination`; a destination that is gone is an unknown number."""
    if facts.hops > MOST_HOPS:
        return End(LOOP)
    facts = replace(facts, hops=facts.hops + 1)
    match destination.kind:
        case DestinationKind.USER:
            person = facts.tenant.people.get(destination.ref)
            return reach(facts, person) if person else End(UNKNOWN_NUMBER, _SPOKEN_UNKNOWN)
        case DestinationKind.EXTENSION:
            owner = facts.tenant.extensions.get(destination.ref)
            return follow(facts, owner) if owner else End(UNKNOWN_NUMBER, _SPOKEN_UNKNOWN)
        case DestinationKind.EXTERNAL | DestinationKind.REBOUND:
            return _on_behalf_of_tenant(facts, destination)
        case DestinationKind.MOBILE:
            person = facts.tenant.people.get(destination.ref)
            return _mobile(facts, person) if person else End(UNKNOWN_NUMBER)
        case DestinationKind.PARKING:
            place = facts.tenant.parking.get(destination.ref)
            return Park(place.number, place) if place else End(UNKNOWN_NUMBER, _SPOKEN_UNKNOWN)
        case DestinationKind.BUSY:
            return End(BUSY)
        case DestinationKind.END_CALL:
            return End(ENDED)
        case _:
            return End(UNKNOWN_NUMBER, _SPOKEN_UNKNOWN)


def reach(facts: Facts, person: Person) -> Decision:
    """What a call for `person` does first: ring, or what status and exceptions say instead."""
    if person.id in facts.tried:
        return End(LOOP)
    facts = replace(facts, tried=facts.tried | {person.id})
    choice = before_ringing(person.forwarding, _asking(facts, person))
    facts.trace.note("status", person.number, choice.why)
    if choice.rings:
        return _ring(facts, person, choice)
    silent = _SILENT.get(choice.profile.status, AWAY)
    if choice.destination is None:
        return End(silent, person=person)
    reason = Reason.FORWARDED if choice.exception else silent.reason
    return Forward(person, reason, _forward(facts, person, When.ALWAYS, choice.destination))


def _ring(facts: Facts, person: Person, choice: Choice) -> Decision:
    profile = choice.profile
    if not profile.several_calls and facts.live.calls_of(person.id):
        then = unreached(facts, person, BUSY)
        return End(BUSY, person=person) if then == End(BUSY) else Forward(person, BUSY.reason, then)
    mobile = _mobile(facts, person) if profile.ring_mobile else None
    return Ring(
        person,
        profile.no_answer_seconds or 0,
        replace(mobile, confirm=True) if isinstance(mobile, DialOut) else None,
        screened=person.forwarding.screening and not facts.internal,
    )


def unreached(facts: Facts, person: Person, verdict: Verdict) -> Decision:
    """Where a call goes after `person` was rung in vain; `verdict` says why.

    A way that comes back to somebody who was tried already ends the call with `verdict`.
    """
    when = _WHEN.get(verdict.reason)
    if when is None:
        return End(verdict)
    facts = replace(facts, tried=facts.tried | {person.id})
    choice = after_ringing(person.forwarding, when, _asking(facts, person))
    if choice.destination is None:
        return End(verdict)
    facts.trace.note("forwarding", person.number, choice.why)
    then = _forward(facts, person, when, choice.destination)
    if _in_a_circle(then):
        facts.trace.note("loop", person.number, "leads back to somebody who was tried")
        return End(verdict)
    return then


def _in_a_circle(decision: Decision) -> bool:
    while isinstance(decision, Forward):
        decision = decision.then
    return decision == End(LOOP)


def _forward(facts: Facts, person: Person, when: When, to: Destination) -> Decision:
    """Go to `to` on behalf of `person`: outside numbers are called with that person's rights."""
    if to.kind in {DestinationKind.MOBILE, DestinationKind.EXTERNAL, DestinationKind.REBOUND}:
        if not facts.tenant.options.outbound.forward_outside:
            return End(NOT_ALLOWED)
        if to.kind is DestinationKind.MOBILE:
            return follow(facts, to)
        found = _by_rights_of(facts, person, to.ref)
        if to.kind is DestinationKind.REBOUND and isinstance(found, DialOut):
            return replace(found, confirm=True, otherwise=_unaccepted(facts, person, when))
        return found
    return follow(facts, to)


def _unaccepted(facts: Facts, person: Person, when: When) -> Decision:
    """What follows when nobody accepts a rebound: no answer, unless that is what led there."""
    verdict = no_answer()
    return End(verdict) if when is When.NO_ANSWER else unreached(facts, person, verdict)


def _mobile(facts: Facts, person: Person) -> Decision:
    if not person.mobile:
        return End(UNKNOWN_NUMBER)
    outbound_options = facts.tenant.options.outbound
    if not outbound_options.forward_outside:
        return End(NOT_ALLOWED)
    return _by_rights_of(facts, person, person.mobile)


def _by_rights_of(facts: Facts, person: Person, number: str) -> Decision:
    """Call outside as if `person` had dialled `number`; nobody forwards to an emergency service.

    A refusal is not spoken: whoever calls did not dial that number.
    """
    if number in facts.tenant.emergency_numbers:
        return End(NOT_ALLOWED)
    decision = _outside(replace(facts, person=person), person, number)
    return End(decision.verdict) if isinstance(decision, End) else decision


def _asking(facts: Facts, person: Person) -> Asking:
    return Asking(facts.caller, facts.internal, facts.now, person.hours)


def _on_behalf_of_tenant(facts: Facts, destination: Destination) -> Decision:
    """An outside number that is a destination: it was allowed when it was configured."""
    number = destination.ref
    facts = replace(facts, person=None)
    rule = outbound(facts.tenant.outbound_rules, None, number)
    ways = attempts(facts, rule, number) if rule and not rule.blocked else ()
    if rule is None or not ways:
        return End(NO_RULE, _SPOKEN_REFUSED)
    return DialOut(number, ways, rule.id, confirm=destination.kind is DestinationKind.REBOUND)


def _looks_internal(tenant: TenantPlan, number: str) -> bool:
    """As long as the tenant's own numbers: then it is a mistyped extension, not a rule missing."""
    return any(len(number) == len(own) for own in tenant.extensions)
