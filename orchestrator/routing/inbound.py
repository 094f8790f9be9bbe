"""Where a call from a trunk goes: rules about its caller, then the DID, then the hours. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.numbers.rules import e164
from orchestrator.options.rules import NameSource
from orchestrator.routing.decision import Decision, End
from orchestrator.routing.dialled import follow, take
from orchestrator.routing.facts import NO_TRACE, Facts
from orchestrator.routing.office import diverted, office_of, own_way
from orchestrator.routing.outside_lines import CallerRuleLine, DidLine, TrunkLine, Way
from orchestrator.routing.patterns import matches
from orchestrator.routing.plan import TenantPlan
from orchestrator.trunks.rewriting import rewritten
from orchestrator.types import Destination, DestinationKind

NOT_IN_SERVICE = Verdict(Outcome.REFUSED, Reason.UNKNOWN_NUMBER, Cause.UNALLOCATED)
INBOUND_OFF = Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED)


def inbound(facts: Facts, trunk: TrunkLine, number: str) -> Decision:
    """The first step of a call that came in by `trunk` for `number`, as the provider sent it.

    A caller of the outside world who dials a number that leads nowhere gets the network's own
    announcement (404), not ours: nothing is answered and nobody pays.
    """
    if not trunk.inbound:
        return End(INBOUND_OFF)
    way = _way(facts, trunk, number)
    if way is None:
        return End(NOT_IN_SERVICE)
    return by_hours(replace(facts, did_name=way.name), way)


def as_it_came(facts: Facts, number: str) -> Facts:
    """The facts of a call that came in for `number` some time ago, for its further decisions."""
    if facts.trunk is None or facts.tenant.options.calls.name_source is not NameSource.DID:
        return facts
    way = _way(replace(facts, trace=NO_TRACE), facts.trunk, number)
    return replace(facts, did_name=way.name) if way else facts


def _way(facts: Facts, trunk: TrunkLine, number: str) -> Way | None:
    rule = find_caller_rule(facts.tenant.caller_rules, trunk, facts.caller)
    if rule is not None:
        facts.trace.note("caller rule", rule.name, f"{facts.caller} fits {rule.caller}")
        return rule.way
    did = find_did(facts.tenant, trunk, number)
    if did is not None:
        facts.trace.note("DID", did.number, f"{number} fits {did.number}")
        return did.way
    if trunk.default_destination is not None:
        facts.trace.note("trunk default", trunk.name, f"no DID takes {number}")
        return Way(trunk.default_destination)
    facts.trace.note("no DID", trunk.name, f"no DID takes {number}")
    return None


def by_hours(facts: Facts, way: Way) -> Decision:
    """Where a call from outside goes at this hour: to the destination, or where the hours of its
    office (`routing/office.py`) send it."""
    if way.destination.kind is DestinationKind.DEPARTMENT:
        # Its menu asks the hours itself, once it has been entered.
        own = own_way(facts, way.destination.ref, way.otherwise)
        return take(facts, own) if own else follow(facts, way.destination)
    office = office_of(facts.tenant, way.destination)
    if office is None:
        return follow(facts, way.destination)
    route = diverted(facts, office, way.destination, way.otherwise)
    return take(facts, route) if route else follow(facts, way.destination)


def onward(facts: Facts, destination: Destination, department: str) -> Decision:
    """Where a call goes that a menu or group of `department` sends on.

    The hours of another department count anew; those of its own have decided already.
    """
    office = office_of(facts.tenant, destination)
    if facts.internal or office is None or office.department == department:
        return follow(facts, destination)
    return by_hours(facts, Way(destination))


def shown_number(tenant: TenantPlan, trunk: TrunkLine, number: str) -> str:
    """A caller's number as people see it and as rules compare it: rewritten by the trunk's
    pairs, then, if the trunk wants that, as +31612345678 when it can be read so."""
    number = rewritten(trunk.caller_id_in, number)
    if trunk.normalise_caller:
        return e164(number, tenant.country) or number
    return number


def find_caller_rule(
    rules: Iterable[CallerRuleLine], trunk: TrunkLine, caller: str
) -> CallerRuleLine | None:
    """The first rule that takes calls of `caller` by `trunk`."""
    for rule in rules:
        if (not rule.trunks or trunk.id in rule.trunks) and matches(rule.caller, caller):
            return rule
    return None


def find_did(tenant: TenantPlan, trunk: TrunkLine, number: str) -> DidLine | None:
    """The DID for `number`: exact before by ending, longer endings first, own trunk first.

    A DID written `*123456` matches every number that ends with those digits. A leading `+`
    is ignored on both sides, since providers differ in sending it.
    """
    digits = number.removeprefix("+")
    for written in (digits, *(f"*{digits[-n:]}" for n in tenant.did_endings if n <= len(digits))):
        if found := _of_trunk(tenant.did_index.get(written, ()), trunk):
            return found
    return None


def _of_trunk(dids: Iterable[DidLine], trunk: TrunkLine) -> DidLine | None:
    """The one of this trunk, else the one of every trunk."""
    of_any: DidLine | None = None
    for did in dids:
        if did.trunk == trunk.id:
            return did
        if did.trunk is None:
            of_any = did
    return of_any
