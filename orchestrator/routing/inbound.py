"""Where a call from a trunk goes: rules about its caller, then the DID, then the hours. Pure."""

from collections.abc import Iterable

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.hours.rules import Found, HoursState, state_at
from orchestrator.numbers.rules import e164
from orchestrator.routing.decision import Announce, Decision, End
from orchestrator.routing.dialled import follow
from orchestrator.routing.facts import Facts
from orchestrator.routing.patterns import matches
from orchestrator.routing.plan import (
    CallerRuleLine,
    DepartmentLine,
    DidLine,
    TenantPlan,
    TrunkLine,
    Way,
)
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
    return by_hours(facts, way) if way is not None else End(NOT_IN_SERVICE)


def _way(facts: Facts, trunk: TrunkLine, number: str) -> Way | None:
    rule = find_caller_rule(facts.tenant.caller_rules, trunk, facts.caller)
    if rule is not None:
        facts.trace.note("caller rule", rule.name, f"{facts.caller} fits {rule.caller}")
        return rule.way
    did = find_did(facts.tenant.dids, trunk, number)
    if did is not None:
        facts.trace.note("DID", did.number, f"{number} fits {did.number}")
        return did.way
    if trunk.default_destination is not None:
        facts.trace.note("trunk default", trunk.name, f"no DID takes {number}")
        return Way(trunk.default_destination)
    facts.trace.note("no DID", trunk.name, f"no DID takes {number}")
    return None


def by_hours(facts: Facts, way: Way) -> Decision:
    """The destination in office hours; else where the way itself says, else the department."""
    department = department_of(facts.tenant, way.destination)
    if department is None:
        return follow(facts, way.destination)
    found = state_at(department.hours, facts.now)
    facts.trace.note("hours", department.name, f"{found.state}: {found.why}")
    if found.custom is not None:
        prompt = found.custom.prompt
        return _spoken(prompt, follow(facts, found.custom.destination or _END))
    if found.state is HoursState.OPEN:
        return follow(facts, way.destination)
    return _outside_hours(facts, department, found, way)


_END = Destination(DestinationKind.END_CALL)


def _outside_hours(facts: Facts, department: DepartmentLine, found: Found, way: Way) -> Decision:
    route = department.routes.get(found.state)
    prompt = found.holiday.prompt if found.holiday else None
    own = way.otherwise.get(found.state)
    if own is not None:
        return _spoken(prompt, follow(facts, own))
    if route is not None:
        return _spoken(prompt or route.prompt, follow(facts, route.destination))
    return _spoken(prompt, follow(facts, way.destination))


def _spoken(prompt: str | None, then: Decision) -> Decision:
    return Announce((prompt,), then) if prompt else then


def department_of(tenant: TenantPlan, destination: Destination) -> DepartmentLine | None:
    """The department whose hours decide: that of the person the destination leads to."""
    if destination.kind is DestinationKind.EXTENSION:
        destination = tenant.extensions.get(destination.ref, destination)
    if destination.kind in {DestinationKind.USER, DestinationKind.MOBILE}:
        person = tenant.people.get(destination.ref)
        return tenant.departments.get(person.department or "") if person else None
    return None


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


def find_did(dids: Iterable[DidLine], trunk: TrunkLine, number: str) -> DidLine | None:
    """The DID for `number`: exact before by ending, longer endings first, own trunk first.

    A DID written `*123456` matches every number that ends with those digits. A leading `+`
    is ignored on both sides, since providers differ in sending it.
    """
    digits = number.removeprefix("+")
    best: tuple[bool, int, bool] | None = None
    found: DidLine | None = None
    for did in dids:
        if did.trunk is not None and did.trunk != trunk.id:
            continue
        by_ending = did.number.startswith("*")
        wanted = did.number[1:] if by_ending else did.number.removeprefix("+")
        if not wanted or not (digits.endswith(wanted) if by_ending else digits == wanted):
            continue
        rank = (not by_ending, len(wanted), did.trunk is not None)
        if best is None or rank > best:
            best, found = rank, did
    return found
