"""Whatever is set: one state at every instant, and the next change is the first one."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.hours.rules import (
    HolidayLine,
    HoursState,
    Override,
    OverrideState,
    Period,
    Schedule,
    holiday_at,
    in_force,
    next_change,
    state_at,
    wrong_holiday,
    wrong_periods,
)

ZONES = ("Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "America/Havana")
# Midnights of UTC around the days on which clocks are set in these zones, and any others.
CLOCKS_SET = [
    datetime(2026, month, day, tzinfo=UTC)
    for month, day in ((3, 8), (3, 28), (3, 29), (4, 4), (10, 3), (10, 24), (10, 25), (11, 1))
]

minutes = st.one_of(st.sampled_from([0, 60, 120, 150, 180, 1440]), st.integers(0, 1440))
zones = st.sampled_from(ZONES)
instants = st.one_of(
    st.tuples(st.sampled_from(CLOCKS_SET), st.integers(0, 2 * 86_400)).map(
        lambda each: each[0] + timedelta(seconds=each[1])
    ),
    st.integers(0, 366 * 86_400).map(
        lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start, end = sorted((draw(minutes), draw(minutes)))
    return Period(draw(st.integers(0, 6)), min(start, 1439), max(end, start + 1))


@st.composite
def holidays(draw: st.DrawFn, *, yearly: bool | None = None) -> HolidayLine:
    first = draw(st.dates(date(2024, 1, 1), date(2027, 1, 1)))
    return HolidayLine(
        "h",
        "Feast",
        first,
        first + timedelta(days=draw(st.integers(0, 20))),
        draw(st.none() | st.integers(0, 720)),
        draw(st.none() | st.integers(721, 1440)),
        draw(st.booleans()) if yearly is None else yearly,
    )


overrides = st.builds(Override, st.sampled_from(OverrideState), st.none() | instants, st.booleans())
schedules = st.builds(
    Schedule,
    zones,
    st.lists(periods(), max_size=4).map(tuple),
    st.lists(periods(), max_size=3).map(tuple),
    st.lists(holidays(), max_size=2).map(tuple),
    st.lists(overrides, max_size=2).map(tuple),
    st.booleans(),
)


def expected(schedule: Schedule, now: datetime) -> HoursState:
    """The rule once more, in other words: a list of what holds, of which the first counts."""
    wall = now.astimezone(ZoneInfo(schedule.timezone)).replace(tzinfo=None)

    def inside(period: Period) -> bool:
        midnight = datetime.combine(wall.date(), datetime.min.time())
        begin, end = (midnight + timedelta(minutes=m) for m in (period.start, period.end))
        return wall.weekday() == period.weekday and begin <= wall < end

    feast = not schedule.ignore_holidays and holiday_at(schedule.holidays, wall) is not None
    claims = [
        HoursState(o.state.value) if o.state is not OverrideState.CUSTOM else HoursState.CLOSED
        for o in schedule.overrides
        if (o.expires_at is None or o.expires_at > now) and not (feast and not o.over_holidays)
    ]
    claims += [HoursState.HOLIDAY] * feast
    claims += [HoursState.BREAK] * any(map(inside, schedule.breaks))
    claims += [HoursState.OPEN] * (not schedule.periods or any(map(inside, schedule.periods)))
    return next(iter([*claims, HoursState.CLOSED]))


@given(schedules, instants)
@settings(deadline=None)
def test_every_instant_has_exactly_one_state(schedule: Schedule, now: datetime) -> None:
    assert state_at(schedule, now).state is expected(schedule, now)


@given(schedules)
@settings(max_examples=5, deadline=None)
def test_every_hour_of_a_year_has_exactly_one_state(schedule: Schedule) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for hour in range(366 * 24):
        now = begin + timedelta(hours=hour, minutes=hour % 60)
        assert state_at(schedule, now).state is expected(schedule, now)


@given(zones, st.lists(periods(), min_size=1, max_size=4).map(tuple), st.sampled_from(CLOCKS_SET))
@settings(max_examples=10, deadline=None)
def test_every_minute_around_a_change_of_clocks_has_exactly_one_state(
    zone: str, week: tuple[Period, ...], begin: datetime
) -> None:
    schedule = Schedule(zone, week)
    for minute in range(2 * 1440):
        now = begin + timedelta(minutes=minute)
        assert state_at(schedule, now).state is expected(schedule, now)


@given(schedules, instants)
@settings(max_examples=25, deadline=None)
def test_the_next_change_is_one_and_the_first(schedule: Schedule, now: datetime) -> None:
    def outcome(at: datetime) -> tuple[HoursState, Override | None]:
        found = state_at(schedule, at)
        return found.state, found.custom

    present = outcome(now)
    change = next_change(schedule, now)
    if change is not None:
        assert change > now
        assert outcome(change) != present
        assert outcome(change - timedelta(microseconds=1)) == present
    horizon = min(change or datetime.max.replace(tzinfo=UTC), now + timedelta(days=9))
    at = now
    while at < horizon:
        assert outcome(at) == present
        at += timedelta(minutes=1)


@given(schedules, instants, st.sampled_from(OverrideState), st.integers(0, 10**9))
def test_an_expired_override_never_counts(
    schedule: Schedule, now: datetime, state: OverrideState, seconds_ago: int
) -> None:
    old = Override(state, now - timedelta(seconds=seconds_ago))
    assert not in_force(old, now)
    with_it = Schedule(
        schedule.timezone,
        schedule.periods,
        schedule.breaks,
        schedule.holidays,
        (old, *schedule.overrides),
        schedule.ignore_holidays,
    )
    assert state_at(with_it, now) == state_at(schedule, now)


@given(holidays(yearly=True), st.integers(0, 60))
def test_a_yearly_holiday_comes_every_year(line: HolidayLine, years: int) -> None:
    """On its first day, after it began; 29 February is the 28th in other years."""
    assert wrong_holiday(line) == []
    year = line.first.year + years
    try:
        day = line.first.replace(year=year)
    except ValueError:
        day = date(year, 2, 28)
    minute = line.starts or 0
    at = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    assert holiday_at([line], at) == line
    assert holiday_at([line], at.replace(year=line.first.year - 1, day=1)) is None


@given(st.lists(periods(), max_size=6))
@settings(deadline=None)
def test_a_week_is_good_exactly_when_no_minute_is_in_two_periods(week: list[Period]) -> None:
    taken = [(p.weekday, minute) for p in week for minute in range(p.start, p.end)]
    assert (wrong_periods(week, "body.periods") == []) == (len(set(taken)) == len(taken))
