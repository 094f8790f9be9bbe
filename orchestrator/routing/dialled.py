"""Where a number goes that a person of the tenant dialled. Pure."""

import re

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.routing.decision import Decision, DialOut, End, Ring
from orchestrator.routing.outbound import outbound, reformat
from orchestrator.routing.plan import Person, TenantPlan
from orchestrator.types import Destination, DestinationKind

UNKNOWN_NUMBER = Verdict(Outcome.REFUSED, Reason.UNKNOWN_NUMBER, Cause.UNALLOCATED)
NO_RULE = Verdict(Outcome.REFUSED, Reason.NO_OUTBOUND_RULE, Cause.UNALLOCATED)
NOT_ALLOWED = Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED)
NO_TRUNK = Verdict(Outcome.FAILED_UPSTREAM, Reason.TRUNK_DOWN, Cause.CONGESTION)
ENDED = Verdict(Outcome.ANSWERED, Reason.ENDED)

# What a phone can dial. Anything else (a Refer-To may hold any text) must not reach a dial
# string of Asterisk, where `@` and `/` have a meaning.
_DIALABLE = re.compile(r"[+*#0-9A-Za-z]{1,64}")

_SPOKEN_UNKNOWN = ("pbx-invalid",)
_SPOKEN_REFUSED = ("cannot-complete-as-dialed",)


def dialled(tenant: TenantPlan, person: Person, number: str) -> Decision:
    """The first step after `person` dialled `number`.

    Emergency numbers come first and pass every restriction. Then the tenant's own numbers;
    what is left is a number of the outside world and needs a rule and the right to call out.
    """
    if not _DIALABLE.fullmatch(number):
        return End(UNKNOWN_NUMBER, _SPOKEN_UNKNOWN)
    if number in tenant.emergency_numbers:
        return _emergency(tenant, person, number)
    destination = tenant.extensions.get(number)
    if destination is not None:
        return follow(tenant, destination)
    return _outside(tenant, person, number)


def _outside(tenant: TenantPlan, person: Person, number: str) -> Decision:
    rule = outbound(tenant.outbound_rules, number)
    if rule is None:
        if _looks_internal(tenant, number):
            return End(UNKNOWN_NUMBER, _SPOKEN_UNKNOWN)
        return End(NO_RULE, _SPOKEN_REFUSED)
    if not person.may_call_out:
        return End(NOT_ALLOWED, _SPOKEN_REFUSED)
    trunk = tenant.trunks.get(rule.trunk)
    if trunk is None or not trunk.outbound:
        return End(NO_TRUNK, _SPOKEN_REFUSED)
    caller_id = rule.caller_id or person.outbound_caller_id or trunk.caller_id
    return DialOut(reformat(rule, number), trunk, caller_id, rule.id)


def _emergency(tenant: TenantPlan, person: Person, number: str) -> Decision:
    """By the trunk of the rule that would take the number, else by any that may call out."""
    rule = outbound(tenant.outbound_rules, number)
    trunk = tenant.trunks.get(rule.trunk) if rule is not None else None
    if trunk is None or not trunk.outbound:
        trunk = next((t for t in tenant.trunks.values() if t.outbound), None)
    if trunk is None:
        return End(NO_TRUNK, _SPOKEN_REFUSED)
    caller_id = person.outbound_caller_id or trunk.caller_id
    return DialOut(number, trunk, caller_id, rule.id if rule else "", emergency=True)


def follow(tenant: TenantPlan, destination: Destination) -> Decision:
    """The step that leads to `destination`; a destination that is gone is an unknown number."""
    match destination.kind:
        case DestinationKind.USER:
            person = tenant.people.get(destination.ref)
            return Ring(person) if person else End(UNKNOWN_NUMBER, _SPOKEN_UNKNOWN)
        case DestinationKind.EXTENSION:
            owner = tenant.extensions.get(destination.ref)
            # An extension's owner is never again an extension, so this goes one step down.
            return follow(tenant, owner) if owner else End(UNKNOWN_NUMBER, _SPOKEN_UNKNOWN)
        case DestinationKind.EXTERNAL:
            return _on_behalf_of_tenant(tenant, destination.ref)
        case DestinationKind.END_CALL:
            return End(ENDED)


def _on_behalf_of_tenant(tenant: TenantPlan, number: str) -> Decision:
    """An outside number that is a destination: it was allowed when it was configured."""
    rule = outbound(tenant.outbound_rules, number)
    trunk = tenant.trunks.get(rule.trunk) if rule else None
    if rule is None or trunk is None or not trunk.outbound:
        return End(NO_RULE, _SPOKEN_REFUSED)
    return DialOut(reformat(rule, number), trunk, rule.caller_id or trunk.caller_id, rule.id)


def _looks_internal(tenant: TenantPlan, number: str) -> bool:
    """As long as the tenant's own numbers: then it is a mistyped extension, not a rule missing."""
    return any(len(number) == len(own) for own in tenant.extensions)
