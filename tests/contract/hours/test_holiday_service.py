"""Holidays that are entered, and those of a country."""

import pytest

from orchestrator.db.errors import Taken
from orchestrator.errors import Denied, Invalid, NotFound, Stale
from orchestrator.hours.schemas import (
    HolidayPatch,
    HolidayQuery,
    NationalBody,
)
from tests.contract.hours.house import House, fields_of, holiday
from tests.factories.ids import NOBODY

# -- holidays --------------------------------------------------------------------------------------


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
    with pytest.raises(Invalid) as invalid:
        await house.holidays.update(house.scope, made.id, HolidayPatch(prompt=NOBODY))
    assert fields_of(invalid) == ["body.prompt"]
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


# -- national holidays -----------------------------------------------------------------------------


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
