"""What the API says about office hours, holidays and overrides.

Times of the day are local ones of the department, `HH:MM`; a period may end at `24:00`.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from orchestrator.destinations.schemas import DestinationBody
from orchestrator.hours.rules import (
    HolidaySource,
    HoursState,
    OverrideState,
    Period,
    Weekday,
)
from orchestrator.schemas import (
    Body,
    Country,
    Line,
    ListQuery,
    Page,
    Patch,
    Reference,
    Resource,
    Sound,
)

MAX_PERIODS = 100
"""Periods, or breaks, in one week."""

FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST_OVERRIDE = 366 * 86_400
"""Seconds."""

_WEEKDAYS = tuple(Weekday)


def _reasonable(value: date) -> date:
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    return value


StartTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
EndTime = Annotated[str, Field(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Day = Annotated[date, AfterValidator(_reasonable)]
Moment = Annotated[AwareDatetime, AfterValidator(_reasonable)]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


def minute_of(text: str) -> int:
    """`09:30` -> 570."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def time_of(minute: int) -> str:
    """570 -> `09:30`."""
    return f"{minute // 60:02}:{minute % 60:02}"


class PeriodBody(Body):
    """A part of one day of the week; over midnight it takes two of them."""

    weekday: Weekday
    start: StartTime
    end: EndTime

    @property
    def plain(self) -> Period:
        weekday = _WEEKDAYS.index(self.weekday)
        return Period(weekday, minute_of(self.start), minute_of(self.end))

    @property
    def stored(self) -> list[int]:
        """As a JSON column keeps it."""
        return [self.plain.weekday, self.plain.start, self.plain.end]

    @classmethod
    def of(cls, stored: list[int]) -> Self:
        weekday, start, end = stored
        return cls(weekday=_WEEKDAYS[weekday], start=time_of(start), end=time_of(end))


Periods = Annotated[list[PeriodBody], Field(max_length=MAX_PERIODS)]


class RoutedState(StrEnum):
    """The states that may have a route. That of `open` is for the department's menu alone."""

    OPEN = "open"
    CLOSED = "closed"
    BREAK = "break"
    HOLIDAY = "holiday"


class HoursRouteBody(Body):
    """Where calls go, and what they hear before."""

    destination: DestinationBody
    prompt: Sound | None = None


class WeekBody(Body):
    """The hours of a week. Times that are in no period are closed."""

    periods: Periods = Field(default_factory=list)
    breaks: Periods = Field(default_factory=list)
    ignore_holidays: bool = False


class DepartmentHoursBody(WeekBody):
    """No `periods`: always open. A state without a route: calls go where they go in office
    hours, and the menu of the department regrets and ends them; a holiday without one is as when
    closed."""

    routes: dict[RoutedState, HoursRouteBody] = Field(default_factory=dict)


class UserHoursBody(WeekBody):
    """A week of a user's own, in place of the department's; its routes still count."""

    periods: Annotated[Periods, Field(min_length=1)]


class DepartmentHoursOut(BaseModel):
    """`version` is the ETag; 0 as long as nothing was ever set."""

    department: str
    version: int
    periods: list[PeriodBody]
    breaks: list[PeriodBody]
    ignore_holidays: bool
    routes: dict[RoutedState, HoursRouteBody]


class UserHoursOut(BaseModel):
    """`own` false: the hours of the main department count. `version` is the ETag, then 0."""

    user: str
    version: int
    own: bool
    periods: list[PeriodBody]
    breaks: list[PeriodBody]
    ignore_holidays: bool


# -- holidays ----------------------------------------------------------------------------------


HolidayName = Annotated[Line, Field(min_length=1, max_length=120)]


class HolidayCreate(Body):
    """A holiday. `last_day` null: one day. `starts` counts on the first day, `ends` on the last
    one; null: the whole day. `department` null: all departments."""

    name: HolidayName
    first_day: Day
    last_day: Day | None = None
    starts: StartTime | None = None
    ends: EndTime | None = None
    yearly: bool = Field(False, description="Again every year on the same dates.")
    prompt: Sound | None = None
    department: Reference | None = None


class HolidayPatch(Patch):
    name: HolidayName = ""
    first_day: Day = date(FIRST_YEAR, 1, 1)
    last_day: Day | None = None
    starts: StartTime | None = None
    ends: EndTime | None = None
    yearly: bool = False
    prompt: Sound | None = None
    department: Reference | None = None


class HolidayQuery(ListQuery):
    sort: Literal["first_day", "-first_day", "name", "-name"] | None = None
    department: Reference | None = Field(
        None, description="Holidays that count for it: its own and those of all departments."
    )
    year: Year | None = Field(None, description="Holidays that have a day in this year.")


class HolidayOut(Resource):
    """A holiday; `source` says who entered it: a person, or the calendar of the country."""

    name: str
    first_day: date
    last_day: date
    starts: str | None
    ends: str | None
    yearly: bool
    prompt: str | None
    department: str | None
    source: HolidaySource


class NationalBody(Body):
    """Which public holidays to fill in. `country` null: that of the tenant. `years` empty: this
    and the next one. `department` null: for all departments."""

    country: Country | None = None
    subdivision: Annotated[Line, Field(min_length=1, max_length=30)] | None = Field(
        None, description="A state or province with holidays of its own (ISO 3166-2), such as BY."
    )
    years: list[Year] = Field(default_factory=list, max_length=10)
    department: Reference | None = None


class NationalOut(BaseModel):
    """What was `added`, and how many days were holidays already."""

    country: str
    subdivision: str | None
    added: list[HolidayOut]
    already: int


# -- overrides ---------------------------------------------------------------------------------


class OverrideBody(Body):
    """A forced state. `custom` needs a destination or a prompt; without a destination the call
    ends after the prompt. Neither `expires_at` nor `duration`: until it is taken back."""

    state: OverrideState
    destination: DestinationBody | None = None
    prompt: Sound | None = None
    expires_at: Moment | None = None
    duration: int | None = Field(None, ge=1, le=LONGEST_OVERRIDE, description="Seconds.")
    over_holidays: bool = Field(True, description="Counts on holidays too.")


class OverrideOut(BaseModel):
    """An override in force; `department` null: all departments. `version` is the ETag."""

    department: str | None
    version: int
    state: OverrideState
    destination: DestinationBody | None
    prompt: str | None
    expires_at: AwareDatetime | None
    over_holidays: bool
    set_by: str


class HoursStateQuery(Body):
    at: Moment | None = Field(None, description="The instant asked about; now if left out.")

    @property
    def instant(self) -> datetime | None:
        return self.at.astimezone(UTC) if self.at else None


class HoursStateOut(BaseModel):
    """How the department is `at` an instant and why; `until` null: no change within a year.

    `holiday`: its name, if one decided. `custom`: an override sends calls its own way.
    """

    department: str
    at: AwareDatetime
    state: HoursState
    why: str
    until: AwareDatetime | None
    holiday: str | None
    custom: bool


HolidayPage = Page[HolidayOut]
