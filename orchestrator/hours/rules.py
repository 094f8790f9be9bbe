"""Office hours: in which state a department is at an instant, and whether a time filter fits. Pure.

    override ──┬─ in force, and not one that gives way to this holiday ──> its state
               └─ none, or expired
    holiday  ──── today is one, and the schedule minds holidays ──> HOLIDAY
    break    ──── within a break of the week ──> BREAK
    period   ──── within a period of the week, or none is set ──> OPEN, else CLOSED

All is decided in local time of the department: an instant has exactly one local time, so that
the hour which comes twice in autumn is decided like any other, and the one that is missing in
spring never comes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from orchestrator.errors import FieldError
from orchestrator.types import Destination

DAY_MINUTES = 24 * 60
LOOK_AHEAD_DAYS = 366
"""How far `next_change` looks."""


class HoursState(StrEnum):
    """How a department is at an instant."""

    OPEN = "open"
    CLOSED = "closed"
    BREAK = "break"
    HOLIDAY = "holiday"


class Weekday(StrEnum):
    """The days of a week, Monday first, as `Period.weekday` counts them."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


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
    """The hours of a department or person. Without `periods` it is open but in its breaks.

    Of `holidays` and `overrides` the first that counts at an instant decides.
    """

    timezone: str = "UTC"
    periods: tuple[Period, ...] = ()
    breaks: tuple[Period, ...] = ()
    holidays: tuple[HolidayLine, ...] = ()
    overrides: tuple[Override, ...] = ()
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
    today = _holiday(schedule, local)
    for override in schedule.overrides:
        if in_force(override, now) and (override.over_holidays or today is None):
            return _forced(override, today)
    if today is not None:
        return Found(HoursState.HOLIDAY, f"holiday {today.name}", holiday=today)
    if within(schedule.breaks, local):
        return Found(HoursState.BREAK, "break")
    if not schedule.periods:
        return Found(HoursState.OPEN, "no hours are set")
    if within(schedule.periods, local):
        return Found(HoursState.OPEN, "office hours")
    return Found(HoursState.CLOSED, "outside office hours")


def next_change(schedule: Schedule, now: datetime) -> datetime | None:
    """The first instant after `now` at which the state is another; None: not within a year.

    An override with a way of its own counts as a state.
    """
    # Looking a year ahead at holidays that are over would take long.
    coming = (h for h in schedule.holidays if h.yearly or h.last >= now.date() - timedelta(days=1))
    schedule = replace(schedule, holidays=tuple(coming))
    if not any((schedule.periods, schedule.breaks, schedule.holidays, schedule.overrides)):
        return None
    present = _outcome(schedule, now)
    return next((at for at in _instants(schedule, now) if _outcome(schedule, at) != present), None)


def _outcome(schedule: Schedule, now: datetime) -> tuple[HoursState, Override | None]:
    found = state_at(schedule, now)
    return found.state, found.custom


def _instants(schedule: Schedule, now: datetime) -> Iterator[datetime]:
    """All instants after `now`, in their order, at which something of the schedule may change."""
    zone = ZoneInfo(schedule.timezone)
    expiries = sorted(o.expires_at for o in schedule.overrides if o.expires_at is not None)
    today = now.astimezone(zone).date()
    for ahead in range(LOOK_AHEAD_DAYS + 1):
        day = today + timedelta(days=ahead)
        begin, end = (_instant(each, 0, zone) for each in (day, day + timedelta(days=1)))
        found = {at for at in expiries if begin <= at < end}
        if begin.astimezone(zone).utcoffset() == end.astimezone(zone).utcoffset():
            found |= {_instant(day, minute, zone) for minute in _minutes(schedule, day)}
        else:
            # The clocks are set: local times are skipped or come twice, so every minute may do.
            length = int((end - begin).total_seconds()) // 60
            found |= {begin + timedelta(minutes=minute) for minute in range(length)}
        yield from sorted(at for at in found if at > now)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(*divmod(minute, 60)), zone).astimezone(UTC)


