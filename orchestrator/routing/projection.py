"""Makes the plan of a tenant from its rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestrator.forwarding.rules import (
    ExceptionLine,
    Forwarding,
    Profile,
    Split,
    Status,
    When,
)
from orchestrator.hours.rules import (
    HolidayLine,
    HoursState,
    Override,
    Period,
    Schedule,
)
from orchestrator.options.schemas import options_of
from orchestrator.people.model import OwnerKind
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
from orchestrator.trunks.rules import Registration
from orchestrator.types import Destination, DestinationKind, StoredDestination

_OWNERS = {
    OwnerKind.USER: DestinationKind.USER,
    OwnerKind.CONFERENCE: DestinationKind.CONFERENCE,
    OwnerKind.PARKING: DestinationKind.PARKING,
}


def tenant_plan(tables: Tables, row: TenantRow) -> TenantPlan:
    hours = _Hours(tables, row)
    numbers = {owner: number for _, number, _, owner in tables.extensions.get(row.id, ())}
    departments = {
        line.id: DepartmentLine(
            line.id,
            line.name,
            line.language or row.language,
            hours.of_department(line.id),
            hours.routes.get(line.id, {}),
            line.outbound_caller_id,
        )
        for line in tables.departments.get(row.id, ())
    }
    people = {p.id: p for p in _people(tables, row, departments, numbers, hours)}
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
    hours: "_Hours",
) -> Iterator[Person]:
    """Users of the tenant that are not disabled, with their devices that are not disabled."""
    devices = _by(tables.devices.get(tenant.id, ()), "user_id")
    memberships = _by(tables.memberships.get(tenant.id, ()), "user_id")
    forwardings = _Forwardings(tables, tenant)
    for row in tables.users.get(tenant.id, ()):
        places = memberships.get(row.id, [])
        main = next((p.department_id for p in places if p.is_main), None)
        department = departments.get(main or "")
        number = numbers.get(row.id, "")
        yield Person(
            id=row.id,
            number=number,
            name=f"{row.first_name} {row.last_name}".strip() or number,
            department=main,
            language=row.language or (department.language if department else tenant.language),
            devices=tuple(DeviceLine(d.id, d.sip_username) for d in devices.get(row.id, ())),
            ring_seconds=row.ring_seconds,
            outbound_caller_id=row.outbound_caller_id,
            may_call_out=row.may_call_out,
            mobile=row.mobile,
            departments=frozenset(p.department_id for p in places),
            rights={p.department_id: rights_of(p.role, p.overrides) for p in places},
            calls_out_in_hours_only=row.calls_out_in_hours_only,
            record_calls=row.record_calls,
            hours=hours.of_user(row.id, main),
            forwarding=forwardings.of(row.id),
        )


class _Forwardings:
    """Statuses, profiles and exceptions of a tenant's users."""

    def __init__(self, tables: Tables, tenant: TenantRow) -> None:
        self._statuses = {row.user_id: row for row in tables.statuses.get(tenant.id, ())}
        self._profiles = _by(tables.profiles.get(tenant.id, ()), "user_id")
        self._exceptions = _by(tables.exceptions.get(tenant.id, ()), "user_id")

    def of(self, user: str) -> Forwarding:
        row = self._statuses.get(user)
        return Forwarding(
            status=row.status if row else Status.AVAILABLE,
            message=row.message if row else "",
            temporary=row.temporary if row else None,
            temporary_until=row.temporary_until if row else None,
            auto_switch=row.auto_switch if row else False,
            screening=row.screening if row else False,
            profiles={p.status: _profile(p) for p in self._profiles.get(user, ())},
            exceptions=tuple(_exception(e) for e in self._exceptions.get(user, ())),
        )


def _profile(row: Columns) -> Profile:
    destinations = {
        When(when): Split(_destination(split.get("internal")), _destination(split.get("external")))
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
        _periods(row.periods),
        row.when,
        Destination(row.destination_kind, row.destination_ref),
    )


