"""Office hours: in which state a department is at an instant, and whether a time filter fits. Pure.

    override ──┬─ forced, and not ignored on this holiday ──> its state
               └─ none, or expired
    holiday  ──── today is one, and the schedule minds holidays ──> HOLIDAY
    break    ──── within a break of the week ──> BREAK
    period   ──── within a period of the week ──> OPEN, else CLOSED

All is decided in local time of the department: an instant has exactly one local time, so that
the hour which comes twice in autumn is decided like any other, and the one that is missing in
spring never comes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from orchestrator.types import Destination

DAY_MINUTES = 24 * 60


class HoursState(StrEnum):
    """How a department is at an instant."""

    OPEN = "open"
    CLOSED = "closed"
    BREAK = "break"
    HOLIDAY = "holiday"


class OverrideState(StrEnum):
    """What an override forces; `custom`: calls go to the override's own destination."""

    OPEN = "open"
    CLOSED = "closed"
    BREAK = "break"
    HOLIDAY = "holiday"
    CUSTOM = "custom"


class HolidaySource(StrEnum):
    """Who entered a holiday: a person, or the calendar of the country."""

    MANUAL = "manual"
    NATIONAL = "national"


class TimeFilter(StrEnum):
    """When a rule of a person counts; holidays are outside of office hours."""

    ALL_HOURS = "all_hours"
    OFFICE_HOURS = "office_hours"
    OUT_OF_OFFICE_HOURS = "out_of_office_hours"
    BREAK = "break"
    SPECIFIC_HOURS = "specific_hours"
    OUT_OF_SPECIFIC_HOURS = "out_of_specific_hours"
    SPECIFIC_HOURS_NO_HOLIDAYS = "specific_hours_no_holidays"
    OUT_OF_SPECIFIC_HOURS_OR_HOLIDAY = "out_of_specific_hours_or_holiday"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Period:
    """A part of a week's day in local time: Monday is 0, minutes of the day, `end` excluded."""

    weekday: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class HolidayLine:
    """One holiday; `starts` on the first day and `ends` on the last one, minutes, None: all day."""

    id: str
    name: str
    first: date
    last: date
    starts: int | None = None
    ends: int | None = None
    yearly: bool = False
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A state that is forced until `expires_at` (None: until it is taken back)."""

    state: OverrideState
    expires_at: datetime | None = None
    over_holidays: bool = True
    destination: Destination | None = None
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours of a department or person. Without `periods` it is always open."""

    timezone: str = "UTC"
    periods: tuple[Period, ...] = ()
    breaks: tuple[Period, ...] = ()
    holidays: tuple[HolidayLine, ...] = ()
    override: Override | None = None
    ignore_holidays: bool = False


ALWAYS_OPEN = Schedule()


@dataclass(frozen=True, slots=True)
class Found:
    """The state at an instant, and what decided it; `custom` when an override has its own way."""

    state: HoursState
    why: str
    holiday: HolidayLine | None = None
    custom: Override | None = None


def state_at(schedule: Schedule, now: datetime) -> Found:
    """The one state of `schedule` at the instant `now` (aware)."""
    local = now.astimezone(ZoneInfo(schedule.timezone))
    today = None if schedule.ignore_holidays else holiday_at(schedule.holidays, local)
    forced = schedule.override
    if forced is not None and in_force(forced, now) and (forced.over_holidays or today is None):
        return _forced(forced, today)
    if today is not None:
        return Found(HoursState.HOLIDAY, f"holiday {today.name}", holiday=today)
    if not schedule.periods:
        return Found(HoursState.OPEN, "no hours are set")
    if within(schedule.breaks, local):
        return Found(HoursState.BREAK, "break")
    if within(schedule.periods, local):
        return Found(HoursState.OPEN, "office hours")
    return Found(HoursState.CLOSED, "outside office hours")


def in_force(override: Override, now: datetime) -> bool:
    return override.expires_at is None or now < override.expires_at


def within(periods: Iterable[Period], local: datetime) -> bool:
    """Whether the local time lies in one of `periods`."""
    minute = local.hour * 60 + local.minute
    return any(p.weekday == local.weekday() and p.start <= minute < p.end for p in periods)


def holiday_at(holidays: Iterable[HolidayLine], local: datetime) -> HolidayLine | None:
    """The first holiday that the local time lies in."""
    return next((each for each in holidays if _covers(each, local)), None)


def fits(wanted: TimeFilter, own: Iterable[Period], schedule: Schedule, now: datetime) -> bool:
    """Whether a rule with the filter `wanted` counts at `now`; `own` are its specific hours."""
    match wanted:
        case TimeFilter.ALL_HOURS:
            return True
        case TimeFilter.NEVER:
            return False
        case TimeFilter.OFFICE_HOURS:
            return state_at(schedule, now).state is HoursState.OPEN
        case TimeFilter.BREAK:
            return state_at(schedule, now).state is HoursState.BREAK
        case TimeFilter.OUT_OF_OFFICE_HOURS:
            return state_at(schedule, now).state in {HoursState.CLOSED, HoursState.HOLIDAY}
    local = now.astimezone(ZoneInfo(schedule.timezone))
    inside = within(own, local)
    holiday = holiday_at(schedule.holidays, local) is not None
    match wanted:
        case TimeFilter.SPECIFIC_HOURS:
            return inside
        case TimeFilter.OUT_OF_SPECIFIC_HOURS:
            return not inside
        case TimeFilter.SPECIFIC_HOURS_NO_HOLIDAYS:
            return inside and not holiday
        case _:
            return holiday or not inside


def _forced(override: Override, today: HolidayLine | None) -> Found:
    if override.state is OverrideState.CUSTOM:
        return Found(HoursState.CLOSED, "override, own destination", custom=override)
    state = HoursState(override.state.value)
    holiday = today if state is HoursState.HOLIDAY else None
    return Found(state, f"override, {state.value}", holiday=holiday)


def _covers(holiday: HolidayLine, local: datetime) -> bool:
    first, last = _dates(holiday, local.date())
    if not first <= local.date() <= last:
        return False
    minute = local.hour * 60 + local.minute
    begun = local.date() > first or holiday.starts is None or minute >= holiday.starts
    ended = local.date() == last and holiday.ends is not None and minute >= holiday.ends
    return begun and not ended


def _dates(holiday: HolidayLine, today: date) -> tuple[date, date]:
    """First and last day of the occurrence that `today` may lie in."""
    if not holiday.yearly:
        return holiday.first, holiday.last
    over_new_year = (holiday.first.month, holiday.first.day) > (
        holiday.last.month,
        holiday.last.day,
    )
    begins = today.year
    if over_new_year and (today.month, today.day) <= (holiday.last.month, holiday.last.day):
        begins -= 1
    return _in_year(holiday.first, begins), _in_year(holiday.last, begins + over_new_year)


def _in_year(day: date, year: int) -> date:
    """29 February is the 28th in other years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