def _minutes(schedule: Schedule, day: date) -> set[int]:
    """Minutes of `day` at which a period, a break or a holiday begins or ends."""
    of_week = (p for p in (*schedule.periods, *schedule.breaks) if p.weekday == day.weekday())
    edges = {edge for p in of_week for edge in (p.start, p.end)}
    for holiday in schedule.holidays:
        edges |= {holiday.starts or 0, holiday.ends or 0}
    return {0} | {edge for edge in edges if edge < DAY_MINUTES}


def in_force(override: Override, now: datetime) -> bool:
    return override.expires_at is None or now < override.expires_at


def within(periods: Iterable[Period], local: datetime) -> bool:
    """Whether the local time lies in one of `periods`."""
    minute = local.hour * 60 + local.minute
    return any(p.weekday == local.weekday() and p.start <= minute < p.end for p in periods)


def holiday_at(holidays: Iterable[HolidayLine], local: datetime) -> HolidayLine | None:
    """The first holiday that the local time lies in."""
    return next((each for each in holidays if _covers(each, local)), None)


def is_whole_holiday(holidays: Iterable[HolidayLine], day: date) -> bool:
    """Whether one of `holidays` takes all of `day`."""
    noon = datetime.combine(day, time(12))
    whole_days = (h for h in holidays if h.starts is None and h.ends is None)
    return holiday_at(whole_days, noon) is not None


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
    holiday = _holiday(schedule, local) is not None
    match wanted:
        case TimeFilter.SPECIFIC_HOURS:
            return inside
        case TimeFilter.OUT_OF_SPECIFIC_HOURS:
            return not inside
        case TimeFilter.SPECIFIC_HOURS_NO_HOLIDAYS:
            return inside and not holiday
        case _:
            return holiday or not inside


# -- what is entered ---------------------------------------------------------------------------


def wrong_periods(periods: Sequence[Period], field: str) -> list[FieldError]:
    """What is wrong with a week's periods or breaks; `field` names their list (`body.periods`)."""
    wrong = [
        FieldError(
            f"{field}.{index}.end",
            "must come after the start; enter a period over midnight as two: "
            "one until 24:00, one from 00:00 on the next day",
        )
        for index, period in enumerate(periods)
        if period.end <= period.start
    ]
    in_order = sorted(enumerate(periods), key=lambda each: (each[1].weekday, each[1].start))
    for (first, earlier), (second, later) in pairwise(in_order):
        if earlier.weekday == later.weekday and later.start < earlier.end:
            wrong.append(FieldError(f"{field}.{second}", f"overlaps with {field}.{first}"))
    return wrong


def wrong_holiday(holiday: HolidayLine, field: str = "body") -> list[FieldError]:
    """What is wrong with a holiday."""
    if holiday.last < holiday.first:
        return [FieldError(f"{field}.last_day", "must not be before the first day")]
    if holiday.yearly and holiday.last >= _in_year(holiday.first, holiday.first.year + 1):
        return [FieldError(f"{field}.last_day", "what comes every year must be over within one")]
    one_day = holiday.first == holiday.last
    both = holiday.starts is not None and holiday.ends is not None
    if one_day and both and (holiday.ends or 0) <= (holiday.starts or 0):
        return [FieldError(f"{field}.ends", "must come after the start")]
    return []


# -- parts -------------------------------------------------------------------------------------


def _holiday(schedule: Schedule, local: datetime) -> HolidayLine | None:
    return None if schedule.ignore_holidays else holiday_at(schedule.holidays, local)


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
    """First and last day of the occurrence that `today` may lie in: a yearly one comes again in
    all years after its first."""
    if not holiday.yearly:
        return holiday.first, holiday.last
    over_new_year = holiday.last.year > holiday.first.year
    begins = today.year
    if over_new_year and today <= _in_year(holiday.last, today.year):
        begins -= 1
    begins = max(begins, holiday.first.year)
    return _in_year(holiday.first, begins), _in_year(holiday.last, begins + over_new_year)


def _in_year(day: date, year: int) -> date:
    """29 February is the 28th in other years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
