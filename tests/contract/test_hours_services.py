"""Office hours, holidays and overrides, through their services."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.clock import FixedClock
from orchestrator.db.errors import Taken
from orchestrator.db.session import Database
from orchestrator.departments.lookup import department_names
from orchestrator.departments.schemas import DepartmentCreate
from orchestrator.departments.service import DepartmentService
from orchestrator.destinations.service import uses_of
from orchestrator.errors import Denied, Invalid, NotFound, Stale
from orchestrator.hours.holidays import HolidayService
from orchestrator.hours.overrides import OverrideService
from orchestrator.hours.rules import OverrideState
from orchestrator.hours.schemas import (
    DepartmentHoursBody,
    HolidayCreate,
    HolidayPatch,
    HolidayQuery,
    NationalBody,
    OverrideBody,
    UserHoursBody,
)
from orchestrator.hours.service import HoursService
from orchestrator.routing.read_model import ReadModel
from orchestrator.tenants.model import Tenant
from orchestrator.types import Actor, ActorKind, Destination, DestinationKind, Grant, Role, Scope
from tests.factories.rows import Employee, add_customer, add_employee

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


@pytest.fixture
async def house(database: Database) -> House:
    scope = await add_customer(database, "acme")
    async with database.transaction(scope) as session:
        tenant = await session.get_one(Tenant, scope.tenant)
        tenant.country, tenant.timezone, tenant.language = "NL", "Europe/Amsterdam", "nl"
    departments = DepartmentService(database, NobodyIn())
    sales = await departments.create(scope, DepartmentCreate(name="Sales"))
    async with database.reading() as session:
        names = {name: id_ for id_, name in (await department_names(session, scope)).items()}
    ada = await add_employee(database, scope, "101")
    clock = FixedClock(MONDAY_TEN)
    return House(database, scope, clock, ada, names["All"], sales.id)


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


# -- departments -------------------------------------------------------------------------------


async def test_hours_that_were_never_set_are_empty_and_at_version_0(house: House) -> None:
    shown = await house.hours.of_department(house.scope, house.sales)
    assert (shown.version, shown.periods, shown.routes) == (0, [], {})
    with pytest.raises(Stale):
        await house.hours.set_department(house.scope, house.sales, week(), version=1)


async def test_hours_are_kept_as_they_were_given(house: House) -> None:
    body = week(
        period(),
        period("tuesday", "00:00", "24:00"),
        breaks=[period("monday", "12:00", "12:30")],
        ignore_holidays=True,
        routes={
            "closed": to("user", house.ada.user_id, "custom/closed"),
            "break": to("end_call"),
        },
    )
    made = await house.hours.set_department(house.scope, house.sales, body, version=0)
    assert made == await house.hours.of_department(house.scope, house.sales)
    assert made.model_dump(mode="json", exclude={"department", "version"}) == body.model_dump(
        mode="json"
    )


async def test_a_change_of_routes_alone_moves_the_version(house: House) -> None:
    first = await house.hours.set_department(house.scope, house.sales, week(period()))
    body = week(period(), routes={"closed": to("busy"), "holiday": to("busy")})
    second = await house.hours.set_department(house.scope, house.sales, body, first.version)
    assert second.version > first.version
    with pytest.raises(Stale):
        await house.hours.set_department(house.scope, house.sales, week(), first.version)
    third = await house.hours.set_department(
        house.scope, house.sales, week(period(), routes={"holiday": to("end_call")})
    )
    assert {state: route.destination.kind for state, route in third.routes.items()} == {
        "holiday": "end_call"
    }


async def test_a_week_that_cannot_be_names_what_is_wrong(house: House) -> None:
    body = week(
        period("monday", "22:00", "02:00"),
        breaks=[period("friday"), period("friday", "09:30", "10:00")],
    )
    with pytest.raises(Invalid) as invalid:
        await house.hours.set_department(house.scope, house.sales, body)
    assert fields_of(invalid) == ["body.periods.0.end", "body.breaks.1"]
    nobody = week(routes={"closed": to("user", "nobody")})
    with pytest.raises(Invalid) as invalid:
        await house.hours.set_department(house.scope, house.sales, nobody)
    assert fields_of(invalid) == ["body.routes.closed.destination.ref"]


async def test_only_departments_where_one_holds_the_right_exist(
    house: House, database: Database
) -> None:
    await house.hours.set_department(house.of_sales, house.sales, week(period()))
    with pytest.raises(NotFound):
        await house.hours.of_department(house.of_sales, house.everybody)
    with pytest.raises(NotFound):
        await house.hours.set_department(house.of_sales, house.everybody, week())
    with pytest.raises(Denied):
        await house.hours.of_department(house.by(Role.RECEPTIONIST, house.sales), house.sales)
    other = await add_customer(database, "other")
    with pytest.raises(NotFound):
        await house.hours.of_department(other, house.sales)


async def test_calls_are_decided_by_what_was_set(house: House) -> None:
    body = week(period(), routes={"closed": to("user", house.ada.user_id, "custom/closed")})
    await house.hours.set_department(house.scope, house.sales, body)
    await house.holidays.create(house.scope, holiday("All", "2026-05-05"))
    await house.holidays.create(
        house.scope, holiday("Own", "2026-05-05", department=house.sales, prompt="own")
    )
    await house.overrides.put(house.scope, None, override("closed"))
    await house.overrides.put(house.scope, house.sales, override("break"))
    plan = await ReadModel(house.database).load()
    line = plan.tenants[house.scope.tenant].departments[house.sales]
    assert line.routes["closed"].prompt == "custom/closed"  # type: ignore[index]
    assert [h.name for h in line.hours.holidays] == ["Own", "All"]
    assert [o.state for o in line.hours.overrides] == ["break", "closed"]
    assert line.hours.timezone == "Europe/Amsterdam"


# -- the state at an instant -------------------------------------------------------------------


async def test_the_state_says_why_and_until_when(house: House) -> None:
    await house.hours.set_department(house.scope, house.sales, week(period()))
    now = await house.hours.state(house.scope, house.sales)
    assert (now.state, now.why, now.at) == ("open", "office hours", MONDAY_TEN)
    assert now.until == datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    later = await house.hours.state(house.scope, house.sales, MONDAY_TEN + timedelta(days=1))
    assert (later.state, later.until) == ("closed", datetime(2026, 3, 9, 8, tzinfo=UTC))
    await house.overrides.put(house.scope, None, override("custom", prompt="x", duration=3600))
    forced = await house.hours.state(house.scope, house.sales)
    assert forced.custom
    assert forced.until == MONDAY_TEN + timedelta(hours=1)
    always = await house.hours.state(house.scope, house.everybody, MONDAY_TEN + timedelta(days=1))
    assert (always.state, always.until) == ("open", None)


async def test_whoever_sees_the_members_sees_the_state(house: House) -> None:
    plain = house.by(Role.USER, house.sales)
    assert (await house.hours.state(plain, house.sales)).state == "open"
    with pytest.raises(NotFound):
        await house.hours.state(plain, house.everybody)


# -- users -------------------------------------------------------------------------------------


async def test_a_user_has_own_hours_until_they_are_taken_back(house: House) -> None:
    user = house.ada.user_id
    assert not (await house.hours.of_user(house.scope, user)).own
    body = UserHoursBody.model_validate({"periods": [period("saturday")]})
    made = await house.hours.set_user(house.scope, user, body, 0)
    assert (made.own, made.periods) == (True, body.periods)
    plan = await ReadModel(house.database).load()
    person = plan.tenants[house.scope.tenant].people[user]
    assert [p.weekday for p in person.hours.periods] == [5]
    with pytest.raises(Stale):
        await house.hours.clear_user(house.scope, user, made.version + 1)
    await house.hours.clear_user(house.scope, user, made.version)
    with pytest.raises(NotFound):
        await house.hours.clear_user(house.scope, user)


async def test_only_those_who_manage_a_user_set_the_users_hours(house: House) -> None:
    body = UserHoursBody.model_validate({"periods": [period()]})
    stranger = house.by(Role.DEPARTMENT_ADMIN, "elsewhere")
    for asked in (
        house.hours.of_user(stranger, house.ada.user_id),
        house.hours.set_user(stranger, house.ada.user_id, body),
        house.hours.clear_user(stranger, house.ada.user_id),
        house.hours.of_user(house.scope, "nobody"),
    ):
        with pytest.raises(NotFound):
            await asked
    with pytest.raises(Denied):
        await house.hours.of_user(house.by(Role.RECEPTIONIST, house.sales), house.ada.user_id)


# -- holidays ----------------------------------------------------------------------------------


async def test_a_holiday_from_creation_to_deletion(house: House) -> None:
    made = await house.holidays.create(
        house.scope, holiday("Eve", "2026-12-24", starts="14:00", prompt="custom/eve")
    )
    assert (made.last_day, made.starts, made.ends) == (made.first_day, "14:00", None)
    assert (made.department, made.source) == (None, "manual")
    patch = HolidayPatch.model_validate({"last_day": "2027-01-02", "ends": "24:00", "yearly": True})
    changed = await house.holidays.update(house.scope, made.id, patch, made.version)
    assert (changed.yearly, changed.starts, changed.ends) == (True, "14:00", "24:00")
    with pytest.raises(Stale):
        await house.holidays.update(house.scope, made.id, HolidayPatch(name="Late"), made.version)
    patch = HolidayPatch.model_validate({"last_day": "2026-12-23"})
    with pytest.raises(Invalid) as invalid:
        await house.holidays.update(house.scope, made.id, patch)
    assert fields_of(invalid) == ["body.last_day"]
    await house.holidays.delete(house.scope, made.id)
    with pytest.raises(NotFound):
        await house.holidays.get(house.scope, made.id)


async def test_lists_show_what_counts_for_a_department_or_year(house: House) -> None:
    for name, first, fields in (
        ("Yearly", "2024-12-25", {"yearly": True}),
        ("Once", "2025-05-05", {}),
        ("Turn", "2026-12-31", {"last_day": "2027-01-01"}),
        ("Sales", "2026-06-01", {"department": house.sales}),
    ):
        await house.holidays.create(house.scope, holiday(name, first, **fields))

    async def names(**query: object) -> list[str]:
        page = await house.holidays.list(house.scope, HolidayQuery(**query))  # type: ignore[arg-type]
        return [row.name for row in page.items]

    assert await names() == ["Yearly", "Once", "Sales", "Turn"]
    assert await names(year=2027) == ["Yearly", "Turn"]
    assert await names(year=2023) == []
    assert await names(department=house.everybody) == ["Yearly", "Once", "Turn"]
    assert await names(sort="-name", department=house.sales, year=2026) == [
        "Yearly",
        "Turn",
        "Sales",
    ]


async def test_holidays_of_all_departments_need_the_right_in_all(house: House) -> None:
    common = await house.holidays.create(house.scope, holiday("Common", "2026-05-05"))
    own = await house.holidays.create(
        house.of_sales, holiday("Own", "2026-05-06", department=house.sales)
    )
    theirs = await house.holidays.create(
        house.scope, holiday("Theirs", "2026-05-07", department=house.everybody)
    )
    seen = await house.holidays.list(house.of_sales, HolidayQuery())
    assert [row.name for row in seen.items] == ["Common", "Own"]
    with pytest.raises(NotFound):
        await house.holidays.get(house.of_sales, theirs.id)
    with pytest.raises(Denied):
        await house.holidays.create(house.of_sales, holiday("X", "2026-05-08"))
    with pytest.raises(Denied):
        await house.holidays.delete(house.of_sales, common.id)
    with pytest.raises(Denied):
        await house.holidays.update(house.of_sales, own.id, HolidayPatch(department=None))
    with pytest.raises(Invalid) as invalid:
        await house.holidays.update(
            house.of_sales, own.id, HolidayPatch(department=house.everybody)
        )
    assert fields_of(invalid) == ["body.department"]


async def test_the_same_holiday_twice_is_one_too_many(house: House) -> None:
    for department in (None, house.sales):
        body = holiday("King", "2026-04-27", department=department)
        await house.holidays.create(house.scope, body)
        with pytest.raises(Taken):
            await house.holidays.create(house.scope, body)


# -- national holidays -------------------------------------------------------------------------


def national(**fields: object) -> NationalBody:
    return NationalBody.model_validate(fields)


async def test_national_holidays_are_filled_in_once(house: House) -> None:
    await house.holidays.create(
        house.scope, holiday("Ours", "2020-04-27", yearly=True, prompt="custom/king")
    )
    first = await house.holidays.add_national(house.scope, national())
    assert (first.country, first.subdivision) == ("NL", None)
    days = {row.first_day.isoformat(): row.name for row in first.added}
    assert days["2026-12-25"] == "Eerste kerstdag"
    assert "2027-12-25" in days
    assert "2026-04-27" not in days, "a yearly holiday was there already"
    assert first.already == 2
    assert {row.source for row in first.added} == {"national"}
    again = await house.holidays.add_national(house.scope, national())
    assert (again.added, again.already) == ([], len(first.added) + 2)


async def test_national_holidays_of_a_part_of_another_country(house: House) -> None:
    everywhere = await house.holidays.add_national(
        house.of_sales, national(country="DE", years=[2026], department=house.sales)
    )
    bavarian = await house.holidays.add_national(
        house.of_sales,
        national(country="DE", subdivision="BY", years=[2026], department=house.sales),
    )
    assert everywhere.added
    assert "2026-01-06" in {row.first_day.isoformat() for row in bavarian.added}
    assert {row.department for row in everywhere.added} == {house.sales}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        pytest.param({"country": "XX"}, "body.country", id="no-such-country"),
        pytest.param({"subdivision": "BY"}, "body.subdivision", id="no-such-part"),
        pytest.param({"department": "nowhere"}, "body.department", id="no-such-department"),
    ],
)
async def test_a_calendar_that_is_not_known_is_said(
    house: House, asked: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as invalid:
        await house.holidays.add_national(house.scope, national(**asked))
    assert fields_of(invalid) == [field]
    with pytest.raises(Denied):
        await house.holidays.add_national(house.of_sales, national())


# -- overrides ---------------------------------------------------------------------------------


async def test_an_override_counts_until_it_expires_or_is_taken_back(house: House) -> None:
    receptionist = house.by(Role.RECEPTIONIST, house.sales)
    with pytest.raises(NotFound):
        await house.overrides.get(receptionist, house.sales)
    made = await house.overrides.put(receptionist, house.sales, override("closed", duration=60))
    assert (made.set_by, made.expires_at) == ("Rita", MONDAY_TEN + timedelta(seconds=60))
    assert await house.overrides.get(receptionist, house.sales) == made
    house.clock.move(60)
    with pytest.raises(NotFound):
        await house.overrides.get(receptionist, house.sales)
    replaced = await house.overrides.put(receptionist, house.sales, override("open"))
    assert (replaced.state, replaced.expires_at) == ("open", None)
    with pytest.raises(Stale):
        await house.overrides.delete(receptionist, house.sales, made.version)
    await house.overrides.delete(receptionist, house.sales, replaced.version)
    with pytest.raises(NotFound):
        await house.overrides.delete(receptionist, house.sales)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"state": "custom"}, "body.destination", id="custom-without-a-way"),
        pytest.param(
            {"state": "open", "destination": {"kind": "busy"}}, "body.destination", id="way-of-open"
        ),
        pytest.param({"state": "closed", "prompt": "x"}, "body.prompt", id="prompt-of-closed"),
        pytest.param(
            {"state": "custom", "destination": {"kind": "user", "ref": "nobody"}},
            "body.destination.ref",
            id="no-such-user",
        ),
        pytest.param(
            {"state": "open", "expires_at": MONDAY_TEN}, "body.expires_at", id="expired-already"
        ),
        pytest.param(
            {"state": "open", "expires_at": MONDAY_TEN + timedelta(1), "duration": 1},
            "body.duration",
            id="two-ends",
        ),
    ],
)
async def test_an_override_that_cannot_be_is_refused(
    house: House, body: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as invalid:
        await house.overrides.put(house.scope, house.sales, OverrideBody.model_validate(body))
    assert fields_of(invalid) == [field]


async def test_all_departments_need_the_right_in_all(house: House) -> None:
    receptionist = house.by(Role.RECEPTIONIST, house.sales)
    with pytest.raises(Denied):
        await house.overrides.put(receptionist, None, override("closed"))
    with pytest.raises(Denied):
        await house.overrides.force(receptionist, OverrideState.CLOSED)
    with pytest.raises(Denied):
        await house.overrides.force(receptionist, None)
    with pytest.raises(Denied):
        await house.overrides.force(house.by(Role.USER, None), None)
    with pytest.raises(NotFound):
        await house.overrides.put(receptionist, house.everybody, override("closed"))
    everywhere = house.by(Role.RECEPTIONIST, None)
    made = await house.overrides.put(everywhere, None, override("closed"))
    assert await house.overrides.get(receptionist, None) == made, "it counts for them too"
    with pytest.raises(Denied):
        await house.overrides.delete(receptionist, None)


async def test_a_dial_code_forces_all_departments_and_takes_that_back(house: House) -> None:
    everywhere = house.by(Role.RECEPTIONIST, None)
    await house.overrides.force(everywhere, OverrideState.BREAK)
    await house.overrides.force(everywhere, OverrideState.CLOSED)
    assert (await house.hours.state(house.scope, house.sales)).state == "closed"
    await house.overrides.force(everywhere, None)
    await house.overrides.force(everywhere, None)
    assert (await house.hours.state(house.scope, house.sales)).state == "open"
    with pytest.raises(Invalid):
        await house.overrides.force(everywhere, OverrideState.CUSTOM)


# -- what leads to others ------------------------------------------------------------------------


async def test_what_hours_lead_to_is_in_use(house: House) -> None:
    user, number = house.ada.user_id, house.ada.number
    await house.hours.set_department(
        house.scope, house.sales, week(routes={"closed": to("user", user)})
    )
    way = {"kind": "extension", "ref": number}
    await house.overrides.put(house.scope, None, override("custom", destination=way))
    assert await house.uses(DestinationKind.USER, user) == ["hours of Sales, closed"]
    assert await house.uses(DestinationKind.EXTENSION, number) == [
        "override of the hours of all departments"
    ]
    house.clock.set_wall(datetime(2000, 1, 1, tzinfo=UTC))
    await house.overrides.put(house.scope, None, override("custom", destination=way, duration=60))
    assert await house.uses(DestinationKind.EXTENSION, number) == [], "it expired long ago"
