"""Makes the plan of a tenant from its rows.

A tenant changes often and little: what came out the same as the last time is kept (`Memory`), so
that a change of one user in a company of thousands costs about one user.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from orchestrator.forwarding.rules import (
    ExceptionLine,
    Forwarding,
    Profile,
    Split,
    Status,
    When,
)
from orchestrator.hours.rules import HoursState, Schedule
from orchestrator.hours.weeks import HoursRows, Weeks, destination_of, periods_of
from orchestrator.options.schemas import options_of
from orchestrator.people.rules import OwnerKind
from orchestrator.rights.rules import rights_of
from orchestrator.routing.plan import (
    CallerRuleLine,
    ConferenceLine,
    DepartmentLine,
    DeviceLine,
    DidLine,
    EndpointKind,
    EndpointOwner,
    HoursRouteLine,
    OutboundRuleLine,
    ParkingLine,
    Person,
    RouteLine,
    TenantPlan,
    TrunkLine,
    Way,
)
from orchestrator.routing.ranges import extension_ranges, length_ranges
from orchestrator.routing.tables import Columns, Table, Tables, TenantRow, is_suspended
from orchestrator.trunks.rules import Registration, Transport
from orchestrator.types import Destination, DestinationKind

_OWNERS = {
    OwnerKind.USER: DestinationKind.USER,
    OwnerKind.CONFERENCE: DestinationKind.CONFERENCE,
    OwnerKind.PARKING: DestinationKind.PARKING,
}


# Calls have a turn between any so many people.
_PEOPLE_AT_A_TIME = 200

Source = tuple[object, ...]


@dataclass(slots=True)
class Memory:
    """What a tenant's people and schedules were made of the last time, and what came of it."""

    people: dict[str, tuple[Source, Person]] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)

    def same(self, owner: str, schedule: Schedule) -> Schedule:
        """The schedule that was there before, if it is equal: then identity tells so quickly."""
        before = self.schedules.get(owner)
        if before == schedule:
            return before
        self.schedules[owner] = schedule
        return schedule


async def tenant_plan(tables: Tables, row: TenantRow, memory: Memory) -> TenantPlan:
    weeks, hours_routes = _weeks(tables, row), _hours_routes(tables, row)
    numbers = {owner: number for _, number, _, owner in tables.extensions.get(row.id, ())}
    departments = {
        line.id: DepartmentLine(
            line.id,
            line.name,
            line.language or row.language,
            memory.same(line.id, weeks.of_department(line.id)),
            hours_routes.get(line.id, {}),
            line.outbound_caller_id,
        )
        for line in tables.departments.get(row.id, ())
    }
    people: dict[str, Person] = {}
    for count, person in enumerate(_people(tables, row, departments, numbers, weeks, memory), 1):
        people[person.id] = person
        if count % _PEOPLE_AT_A_TIME == 0:
            await asyncio.sleep(0)
    memory.people = {id_: memory.people[id_] for id_ in people}
    conferences = {
        c.id: ConferenceLine(
            c.id, numbers.get(c.id, ""), c.name, c.pin or "", c.max_members, c.announce
        )
        for c in tables.conferences.get(row.id, ())
    }
    parking = {
        p.id: ParkingLine(p.id, numbers.get(p.id, ""), p.name, p.department_id)
        for p in tables.parking.get(row.id, ())
    }
    owners = people.keys() | conferences.keys() | parking.keys()
    trunks = (_trunk(line) for line in tables.trunks.get(row.id, ()))
    options = tables.options.get(row.id)
    return TenantPlan(
        id=row.id,
        slug=row.slug,
        name=row.name,
        language=row.language,
        country=row.country,
        suspended=is_suspended(tables.tree, row),
        max_calls=row.max_calls,
        people=people,
        extensions={
            number: Destination(_OWNERS[kind], owner)
            for _, number, kind, owner in tables.extensions.get(row.id, ())
            if owner in owners
        },
        departments=departments,
        trunks={line.id: line for line in trunks},
        dids=tuple(_did(line) for line in tables.dids.get(row.id, ())),
        caller_rules=tuple(_caller_rule(line) for line in tables.caller_rules.get(row.id, ())),
        outbound_rules=tuple(_outbound_rules(tables, row)),
        emergency_numbers={n: trunk for _, n, trunk in tables.emergency.get(row.id, ())},
        conferences=conferences,
        parking=parking,
        options=options_of(options[0]._asdict() if options else {}),
    )


