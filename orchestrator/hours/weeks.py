"""Makes the schedules of a tenant's departments and users from their rows.

The read model gives rows of its queries, the service gives its models: the names of the columns
are the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.hours.rules import HolidayLine, Override, Period, Schedule
from orchestrator.types import Destination, DestinationKind, StoredDestination


@dataclass(frozen=True, slots=True)
class HoursRows:
    """Rows of `hours_schedules`, `holidays` (in their order) and `hours_overrides`."""

    schedules: Iterable[Any]
    holidays: Iterable[Any]
    overrides: Iterable[Any]


class Weeks:
    """Schedules with holidays and overrides. `zones`: department -> time zone (None: `zone`)."""

    def __init__(self, zone: str, zones: Mapping[str, str | None], rows: HoursRows) -> None:
        self._zone = zone
        self._zones = zones
        self._weeks = {row.department_id or row.user_id: row for row in rows.schedules}
        self._holidays = [(row.department_id, holiday_line(row)) for row in rows.holidays]
        self._overrides = [(row.department_id, _override(row)) for row in rows.overrides]
        self._of_departments = {id_: self._schedule(id_, id_) for id_ in zones}

    def of_department(self, department: str) -> Schedule:
        return self._of_departments[department]

    def has_own(self, user: str) -> bool:
        """Whether `user` has a week of their own."""
        return user in self._weeks

    def of_user(self, user: str, department: str | None) -> Schedule:
        """The user's own week, else that of the main department."""
        if user in self._weeks or department not in self._of_departments:
            return self._schedule(user, department)
        return self._of_departments[department]

    def _schedule(self, owner: str, department: str | None) -> Schedule:
        """What is the department's own comes before what is everybody's."""
        week = self._weeks.get(owner)
        owners = (None,) if department is None else (department, None)
        return Schedule(
            timezone=self._zones.get(department or "") or self._zone,
            periods=periods_of(week.periods) if week else (),
            breaks=periods_of(week.breaks) if week else (),
            holidays=tuple(h for each in owners for d, h in self._holidays if d == each),
            overrides=tuple(o for each in owners for d, o in self._overrides if d == each),
            ignore_holidays=week.ignore_holidays if week else False,
        )


def periods_of(rows: Iterable[list[int]]) -> tuple[Period, ...]:
    return tuple(Period(*row) for row in rows)


def holiday_line(row: Any) -> HolidayLine:
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


def destination_of(stored: StoredDestination | None) -> Destination | None:
    """A destination of a JSON column."""
    if not stored:
        return None
    return Destination(DestinationKind(stored["kind"]), stored.get("ref", ""))


def _override(row: Any) -> Override:
    return Override(
        row.state,
        row.expires_at,
        row.over_holidays,
        destination_of(row.destination),
        row.prompt,
    )
