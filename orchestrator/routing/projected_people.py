"""Makes the people of a tenant's plan from their rows, and keeps those that did not change."""

from collections import defaultdict, deque
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
from orchestrator.hours.rules import Schedule
from orchestrator.hours.weeks import Weeks, destination_of, periods_of
from orchestrator.ivr.spelling import keys_of
from orchestrator.rights.rules import SYSTEM_ROLES, rights_of
from orchestrator.routing.plan import DepartmentLine, DeviceLine, Person
from orchestrator.routing.tables import Columns, Table, Tables, TenantRow
from orchestrator.types import Destination

Source = tuple[Any, ...]

OF_PEOPLE = frozenset(
    {
        "memberships",
        "departments",
        "devices",
        "extensions",
        "schedules",
        "holidays",
        "overrides",
        "statuses",
        "profiles",
        "exceptions",
    }
)
"""What people are made of besides their own row: as long as none of it was written, a person whose
row is the same is the same."""


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

    def forget_others(self, people: Iterable[str]) -> None:
        """Keep these people alone."""
        self.people = {id_: self.people[id_] for id_ in people}


@dataclass(frozen=True, slots=True)
class Company:
    """What people are in: departments by id, numbers by owner, weeks."""

    departments: Mapping[str, DepartmentLine]
    numbers: Mapping[str, str]
    weeks: Weeks


def people_of(
    tables: Tables, tenant: TenantRow, company: Company, memory: Memory
) -> Iterator[Person]:
    """Users of the tenant that are not disabled, with their devices that are not disabled."""
    rows = tables.users.get(tenant.id, ())
    if not tables.unwritten.get(tenant.id, frozenset()) >= OF_PEOPLE:
        yield from _made_anew(rows, tables, tenant, company, memory)
        return
    before = memory.people
    changed = [r for r in rows if r.id not in before or before[r.id][0][0] != tuple(r)]
    if changed:
        deque(_made_anew(changed, tables, tenant, company, memory), maxlen=0)
    yield from (before[row.id][1] for row in rows)


def _made_anew(
    rows: Iterable[Columns],
    tables: Tables,
    tenant: TenantRow,
    company: Company,
    memory: Memory,
) -> Iterator[Person]:
    devices = rows_by(tables.devices.get(tenant.id, ()), "user_id")
    memberships = rows_by(tables.memberships.get(tenant.id, ()), "user_id")
    forwardings = _Forwardings(tables, tenant)
    weeks = company.weeks
    for row in rows:
        places = memberships.get(row.id, [])
        main = next((p.department_id for p in places if p.is_main), None)
        department = company.departments.get(main or "")
        made_of = _MadeOf(
            row,
            company.numbers.get(row.id, ""),
            main,
            department.language if department else tenant.language,
            department.hours
            if department and not weeks.has_own(row.id)
            else memory.same(row.id, weeks.of_user(row.id, main)),
            places,
            devices.get(row.id, []),
        )
        source = (*made_of.plain(), forwardings.rows_of(row.id))
        kept = memory.people.get(row.id)
        if kept is None or kept[0] != source:
            kept = memory.people[row.id] = (source, _person(made_of, forwardings))
        yield kept[1]


class _MadeOf(NamedTuple):
    """Everything that a `Person` is made of, but for the forwarding."""

    row: Columns
    number: str
    main: str | None
    language: str
    hours: Schedule
    places: list[Columns]
    devices: list[Columns]

    def plain(self) -> Source:
        """The same as plain tuples: rows of SQLAlchemy compare many times slower."""
        rows = (tuple(map(tuple, self.places)), tuple(map(tuple, self.devices)))
        return (tuple(self.row), self.number, self.main, self.language, self.hours, *rows)


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
        everywhere=frozenset().union(
            *(rights_of(p.role, p.overrides) for p in of.places if p.role in SYSTEM_ROLES)
        ),
        calls_out_in_hours_only=row.calls_out_in_hours_only,
        record_calls=row.record_calls,
        hours=of.hours,
        forwarding=forwardings.of(row.id),
        spelled=(keys_of(row.first_name), keys_of(row.last_name)),
        pin=row.pin or "",
        pin_protected=row.pin_protected,
        pin_seconds=row.pin_seconds,
    )


class _Forwardings:
    """Statuses, profiles and exceptions of a tenant's users."""

    def __init__(self, tables: Tables, tenant: TenantRow) -> None:
        self._statuses = {row.user_id: row for row in tables.statuses.get(tenant.id, ())}
        self._profiles = rows_by(tables.profiles.get(tenant.id, ()), "user_id")
        self._exceptions = rows_by(tables.exceptions.get(tenant.id, ()), "user_id")

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
            leave_queues_when_closed=row.leave_queues_when_closed if row else False,
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


def rows_by(rows: Iterable[Columns], column: str) -> Table:
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found