def endpoints_of(plan: TenantPlan) -> Iterator[tuple[str, EndpointOwner]]:
    for person in plan.people.values():
        for device in person.devices:
            yield device.endpoint, EndpointOwner(plan.id, EndpointKind.DEVICE, person.id)
    for trunk in plan.trunks.values():
        yield trunk.endpoint, EndpointOwner(plan.id, EndpointKind.TRUNK, trunk.id)


# -- people ----------------------------------------------------------------------------------


def _people(
    tables: Tables,
    tenant: TenantRow,
    departments: Mapping[str, DepartmentLine],
    numbers: Mapping[str, str],
    weeks: Weeks,
    memory: Memory,
) -> Iterator[Person]:
    """Users of the tenant that are not disabled, with their devices that are not disabled."""
    devices = _by(tables.devices.get(tenant.id, ()), "user_id")
    memberships = _by(tables.memberships.get(tenant.id, ()), "user_id")
    forwardings = _Forwardings(tables, tenant)
    for row in tables.users.get(tenant.id, ()):
        places = memberships.get(row.id, [])
        main = next((p.department_id for p in places if p.is_main), None)
        department = departments.get(main or "")
        made_of = _MadeOf(
            row,
            numbers.get(row.id, ""),
            main,
            department.language if department else tenant.language,
            department.hours
            if department and not weeks.has_own(row.id)
            else memory.same(row.id, weeks.of_user(row.id, main)),
            tuple(places),
            tuple(devices.get(row.id, ())),
            forwardings.rows_of(row.id),
        )
        kept = memory.people.get(row.id)
        if kept is None or kept[0] != made_of:
            kept = memory.people[row.id] = (made_of, _person(made_of, forwardings))
        yield kept[1]


class _MadeOf(NamedTuple):
    """Everything that a `Person` is made of."""

    row: Columns
    number: str
    main: str | None
    language: str
    hours: Schedule
    places: tuple[Columns, ...]
    devices: tuple[Columns, ...]
    forwarding: Source


def _person(of: _MadeOf, forwardings: "_Forwardings") -> Person:
    row, number = of.row, of.number
    return Person(
        id=row.id,
        number=number,
        name=f"{row.first_name} {row.last_name}".strip() or number,
        department=of.main,
        language=row.language or of.language,
        devices=tuple(DeviceLine(d.id, d.sip_username) for d in of.devices),
        ring_seconds=row.ring_seconds,
        outbound_caller_id=row.outbound_caller_id,
        may_call_out=row.may_call_out,
        mobile=row.mobile,
        departments=frozenset(p.department_id for p in of.places),
        rights={p.department_id: rights_of(p.role, p.overrides) for p in of.places},
        calls_out_in_hours_only=row.calls_out_in_hours_only,
        record_calls=row.record_calls,
        hours=of.hours,
        forwarding=forwardings.of(row.id),
    )


class _Forwardings:
    """Statuses, profiles and exceptions of a tenant's users."""

    def __init__(self, tables: Tables, tenant: TenantRow) -> None:
        self._statuses = {row.user_id: row for row in tables.statuses.get(tenant.id, ())}
        self._profiles = _by(tables.profiles.get(tenant.id, ()), "user_id")
        self._exceptions = _by(tables.exceptions.get(tenant.id, ()), "user_id")

    def rows_of(self, user: str) -> Source:
        """What the forwarding of `user` is made of."""
        return (
            self._statuses.get(user),
            self._profiles.get(user, ()),
            self._exceptions.get(user, ()),
        )

    def of(self, user: str) -> Forwarding:
        row = self._statuses.get(user)
        return Forwarding(
            status=row.status if row else Status.AVAILABLE,
            message=row.message if row else "",
            temporary=row.temporary if row else None,
            temporary_until=row.temporary_until if row else None,
            auto_switch=row.auto_switch if row else False,
            screening=row.screening if row else False,
            queues=row.queues if row else False,
            profiles={p.status: _profile(p) for p in self._profiles.get(user, ())},
            exceptions=tuple(_exception(e) for e in self._exceptions.get(user, ())),
        )


def _profile(row: Columns) -> Profile:
    destinations = {
        When(when): Split(
            destination_of(split.get("internal")), destination_of(split.get("external"))
        )
        for when, split in row.destinations.items()
    }
    return Profile(
        row.status,
        destinations,
        row.no_answer_seconds,
        row.ring_mobile,
        row.several_calls,
        row.ring_group_calls,
        row.leave_queues,
    )


