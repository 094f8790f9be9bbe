"""Which outbound rule takes a call, and by which ways it leaves. Pure."""

from collections.abc import Sequence

from orchestrator.routing.decision import Attempt
from orchestrator.routing.facts import Facts
from orchestrator.routing.plan import OutboundRuleLine, Person, RouteLine


def outbound(
    rules: Sequence[OutboundRuleLine], person: Person | None, number: str
) -> OutboundRuleLine | None:
    """The first rule, in order, that takes `number` of `person`; no later one is tried.

    `person` None: a call on behalf of the tenant (a DID that leads outside): only rules for
    everybody take it.
    """
    return next((rule for rule in rules if takes(rule, person, number)), None)


def takes(rule: OutboundRuleLine, person: Person | None, number: str) -> bool:
    """Whether prefix, length and caller all fit."""
    return _fits_prefix(rule, number) and _fits_length(rule, number) and _fits_caller(rule, person)


def _fits_prefix(rule: OutboundRuleLine, number: str) -> bool:
    return not rule.prefixes or number.startswith(rule.prefixes)


def _fits_length(rule: OutboundRuleLine, number: str) -> bool:
    """A leading `+` is no digit."""
    length = len(number.removeprefix("+"))
    return not rule.lengths or any(first <= length <= last for first, last in rule.lengths)


def _fits_caller(rule: OutboundRuleLine, person: Person | None) -> bool:
    """Extensions and departments are alternatives: one of the two must fit, if any is named."""
    if not rule.extensions and not rule.departments:
        return True
    if person is None:
        return False
    if rule.departments & person.departments:
        return True
    return any(_in_range(person.number, *ends) for ends in rule.extensions)


def _in_range(number: str, first: str, last: str) -> bool:
    """Ranges hold numbers of their own length: `100-120` has 110, not 1100."""
    return len(number) == len(first) and first <= number <= last


def attempts(facts: Facts, rule: OutboundRuleLine, number: str) -> tuple[Attempt, ...]:
    """The ways in which the rule's calls leave, those that cannot at present left out."""
    found = []
    for route in rule.routes:
        trunk = facts.tenant.trunks.get(route.trunk)
        if trunk is not None and trunk.outbound:
            caller_id = caller_id_of(facts, route, trunk.caller_id)
            found.append(Attempt(trunk, reformat(route, number), caller_id))
    return tuple(found)


def caller_id_of(facts: Facts, route: RouteLine, main: str | None) -> str | None:
    """What the called party sees: of the route, the user, the department, the trunk, in order."""
    person = facts.person
    department = facts.tenant.departments.get(person.department or "") if person else None
    own = person.outbound_caller_id if person else None
    return route.caller_id or own or (department.caller_id if department else None) or main


def reformat(route: RouteLine, number: str) -> str:
    """The number as the trunk gets it: `strip` characters off the front, then both additions."""
    return f"{route.prepend}{number[route.strip :]}{route.append}"
