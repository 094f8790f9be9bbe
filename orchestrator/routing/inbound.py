"""Where a call from a trunk goes: rules about its caller, then the DID, then the hours. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.hours.rules import Found, HoursState, Schedule, state_at
from orchestrator.numbers.rules import e164
from orchestrator.options.rules import NameSource
from orchestrator.routing.decision import Announce, Decision, End
from orchestrator.routing.dialled import follow
from orchestrator.routing.facts import NO_TRACE, Facts
from orchestrator.routing.patterns import matches
from orchestrator.routing.plan import (
    CallerRuleLine,
    DepartmentLine,
    DidLine,
    HoursRouteLine,
    TenantPlan,
    TrunkLine,
    Way,
)
from orchestrator.trunks.rewriting import rewritten
from orchestrator.types import Destination, DestinationKind

NOT_IN_SERVICE = Verdict(Outcome.REFUSED, Reason.UNKNOWN_NUMBER, Cause.UNALLOCATED)
INBOUND_OFF = Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED)


@dataclass(frozen=True, slots=True)
class Office:
    """Whose hours decide: those of a person or department, with the department's routes."""

    name: str
    hours: Schedule
    routes: Mapping[HoursState, HoursRouteLine]


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
    """Where a call from outside goes at this hour; the first of these that is set:

    an override's own way, the way's own destination for the state, the department's route for
    it, the destination itself. What is not set for a holiday is as when closed.
    """
    office = office_of(facts.tenant, way.destination)
    if office is None:
        return follow(facts, way.destination)
    found = state_at(office.hours, facts.now)
    facts.trace.note("hours", office.name, f"{found.state}: {found.why}")
    if found.custom is not None:
        prompt = found.custom.prompt
        return _spoken(prompt, follow(facts, found.custom.destination or _END))
    if found.state is HoursState.OPEN:
        return follow(facts, way.destination)
    return _outside_hours(facts, office, found, way)


_END = Destination(DestinationKind.END_CALL)


def _outside_hours(facts: Facts, office: Office, found: Found, way: Way) -> Decision:
    """The prompt of the holiday itself goes before that of the route."""
    prompt = found.holiday.prompt if found.holiday else None
    holiday = found.state is HoursState.HOLIDAY
    for state in (found.state, HoursState.CLOSED) if holiday else (found.state,):
        own, route = way.otherwise.get(state), office.routes.get(state)
        if own is not None:
            facts.trace.note("hours", office.name, f"own destination when {state}")
            return _spoken(prompt, follow(facts, own))
        if route is not None:
            facts.trace.note("hours", office.name, f"route of the department when {state}")
            return _spoken(prompt or route.prompt, follow(facts, route.destination))
    return _spoken(prompt, follow(facts, way.destination))


def _spoken(prompt: str | None, then: Decision) -> Decision:
    return Announce((prompt,), then) if prompt else then


def office_of(tenant: TenantPlan, destination: Destination) -> Office | None:
    """The office that calls to `destination` are for; a person's own hours go before the
    department's. None: nobody's hours count, calls always go there."""
    if destination.kind is DestinationKind.EXTENSION:
        destination = tenant.extensions.get(destination.ref, destination)
    if destination.kind is DestinationKind.PARKING:
        place = tenant.parking.get(destination.ref)
        department = tenant.departments.get(place.department or "") if place else None
        return _of_department(department) if department else None
    if destination.kind not in {DestinationKind.USER, DestinationKind.MOBILE}:
        return None
    person = tenant.people.get(destination.ref)
    if person is None:
        return None
    department = tenant.departments.get(person.department or "")
    if department is None:
        return Office(person.name, person.hours, {})
    if person.hours == department.hours:
        return _of_department(department)
    return Office(f"{department.name}, {person.name}", person.hours, department.routes)


def _of_department(department: DepartmentLine) -> Office:
    return Office(department.name, department.hours, department.routes)


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
