"""A customer with two departments, and the services of office hours."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from orchestrator.clock import FixedClock
from orchestrator.db.session import Database
from orchestrator.destinations.service import uses_of
from orchestrator.errors import Invalid
from orchestrator.hours.holidays import HolidayService
from orchestrator.hours.overrides import OverrideService
from orchestrator.hours.schemas import (
    DepartmentHoursBody,
    HolidayCreate,
    OverrideBody,
)
from orchestrator.hours.service import HoursService
from orchestrator.types import Actor, ActorKind, Destination, DestinationKind, Grant, Role, Scope
from tests.factories.rows import Employee

MONDAY_TEN = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""Ten o'clock in Amsterdam."""


class NobodyIn:
    async def in_department(self, *asked: object) -> list[str]:
        return []


@dataclass
class House:
    """A customer in the Netherlands: 101 of the department All; Sales is empty."""

    database: Database
    scope: Scope
    clock: FixedClock
    ada: Employee
    everybody: str
    sales: str

    def __post_init__(self) -> None:
        self.hours = HoursService(self.database, self.clock)
        self.holidays = HolidayService(self.database, self.clock)
        self.overrides = OverrideService(self.database, self.clock)

    def by(self, role: Role, department: str | None) -> Scope:
        grants = (Grant(role, department),)
        actor = Actor(ActorKind.USER, "u1", "Rita", self.scope.tenant, grants)
        return Scope(self.scope.tenant, actor)

    @property
    def of_sales(self) -> Scope:
        return self.by(Role.DEPARTMENT_ADMIN, self.sales)

    async def uses(self, kind: DestinationKind, ref: str) -> list[str]:
        async with self.database.reading() as session:
            return await uses_of(session, self.scope, Destination(kind, ref))


def period(weekday: str = "monday", start: str = "09:00", end: str = "17:30") -> dict[str, str]:
    return {"weekday": weekday, "start": start, "end": end}


def week(*periods: dict[str, str], **fields: object) -> DepartmentHoursBody:
    return DepartmentHoursBody.model_validate({"periods": list(periods), **fields})


def to(kind: str, ref: str = "", prompt: str | None = None) -> dict[str, object]:
    return {"destination": {"kind": kind, "ref": ref}, "prompt": prompt}


def holiday(name: str, first: str, **fields: object) -> HolidayCreate:
    return HolidayCreate.model_validate({"name": name, "first_day": first, **fields})


def override(state: str, **fields: object) -> OverrideBody:
    return OverrideBody.model_validate({"state": state, **fields})


def fields_of(invalid: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [each.field for each in invalid.value.fields]
