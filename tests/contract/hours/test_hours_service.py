"""Weeks and routes of departments, own hours of users, the state at an instant."""

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.db.session import Database
from orchestrator.errors import Denied, Invalid, NotFound, Stale
from orchestrator.hours.schemas import (
    UserHoursBody,
)
from orchestrator.routing.read_model import ReadModel
from orchestrator.types import DestinationKind, Role
from tests.contract.hours.house import (
    MONDAY_TEN,
    House,
    fields_of,
    holiday,
    override,
    period,
    to,
    week,
)
from tests.factories.rows import add_customer

# -- departments -----------------------------------------------------------------------------------


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


# -- the state at an instant -----------------------------------------------------------------------


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


# -- users -----------------------------------------------------------------------------------------


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


# -- what leads to others --------------------------------------------------------------------------


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
