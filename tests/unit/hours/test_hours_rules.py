"""Paragraph by paragraph: in which state a department is, and which time filters fit."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orchestrator.hours.rules import (
    HolidayLine,
    HoursState,
    Override,
    OverrideState,
    Period,
    Schedule,
    TimeFilter,
    fits,
    is_whole_holiday,
    next_change,
    state_at,
    wrong_holiday,
    wrong_periods,
)
from orchestrator.types import Destination, DestinationKind

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
OPEN, CLOSED, BREAK, HOLIDAY = HoursState

WORKDAYS = tuple(Period(day, 9 * 60, 17 * 60 + 30) for day in range(5))
LUNCH = tuple(Period(day, 12 * 60, 12 * 60 + 30) for day in range(5))
KINGS_DAY = HolidayLine("king", "King's day", date(2026, 4, 27), date(2026, 4, 27), prompt="king")
WEEK = Schedule("Europe/Amsterdam", WORKDAYS, LUNCH, (KINGS_DAY,))


def local(text: str, zone: ZoneInfo = AMSTERDAM, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def holiday(first: str, last: str = "", **fields: object) -> HolidayLine:
    days = date.fromisoformat(first), date.fromisoformat(last or first)
    return HolidayLine("h", "Feast", *days, **fields)  # type: ignore[arg-type]


def forced(state: OverrideState, **fields: object) -> Override:
    return Override(state, **fields)  # type: ignore[arg-type]


# -- the week ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "state", "why"),
    [
        pytest.param("2026-03-02T08:59:59.999", CLOSED, "outside office hours", id="before"),
        pytest.param("2026-03-02T09:00", OPEN, "office hours", id="first-instant"),
        pytest.param("2026-03-02T12:00", BREAK, "break", id="break-begins"),
        pytest.param("2026-03-02T12:29:59", BREAK, "break", id="break-to-its-end"),
        pytest.param("2026-03-02T12:30", OPEN, "office hours", id="after-the-break"),
        pytest.param("2026-03-02T17:30", CLOSED, "outside office hours", id="end-is-excluded"),
        pytest.param("2026-03-07T10:00", CLOSED, "outside office hours", id="saturday"),
        pytest.param("2026-04-27T10:00", HOLIDAY, "holiday King's day", id="holiday"),
        pytest.param("2026-04-27T23:59", HOLIDAY, "holiday King's day", id="holiday-to-its-end"),
        pytest.param("2026-04-27T12:10", HOLIDAY, "holiday King's day", id="before-break"),
        pytest.param("2026-04-28T00:00", CLOSED, "outside office hours", id="day-after"),
    ],
)
def test_holiday_before_break_before_hours(at: str, state: HoursState, why: str) -> None:
    found = state_at(WEEK, local(at))
    assert (found.state, found.why) == (state, why)
    assert found.holiday == (KINGS_DAY if state is HOLIDAY else None)


@pytest.mark.parametrize(
    ("schedule", "state"),
    [
        pytest.param(Schedule(), OPEN, id="nothing-set"),
        pytest.param(Schedule(breaks=(Period(0, 0, 1440),)), BREAK, id="breaks-alone"),
        pytest.param(Schedule(holidays=(holiday("2026-03-02"),)), HOLIDAY, id="holidays-alone"),
        pytest.param(Schedule(periods=(Period(0, 0, 1440),)), OPEN, id="around-the-clock"),
        pytest.param(Schedule(periods=(Period(1, 0, 1440),)), CLOSED, id="another-day"),
        pytest.param(
            Schedule(holidays=(holiday("2026-03-02"),), ignore_holidays=True),
            OPEN,
            id="holidays-ignored",
        ),
    ],
)
def test_what_is_not_set_does_not_close(schedule: Schedule, state: HoursState) -> None:
    """2 March 2026 is a Monday."""
    assert state_at(schedule, datetime(2026, 3, 2, 12, tzinfo=UTC)).state is state


def test_the_zone_of_the_department_decides() -> None:
    at = datetime(2026, 3, 2, 15, tzinfo=UTC)
    here = Schedule("Europe/Amsterdam", WORKDAYS)
    assert state_at(here, at).state is OPEN
    assert state_at(Schedule("Asia/Tokyo", WORKDAYS), at).state is CLOSED
    assert state_at(here, at.astimezone(ZoneInfo("Asia/Tokyo"))).state is OPEN


# -- holidays ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "inside", "outside"),
    [
        pytest.param(
            holiday("2026-12-25", "2026-12-26"),
            ["2026-12-25T00:00", "2026-12-26T23:59"],
            ["2026-12-24T23:59", "2026-12-27T00:00", "2027-12-25T12:00"],
            id="range",
        ),
        pytest.param(
            holiday("2026-12-24", starts=840),
            ["2026-12-24T14:00", "2026-12-24T23:59"],
            ["2026-12-24T13:59", "2026-12-25T00:00"],
            id="from-two-on",
        ),
        pytest.param(
            holiday("2026-12-24", starts=840, ends=900),
            ["2026-12-24T14:00", "2026-12-24T14:59"],
            ["2026-12-24T13:59", "2026-12-24T15:00"],
            id="an-hour",
        ),
        pytest.param(
            holiday("2026-12-24", "2026-12-27", starts=840, ends=600),
            ["2026-12-24T14:00", "2026-12-25T00:00", "2026-12-26T23:00", "2026-12-27T09:59"],
            ["2026-12-24T13:59", "2026-12-27T10:00"],
            id="times-of-first-and-last-day",
        ),
        pytest.param(
            holiday("2026-12-25", yearly=True),
            ["2026-12-25T12:00", "2027-12-25T12:00", "2040-12-25T12:00"],
            ["2025-12-25T12:00", "2027-12-26T12:00"],
            id="yearly-from-its-first-on",
        ),
        pytest.param(
            holiday("2026-12-24", "2027-01-02", yearly=True, starts=720, ends=480),
            ["2026-12-24T12:00", "2027-01-02T07:59", "2029-12-31T12:00", "2030-01-01T12:00"],
            ["2026-01-01T12:00", "2027-01-02T08:00", "2027-12-24T11:59", "2030-01-03T12:00"],
            id="yearly-over-new-year",
        ),
        pytest.param(
            holiday("2028-02-29", yearly=True),
            ["2028-02-29T12:00", "2029-02-28T12:00", "2032-02-29T12:00"],
            ["2028-02-28T12:00", "2029-03-01T12:00", "2032-02-28T12:00"],
            id="yearly-29-february",
        ),
    ],
)
def test_a_holiday_takes_its_days_and_times(
    line: HolidayLine, inside: list[str], outside: list[str]
) -> None:
    schedule = Schedule("Europe/Amsterdam", holidays=(line,))
    assert [state_at(schedule, local(at)).state for at in inside] == [HOLIDAY] * len(inside)
    assert [state_at(schedule, local(at)).state for at in outside] == [OPEN] * len(outside)


def test_the_first_of_two_holidays_counts() -> None:
    own, common = holiday("2026-12-25", prompt="own"), holiday("2026-12-25", prompt="common")
    found = state_at(Schedule(holidays=(own, common)), datetime(2026, 12, 25, tzinfo=UTC))
    assert found.holiday == own


def test_only_whole_days_count_as_taken() -> None:
    lines = [holiday("2026-12-24", starts=840), holiday("2025-12-25", "2025-12-26", yearly=True)]
    assert not is_whole_holiday(lines, date(2026, 12, 24))
    assert is_whole_holiday(lines, date(2026, 12, 26))


# -- overrides ---------------------------------------------------------------------------------

EXPIRED = local("2026-03-02T08:00")
LATER = local("2026-03-02T18:00")


@pytest.mark.parametrize(
    ("overrides", "state"),
    [
        pytest.param([forced(OverrideState.OPEN)], OPEN, id="open"),
        pytest.param([forced(OverrideState.CLOSED)], CLOSED, id="closed"),
        pytest.param([forced(OverrideState.BREAK)], BREAK, id="break"),
        pytest.param([forced(OverrideState.HOLIDAY)], HOLIDAY, id="holiday"),
        pytest.param([forced(OverrideState.CUSTOM)], CLOSED, id="custom-is-not-open"),
        pytest.param([forced(OverrideState.OPEN, expires_at=LATER)], OPEN, id="not-yet-expired"),
        pytest.param([forced(OverrideState.BREAK, expires_at=EXPIRED)], OPEN, id="expired"),
        pytest.param(
            [forced(OverrideState.BREAK, expires_at=EXPIRED), forced(OverrideState.CLOSED)],
            CLOSED,
            id="an-expired-one-does-not-hide-that-of-all-departments",
        ),
        pytest.param(
            [forced(OverrideState.BREAK), forced(OverrideState.CLOSED)], BREAK, id="first-counts"
        ),
    ],
)
def test_an_override_goes_before_everything(overrides: list[Override], state: HoursState) -> None:
    schedule = Schedule("Europe/Amsterdam", WORKDAYS, overrides=tuple(overrides))
    assert state_at(schedule, local("2026-03-02T10:00")).state is state


def test_an_override_ends_with_its_instant() -> None:
    schedule = Schedule(overrides=(forced(OverrideState.CLOSED, expires_at=LATER),))
    assert state_at(schedule, LATER - timedelta(microseconds=1)).state is CLOSED
    assert state_at(schedule, LATER).state is OPEN


@pytest.mark.parametrize(
    ("over_holidays", "state"),
    [pytest.param(True, OPEN, id="over"), pytest.param(False, HOLIDAY, id="gives-way")],
)
def test_an_override_may_give_way_to_holidays(over_holidays: bool, state: HoursState) -> None:
    override = forced(OverrideState.OPEN, over_holidays=over_holidays)
    schedule = Schedule("Europe/Amsterdam", WORKDAYS, (), (KINGS_DAY,), (override,))
    assert state_at(schedule, local("2026-04-27T10:00")).state is state
    assert state_at(schedule, local("2026-04-26T10:00")).state is OPEN


def test_a_forced_holiday_speaks_the_prompt_of_the_day_if_it_is_one() -> None:
    schedule = Schedule(
        "Europe/Amsterdam", holidays=(KINGS_DAY,), overrides=(forced(OverrideState.HOLIDAY),)
    )
    assert state_at(schedule, local("2026-04-27T10:00")).holiday == KINGS_DAY
    assert state_at(schedule, local("2026-04-28T10:00")).holiday is None


def test_a_custom_override_names_its_way() -> None:
    override = forced(OverrideState.CUSTOM, destination=Destination(DestinationKind.BUSY))
    found = state_at(Schedule(overrides=(override,)), LATER)
    assert found.custom == override


# -- filters -----------------------------------------------------------------------------------

EVENING = (Period(0, 18 * 60, 20 * 60), Period(6, 18 * 60, 20 * 60))
T = TimeFilter


@pytest.mark.parametrize(
    ("at", "fitting"),
    [
        pytest.param(
            "2026-03-02T10:00",
            {T.OFFICE_HOURS, T.OUT_OF_SPECIFIC_HOURS, T.OUT_OF_SPECIFIC_HOURS_OR_HOLIDAY},
            id="open",
        ),
        pytest.param(
            "2026-03-02T12:10",
            {T.BREAK, T.OUT_OF_SPECIFIC_HOURS, T.OUT_OF_SPECIFIC_HOURS_OR_HOLIDAY},
            id="break",
        ),
        pytest.param(
            "2026-03-02T19:00",
            {T.OUT_OF_OFFICE_HOURS, T.SPECIFIC_HOURS, T.SPECIFIC_HOURS_NO_HOLIDAYS},
            id="closed",
        ),
        pytest.param(
            "2026-04-27T19:00",
            {T.OUT_OF_OFFICE_HOURS, T.SPECIFIC_HOURS, T.OUT_OF_SPECIFIC_HOURS_OR_HOLIDAY},
            id="holiday-in-specific-hours",
        ),
        pytest.param(
            "2026-04-27T10:00",
            {T.OUT_OF_OFFICE_HOURS, T.OUT_OF_SPECIFIC_HOURS, T.OUT_OF_SPECIFIC_HOURS_OR_HOLIDAY},
            id="holiday-is-out-of-office-all-day",
        ),
    ],
)
def test_which_filters_fit(at: str, fitting: set[TimeFilter]) -> None:
    found = {wanted for wanted in TimeFilter if fits(wanted, EVENING, WEEK, local(at))}
    assert found == fitting | {T.ALL_HOURS}


def test_for_who_ignores_holidays_none_is_one() -> None:
    schedule = Schedule("Europe/Amsterdam", WORKDAYS, (), (KINGS_DAY,), ignore_holidays=True)
    at = local("2026-04-27T19:00")
    assert fits(T.SPECIFIC_HOURS_NO_HOLIDAYS, EVENING, schedule, at)
    assert not fits(T.OUT_OF_SPECIFIC_HOURS_OR_HOLIDAY, EVENING, schedule, at)


# -- the next change ---------------------------------------------------------------------------

LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


@pytest.mark.parametrize(
    ("schedule", "now", "change"),
    [
        pytest.param(WEEK, "2026-03-02T08:00", "2026-03-02T09:00", id="opens"),
        pytest.param(WEEK, "2026-03-02T09:00", "2026-03-02T12:00", id="not-the-present-instant"),
        pytest.param(WEEK, "2026-03-06T17:30", "2026-03-09T09:00", id="over-the-weekend"),
        pytest.param(WEEK, "2026-04-24T18:00", "2026-04-27T00:00", id="holiday-begins"),
        pytest.param(WEEK, "2026-04-27T18:00", "2026-04-28T00:00", id="holiday-ends"),
        pytest.param(Schedule(), "2026-03-02T08:00", None, id="always-open"),
        pytest.param(
            Schedule("Europe/Amsterdam", tuple(Period(d, 0, 1440) for d in range(7))),
            "2026-03-02T08:00",
            None,
            id="seven-whole-days",
        ),
        pytest.param(
            Schedule(overrides=(forced(OverrideState.CLOSED),)), "2026-03-02T08:00", None, id="kept"
        ),
        pytest.param(
            Schedule(overrides=(forced(OverrideState.CLOSED, expires_at=LATER),)),
            "2026-03-02T08:00",
            "2026-03-02T18:00",
            id="override-expires",
        ),
        pytest.param(
            Schedule(
                "Europe/Amsterdam",
                WORKDAYS,
                overrides=(forced(OverrideState.OPEN, expires_at=local("2026-03-02T10:00:30.5")),),
            ),
            "2026-03-02T08:00",
            "2026-03-02T17:30",
            id="override-expires-into-the-same-state",
        ),
        pytest.param(
            Schedule(holidays=(holiday("2027-03-01"),)),
            "2026-03-02T00:00+00:00",
            "2027-03-01T00:00+00:00",
            id="nearly-a-year",
        ),
        pytest.param(
            Schedule("Europe/Amsterdam", (Period(6, 150, 210),)),
            "2026-03-29T01:00",
            "2026-03-29T03:00+02:00",
            id="opens-in-the-hour-that-is-missing",
        ),
        pytest.param(
            Schedule("Europe/Amsterdam", (Period(6, 120, 150),)),
            "2026-10-25T02:30+02:00",
            "2026-10-25T02:00+01:00",
            id="opens-again-in-the-hour-that-comes-twice",
        ),
        pytest.param(
            Schedule("Australia/Lord_Howe", (Period(6, 100, 105),)),
            "2026-04-05T01:45+11:00",
            "2026-04-05T01:40+10:30",
            id="half-an-hour-twice",
        ),
    ],
)
def test_the_next_change(schedule: Schedule, now: str, change: str | None) -> None:
    def instant(text: str) -> datetime:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=AMSTERDAM)

    expected = instant(change).astimezone(UTC) if change else None
    assert next_change(schedule, instant(now)) == expected


# -- what is entered ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("periods", "wrong"),
    [
        pytest.param([Period(0, 540, 720), Period(0, 720, 1440), Period(1, 0, 60)], [], id="good"),
        pytest.param([Period(0, 540, 540)], ["body.periods.0.end"], id="empty"),
        pytest.param([Period(0, 1320, 120)], ["body.periods.0.end"], id="over-midnight"),
        pytest.param(
            [Period(0, 700, 800), Period(0, 540, 720)], ["body.periods.0"], id="overlapping"
        ),
        pytest.param([Period(0, 540, 720), Period(1, 540, 720)], [], id="other-days"),
    ],
)
def test_periods_that_cannot_be(periods: list[Period], wrong: list[str]) -> None:
    assert [error.field for error in wrong_periods(periods, "body.periods")] == wrong


def test_a_period_over_midnight_is_told_to_be_two() -> None:
    (error,) = wrong_periods([Period(0, 1320, 120)], "body.periods")
    assert "as two" in error.message


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        pytest.param(holiday("2026-12-25"), [], id="day"),
        pytest.param(holiday("2026-12-25", "2026-12-24"), ["body.last_day"], id="backwards"),
        pytest.param(holiday("2026-12-25", starts=600, ends=600), ["body.ends"], id="empty"),
        pytest.param(holiday("2026-12-24", "2026-12-25", starts=600, ends=60), [], id="two-days"),
        pytest.param(holiday("2026-12-24", "2028-12-25"), [], id="long"),
        pytest.param(
            holiday("2026-12-24", "2027-12-24", yearly=True),
            ["body.last_day"],
            id="longer-than-a-year",
        ),
        pytest.param(holiday("2026-12-24", "2027-12-23", yearly=True), [], id="just-a-year"),
    ],
)
def test_holidays_that_cannot_be(line: HolidayLine, wrong: list[str]) -> None:
    assert [error.field for error in wrong_holiday(line)] == wrong