# -- hours -----------------------------------------------------------------------------------


class _Hours:
    """Schedules of a tenant's departments and users, with holidays and overrides."""

    def __init__(self, tables: Tables, tenant: TenantRow) -> None:
        departments = tables.departments.get(tenant.id, ())
        self._zones = {d.id: d.timezone or tenant.timezone for d in departments}
        self._zone = tenant.timezone
        schedules = tables.schedules.get(tenant.id, ())
        self._weeks = {row.department_id or row.user_id: row for row in schedules}
        self._holidays = [
            (row.department_id, _holiday(row)) for row in tables.holidays.get(tenant.id, ())
        ]
        self._overrides = {
            row.department_id: _override(row) for row in tables.overrides.get(tenant.id, ())
        }
        self.routes: defaultdict[str, dict[HoursState, HoursRouteLine]] = defaultdict(dict)
        for row in tables.hours_routes.get(tenant.id, ()):
            destination = Destination(row.destination_kind, row.destination_ref)
            self.routes[row.department_id][row.state] = HoursRouteLine(destination, row.prompt)
        self._of_departments = {id_: self._schedule(id_, id_) for id_ in self._zones}

    def of_department(self, department: str) -> Schedule:
        return self._of_departments[department]

    def of_user(self, user: str, department: str | None) -> Schedule:
        """The user's own week, else that of the main department."""
        if user in self._weeks or department is None:
            return self._schedule(user, department)
        return self._of_departments[department]

    def _schedule(self, owner: str, department: str | None) -> Schedule:
        week = self._weeks.get(owner)
        return Schedule(
            timezone=self._zones.get(department or "", self._zone),
            periods=_periods(week.periods) if week else (),
            breaks=_periods(week.breaks) if week else (),
            holidays=tuple(h for d, h in self._holidays if d is None or d == department),
            override=self._overrides.get(department) or self._overrides.get(None),
            ignore_holidays=week.ignore_holidays if week else False,
        )


def _periods(rows: Iterable[list[int]]) -> tuple[Period, ...]:
    return tuple(Period(*row) for row in rows)


def _holiday(row: Columns) -> HolidayLine:
    return HolidayLine(
        row.id,
        row.name,
        row.first_day,
        row.last_day,
        row.starts,
        row.ends,
        row.yearly,
        row.prompt,
    )


def _override(row: Columns) -> Override:
    return Override(
        row.state,
        row.expires_at,
        row.over_holidays,
        _destination(row.destination),
        row.prompt,
    )


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
        default_destination=_destination(row.default_destination),
        caller_id_in=tuple((pattern, new) for pattern, new in row.caller_id_in),
        caller_id_out=tuple((pattern, new) for pattern, new in row.caller_id_out),
        registers=row.registration is Registration.OUTBOUND,
        qualified=row.qualify_seconds > 0,
    )


def _did(row: Columns) -> DidLine:
    destination = Destination(row.destination_kind, row.destination_ref)
    return DidLine(row.id, row.number, row.trunk_id, row.name, destination, _otherwise(row))


def _caller_rule(row: Columns) -> CallerRuleLine:
    way = Way(Destination(row.destination_kind, row.destination_ref), _otherwise(row))
    return CallerRuleLine(row.id, row.name, row.caller, frozenset(row.trunks), way)


def _otherwise(row: Columns) -> dict[HoursState, Destination]:
    stored = {
        HoursState.CLOSED: row.closed,
        HoursState.BREAK: row.on_break,
        HoursState.HOLIDAY: row.holiday,
    }
    found = {state: _destination(value) for state, value in stored.items()}
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


def _destination(stored: StoredDestination | None) -> Destination | None:
    if not stored:
        return None
    return Destination(DestinationKind(stored["kind"]), stored.get("ref", ""))


def _by(rows: Iterable[Columns], column: str) -> Table:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found
