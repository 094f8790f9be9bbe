"""Whose hours decide about a call, and where they send it. Pure.

The hours of a destination's department decide, whatever trunk or IVR the call came through.
Objects with routes of their own (IVRs, ring groups, queues) have theirs before those of the
department.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.hours.rules import Found, HoursState, Schedule, state_at
from orchestrator.routing.facts import Facts
from orchestrator.routing.plan import DepartmentLine, HoursRouteLine, TenantPlan
from orchestrator.types import Destination, DestinationKind

_END = Destination(DestinationKind.END_CALL)


@dataclass(frozen=True, slots=True)
class Office:
    """Whose hours decide: those of a person or department, with its routes. `department`: id."""

    name: str
    hours: Schedule
    routes: Mapping[HoursState, HoursRouteLine]
    department: str = ""


def office_of(tenant: TenantPlan, destination: Destination) -> Office | None:
    """The office that calls to `destination` are for; a person's own hours go before the
    department's. None: nobody's hours count, calls always go there."""
    ref = destination.ref
    match destination.kind:
        case DestinationKind.EXTENSION:
            owner = tenant.extensions.get(ref)
            return office_of(tenant, owner) if owner else None
        case DestinationKind.PARKING:
            place = tenant.parking.get(ref)
            return _of_department(tenant, place.department if place else None)
        case DestinationKind.IVR:
            ivr = tenant.ivrs.get(ref)
            return own_office(tenant, ivr.department, ivr.routes) if ivr else None
        case DestinationKind.RING_GROUP:
            group = tenant.ring_groups.get(ref)
            return own_office(tenant, group.department, group.routes) if group else None
        case DestinationKind.QUEUE:
            queue = tenant.queues.get(ref)
            return own_office(tenant, queue.department, queue.routes) if queue else None
        case DestinationKind.USER | DestinationKind.MOBILE:
            return _of_person(tenant, ref)
        case _:
            return None


def own_office(
    tenant: TenantPlan, department: str, routes: Mapping[HoursState, HoursRouteLine]
) -> Office | None:
    """The office of an object that has routes of its own."""
    office = _of_department(tenant, department)
    if office is None or not routes:
        return office
    return Office(office.name, office.hours, {**office.routes, **routes}, department)


def _of_person(tenant: TenantPlan, user: str) -> Office | None:
    person = tenant.people.get(user)
    if person is None:
        return None
    department = tenant.departments.get(person.department or "")
    if department is None:
        return Office(person.name, person.hours, {})
    if person.hours == department.hours:
        return _office(department)
    name = f"{department.name}, {person.name}"
    return Office(name, person.hours, department.routes, department.id)


def _of_department(tenant: TenantPlan, department: str | None) -> Office | None:
    line = tenant.departments.get(department or "")
    return _office(line) if line else None


def _office(department: DepartmentLine) -> Office:
    return Office(department.name, department.hours, department.routes, department.id)


def diverted(
    facts: Facts,
    office: Office,
    destination: Destination,
    otherwise: Mapping[HoursState, Destination],
) -> HoursRouteLine | None:
    """Where a call from outside goes in place of `destination` at this hour, None: there.

    The first of these that is set: an override's own way, the destination for the state in
    `otherwise`, the office's route for it. What is not set for a holiday is as when closed; the
    prompt of the holiday itself goes before that of the route.
    """
    found = state_at(office.hours, facts.now)
    facts.trace.note("hours", office.name, f"{found.state}: {found.why}")
    if found.custom is not None:
        return HoursRouteLine(found.custom.destination or _END, found.custom.prompt)
    if found.state is HoursState.OPEN:
        return None
    prompt = holiday_prompt(found)
    for state in states_of(found):
        own, route = otherwise.get(state), office.routes.get(state)
        if own is not None:
            facts.trace.note("hours", office.name, f"own destination when {state}")
            return HoursRouteLine(own, prompt)
        if route is not None:
            facts.trace.note("hours", office.name, f"route when {state}")
            return HoursRouteLine(route.destination, prompt or route.prompt)
    return HoursRouteLine(destination, prompt) if prompt else None


def own_route(
    facts: Facts, department: str, routes: Mapping[HoursState, HoursRouteLine]
) -> HoursRouteLine | None:
    """Where an object's own `routes` send any call, also of a colleague, while its department is
    not open; None: nowhere else."""
    line = facts.tenant.departments.get(department)
    if line is None or not routes:
        return None
    found = state_at(line.hours, facts.now)
    if found.custom is not None:
        # The override has its own way for calls from outside, and it may lead to this very object.
        return None
    route = next((routes[state] for state in states_of(found) if state in routes), None)
    if route is None:
        return None
    facts.trace.note("hours", line.name, f"{found.state}: {found.why}, own route")
    return HoursRouteLine(route.destination, holiday_prompt(found) or route.prompt)


def own_way(
    facts: Facts, department: str, otherwise: Mapping[HoursState, Destination]
) -> HoursRouteLine | None:
    """Where a DID or rule of its own sends a call in place of the menu of `department`."""
    line = facts.tenant.departments.get(department)
    if line is None or not otherwise or state_at(line.hours, facts.now).custom is not None:
        return None
    return own_route(facts, department, {s: HoursRouteLine(d) for s, d in otherwise.items()})


def menu_route(facts: Facts, department: DepartmentLine) -> tuple[Destination | None, str | None]:
    """Where the menu of `department` sends any call at this hour, and what is heard before.

    No destination: there is no route for the state. An override's own way goes before all routes.
    """
    found = state_at(department.hours, facts.now)
    facts.trace.note("department", department.name, f"{found.state}: {found.why}")
    if found.custom is not None:
        return found.custom.destination or _END, found.custom.prompt
    prompt = holiday_prompt(found)
    routes = department.routes
    route = next((routes[state] for state in states_of(found) if state in routes), None)
    return (route.destination, prompt or route.prompt) if route else (None, prompt)


def states_of(found: Found) -> tuple[HoursState, ...]:
    """The states whose routes count, the nearest first."""
    if found.state is HoursState.HOLIDAY:
        return HoursState.HOLIDAY, HoursState.CLOSED
    return (found.state,)


def holiday_prompt(found: Found) -> str | None:
    """What callers hear of today's holiday."""
    return found.holiday.prompt if found.holiday else None