def _exception(row: Columns) -> ExceptionLine:
    return ExceptionLine(
        row.id,
        row.name,
        row.caller,
        row.source,
        row.hours,
        periods_of(row.periods),
        row.when,
        Destination(row.destination_kind, row.destination_ref),
    )


# -- hours -----------------------------------------------------------------------------------


def _weeks(tables: Tables, tenant: TenantRow) -> Weeks:
    zones = {row.id: row.timezone for row in tables.departments.get(tenant.id, ())}
    rows = HoursRows(
        tables.schedules.get(tenant.id, ()),
        tables.holidays.get(tenant.id, ()),
        tables.overrides.get(tenant.id, ()),
    )
    return Weeks(tenant.timezone, zones, rows)


def _hours_routes(
    tables: Tables, tenant: TenantRow
) -> Mapping[str, Mapping[HoursState, HoursRouteLine]]:
    """Department -> state -> where calls go."""
    found: defaultdict[str, dict[HoursState, HoursRouteLine]] = defaultdict(dict)
    for row in tables.hours_routes.get(tenant.id, ()):
        destination = Destination(row.destination_kind, row.destination_ref)
        found[row.department_id][row.state] = HoursRouteLine(destination, row.prompt)
    return found


# -- numbers, trunks, rules --------------------------------------------------------------------


def _trunk(row: Columns) -> TrunkLine:
    return TrunkLine(
        id=row.id,
        endpoint=row.endpoint,
        name=row.name,
        inbound=row.inbound,
        outbound=row.outbound,
        max_calls=row.max_calls,
        caller_id=row.caller_id,
        department=row.department_id,
        called_from=row.called_from,
        caller_from=row.caller_from,
        number_format=row.number_format,
        normalise_caller=row.normalise_caller,
        default_destination=destination_of(row.default_destination),
        caller_id_in=tuple((pattern, new) for pattern, new in row.caller_id_in),
        caller_id_out=tuple((pattern, new) for pattern, new in row.caller_id_out),
        registers=row.registration is Registration.OUTBOUND,
        asked=_asked(row),
        server=_server(row),
    )


def _server(row: Columns) -> str:
    host = f"[{row.host}]" if ":" in row.host else row.host
    port = f":{row.port}" if row.port else ""
    transport = "" if row.transport is Transport.UDP else f";transport={row.transport}"
    return f"{host}{port}{transport}"


def _asked(row: Columns) -> str:
    if not row.qualify_seconds:
        return ""
    server = f"{row.transport}:{row.host}:{row.port}"
    return f"{server} {row.outbound_proxy or ''} {row.qualify_seconds}"


def _did(row: Columns) -> DidLine:
    destination = Destination(row.destination_kind, row.destination_ref)
    return DidLine(row.id, row.number, row.trunk_id, row.name, destination, _otherwise(row))


def _caller_rule(row: Columns) -> CallerRuleLine:
    to = Destination(row.destination_kind, row.destination_ref)
    way = Way(to, _otherwise(row), row.name)
    return CallerRuleLine(row.id, row.name, row.caller, frozenset(row.trunks), way)


def _otherwise(row: Columns) -> dict[HoursState, Destination]:
    stored = {
        HoursState.CLOSED: row.closed,
        HoursState.BREAK: row.on_break,
        HoursState.HOLIDAY: row.holiday,
    }
    found = {state: destination_of(value) for state, value in stored.items()}
    return {state: value for state, value in found.items() if value is not None}


def _outbound_rules(tables: Tables, tenant: TenantRow) -> Iterator[OutboundRuleLine]:
    routes = _by(tables.routes.get(tenant.id, ()), "rule_id")
    for row in tables.rules.get(tenant.id, ()):
        yield OutboundRuleLine(
            id=row.id,
            name=row.name,
            prefixes=tuple(row.prefixes),
            lengths=length_ranges(row.lengths),
            extensions=extension_ranges(row.extensions),
            departments=frozenset(row.departments),
            blocked=row.blocked,
            routes=tuple(
                RouteLine(r.trunk_id, r.strip, r.prepend, r.append, r.caller_id)
                for r in routes.get(row.id, ())
            ),
        )


def _by(rows: Iterable[Columns], column: str) -> Table:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found
