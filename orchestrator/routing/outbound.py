"""Which outbound rule takes a call, and by which ways it leaves. Pure."""

from collections.abc import Iterator, Sequence

from orchestrator.numbers.countries import country_of
from orchestrator.routing.decision import Attempt
from orchestrator.routing.facts import Facts
from orchestrator.routing.outside_lines import OutboundRuleLine, RouteLine, TrunkLine
from orchestrator.routing.plan import Person
from orchestrator.trunks.formats import formatted
from orchestrator.trunks.rewriting import rewritten


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
    """The ways in which the rule's calls leave; trunks that are not for this caller left out.

    Whether a trunk is up and has room is for the moment in which its turn comes.
    """
    return tuple(
        Attempt(
            trunk,
            formatted(reformat(route, number), trunk.number_format, facts.tenant.country),
            caller_id_of(facts, trunk, route),
        )
        for route, trunk in _usable(facts, rule)
    )


def _usable(facts: Facts, rule: OutboundRuleLine) -> Iterator[tuple[RouteLine, TrunkLine]]:
    """The rule's routes by trunks that take calls out, and are for everybody or for a department
    of the caller."""
    mine = facts.person.departments if facts.person else frozenset[str]()
    for route in rule.routes:
        trunk = facts.tenant.trunks.get(route.trunk)
        if trunk is not None and trunk.outbound and trunk.department in {None, *mine}:
            yield route, trunk


def caller_id_of(facts: Facts, trunk: TrunkLine, route: RouteLine | None = None) -> str | None:
    """What the called party sees: of the route, the user, the department, the trunk, in order.

    Without any of them it is the number that calls. The trunk may rewrite it.
    """
    person = facts.person
    department = facts.tenant.departments.get(person.department or "") if person else None
    shown = (
        (route.caller_id if route else None)
        or (person.outbound_caller_id if person else None)
        or (department.caller_id if department else None)
        or trunk.caller_id
        or facts.caller
    )
    return rewritten(trunk.caller_id_out, shown) if shown else None


def reformat(route: RouteLine, number: str) -> str:
    """The number as the route makes it: `strip` characters off the front, then both additions."""
    return f"{route.prepend}{number[route.strip :]}{route.append}"


def forbidden_country(facts: Facts, rule: OutboundRuleLine, number: str) -> str | None:
    """The country that `number` would be called in though it may not be; None: it is fine.

    Numbers are looked at as the routes make them, before a trunk writes them in its own way. A
    call of which one route would lead to a country that may not be called is not made at all.
    "" is a country that does not exist.
    """
    allowed = facts.tenant.options.outbound.allowed_countries
    if not allowed:
        return None
    for route, _ in _usable(facts, rule):
        country = country_of(reformat(route, number), facts.tenant.country)
        if country not in allowed:
            return country or ""
    return None


def emergency_behind(facts: Facts, rule: OutboundRuleLine, number: str) -> str | None:
    """The emergency number that the rule makes of `number` (`0112` by habit), if it does."""
    made = (reformat(route, number) for route in rule.routes)
    return next((each for each in made if each in facts.tenant.emergency_numbers), None)
