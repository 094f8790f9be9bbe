"""Read-model plans for tests of pure rules and of calls on the fake Asterisk."""

from dataclasses import replace
from datetime import UTC, datetime

from orchestrator.hot_desks.rules import HotDeskLine
from orchestrator.ring_groups.rules import Strategy
from orchestrator.routing.facts import Facts
from orchestrator.routing.outside_lines import DidLine, OutboundRuleLine, RouteLine, TrunkLine
from orchestrator.routing.plan import (
    DepartmentLine,
    DeviceLine,
    EndpointKind,
    EndpointOwner,
    Person,
    Plan,
    RingGroupLine,
    TenantPlan,
)
from orchestrator.types import Destination, DestinationKind, TenantId

TENANT = TenantId("tenant-acme")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def person(number: str, devices: int = 1, **changes: object) -> Person:
    """A user with `number` whose devices are `u<number>x0`, `u<number>x1`…"""
    made = Person(
        id=f"user-{number}",
        number=number,
        name=f"User {number}",
        department=None,
        language="en",
        devices=tuple(DeviceLine(f"d{number}x{n}", f"u{number}x{n}") for n in range(devices)),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def department(name: str = "sales", **changes: object) -> DepartmentLine:
    """A department that is always open."""
    return replace(DepartmentLine(f"dep-{name}", name, "en"), **changes)  # type: ignore[arg-type]


def paging_group(number: str, *members: Person, **changes: object) -> RingGroupLine:
    """A group of these people that is paged, in the department `dep-sales`."""
    made = RingGroupLine(
        id=f"group-{number}",
        number=number,
        name=f"Group {number}",
        department="dep-sales",
        strategy=Strategy.PAGING,
        members=tuple(each.id for each in members),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def trunk(name: str = "main", **changes: object) -> TrunkLine:
    made = TrunkLine(
        id=f"trunk-{name}",
        endpoint=f"trunk-{name}",
        name=name,
        inbound=True,
        outbound=True,
        caller_id="+31201234500",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def did(number: str, to: str, trunk_id: str | None = "trunk-main") -> DidLine:
    destination = Destination(DestinationKind.USER, f"user-{to}")
    return DidLine(f"did-{number}", number, trunk_id, f"DID {number}", destination)


def rule(prefix: str = "0", *routes: RouteLine, **changes: object) -> OutboundRuleLine:
    """A rule for numbers with `prefix`; without `routes` by the trunk `main`."""
    made = OutboundRuleLine(
        id=f"rule-{prefix}",
        name=f"Prefix {prefix}",
        prefixes=(prefix,) if prefix else (),
        routes=routes or (route(),),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def route(trunk_id: str = "trunk-main", **changes: object) -> RouteLine:
    return replace(RouteLine(trunk_id), **changes)  # type: ignore[arg-type]


def hot_desk(name: str = "lobby", user: Person | None = None) -> HotDeskLine:
    """A hot-desk phone that `user` uses since noon."""
    used = (user.id, NOON) if user else (None, None)
    return HotDeskLine(f"desk-{name}", f"h{name}", name.title(), *used)


def with_desks(plan: TenantPlan, *desks: HotDeskLine) -> TenantPlan:
    """The tenant with these hot-desk phones; who uses one has it among their devices."""
    people = dict(plan.people)
    for desk in desks:
        if desk.user is not None:
            line = DeviceLine(desk.id, desk.endpoint)
            who = people[desk.user]
            people[who.id] = replace(who, devices=(*who.devices, line))
    return replace(plan, people=people, hot_desks={desk.endpoint: desk for desk in desks})


def facts(plan: TenantPlan, **changes: object) -> Facts:
    """A call in `plan`'s tenant on a Sunday noon on which nothing else goes on."""
    return replace(Facts(plan, NOON), **changes)  # type: ignore[arg-type]


def tenant(
    people: tuple[Person, ...] = (),
    trunks: tuple[TrunkLine, ...] = (),
    **changes: object,
) -> TenantPlan:
    made = TenantPlan(
        id=TENANT,
        slug="acme",
        name="Acme",
        language="en",
        country="NL",
        suspended=False,
        max_calls=0,
        people={each.id: each for each in people},
        extensions={each.number: Destination(DestinationKind.USER, each.id) for each in people},
        trunks={each.id: each for each in trunks},
        emergency_numbers={"112": None},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def plan(*tenants: TenantPlan) -> Plan:
    """A plan of `tenants` in which every device and trunk has its endpoint."""
    endpoints = {}
    for each in tenants:
        for one in each.people.values():
            for device in one.devices:
                endpoints[device.endpoint] = EndpointOwner(each.id, EndpointKind.DEVICE, one.id)
        for desk in each.hot_desks.values():
            owner = EndpointOwner(each.id, EndpointKind.HOT_DESK, desk.id)
            endpoints.setdefault(desk.endpoint, owner)
        for line in each.trunks.values():
            endpoints[line.endpoint] = EndpointOwner(each.id, EndpointKind.TRUNK, line.id)
    return Plan({each.id: each for each in tenants}, endpoints)
