"""Statuses and forwarding: where a call for a person goes, before and after the phones ring. Pure.

    exception whose caller, hours and source fit ──> its destination
    temporary status, until it expires           ──> its profile
    the present status                           ──> its profile

Exceptions come first and in their order. A status of the away kind never rings the phones; one of
the available kind rings them, and its profile says what follows when nobody answers, all devices
are busy, or none is registered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from orchestrator.hours.rules import (
    HoursState,
    Period,
    Schedule,
    TimeFilter,
    fits,
    next_change,
    state_at,
)
from orchestrator.routing.patterns import matches
from orchestrator.types import Destination


class Status(StrEnum):
    """The five statuses of a user; tenants may rename the two custom ones."""

    AVAILABLE = "available"
    AWAY = "away"
    DO_NOT_DISTURB = "do_not_disturb"
    CUSTOM_AVAILABLE = "custom_available"
    """"Lunch" unless renamed: the phones ring, as in `available`."""
    CUSTOM_AWAY = "custom_away"
    """"Business trip" unless renamed: the phones stay silent, as in `away`."""


RINGING_STATUSES = frozenset({Status.AVAILABLE, Status.CUSTOM_AVAILABLE})

STATUS_NAMES = {
    Status.AVAILABLE: "Available",
    Status.AWAY: "Away",
    Status.DO_NOT_DISTURB: "Do not disturb",
    Status.CUSTOM_AVAILABLE: "Lunch",
    Status.CUSTOM_AWAY: "Business trip",
}
"""How statuses are called unless the tenant renames the custom ones."""


class CallSource(StrEnum):
    """Whose calls a rule takes: those of colleagues, of the outside world, or all."""

    ANY = "any"
    INTERNAL = "internal"
    EXTERNAL = "external"


class When(StrEnum):
    """At which moment of a call a rule counts. `always`: before any phone rings."""

    ALWAYS = "always"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    NOT_REGISTERED = "not_registered"


DECIDES_IN = {
    status: frozenset({When.NO_ANSWER, When.BUSY, When.NOT_REGISTERED})
    if status in RINGING_STATUSES
    else frozenset({When.ALWAYS, When.NO_ANSWER})
    for status in Status
}
"""The moments for which a profile has destinations. A silent status asks for no answer too: when
nobody accepts at a rebound number."""


@dataclass(frozen=True, slots=True)
class Split:
    """Where calls go: those of colleagues, and those from outside; None: nowhere is set."""

    internal: Destination | None = None
    external: Destination | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What calls do in one status; `no_answer_seconds` None: the person's ring time."""

    status: Status
    destinations: Mapping[When, Split] = field(default_factory=dict)
    no_answer_seconds: int | None = None
    ring_mobile: bool = False
    several_calls: bool = True
    ring_group_calls: bool = True
    leave_queues: bool = False


@dataclass(frozen=True, slots=True)
class ExceptionLine:
    """One exception; `caller` is a number with `*` at its ends, or empty for everybody."""

    id: str
    name: str
    caller: str
    source: CallSource
    hours: TimeFilter
    periods: tuple[Period, ...]
    when: When
    destination: Destination


@dataclass(frozen=True, slots=True)
class Forwarding:
    """All that decides where the calls of a person go. `queues`: calls of queues come too, but with
    `leave_queues_when_closed` only while the hours of the person are open."""

    status: Status = Status.AVAILABLE
    message: str = ""
    temporary: Status | None = None
    temporary_until: datetime | None = None
    auto_switch: bool = False
    screening: bool = False
    queues: bool = False
    leave_queues_when_closed: bool = False
    profiles: Mapping[Status, Profile] = field(default_factory=dict)
    exceptions: tuple[ExceptionLine, ...] = ()


PLAIN = Forwarding()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What stands after a person chose a status: the lasting one, and a temporary one with its
    end (None: until the next choice)."""

    status: Status
    temporary: Status | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A call that asks where it goes: who calls, whether it is a colleague, when, and the hours
    of the person who is called."""

    caller: str
    internal: bool
    now: datetime
    hours: Schedule


@dataclass(frozen=True, slots=True)
class Choice:
    """What was decided: go to `destination`, or ring (`rings`) by `profile`; neither: nothing is
    set, and the caller is told why the person is not there. `why` names what decided;
    `exception`: it was one of these and not the status."""

    profile: Profile
    why: str
    destination: Destination | None = None
    rings: bool = False
    exception: bool = False


_AT_HOURS = {
    HoursState.OPEN: Status.AVAILABLE,
    HoursState.BREAK: Status.AWAY,
    HoursState.CLOSED: Status.DO_NOT_DISTURB,
    HoursState.HOLIDAY: Status.DO_NOT_DISTURB,
}

_CLOSED = frozenset({HoursState.CLOSED, HoursState.HOLIDAY})


def choose(before: Forwarding, wanted: Chosen, hours: Schedule, now: datetime) -> Chosen:
    """What stands after a person in `before` wants `wanted`.

    While the hours choose, every choice is temporary: until the end it names, else until the
    hours change next.
    """
    if wanted.temporary is not None:
        return replace(wanted, status=before.status)
    if before.auto_switch:
        return Chosen(before.status, wanted.status, next_change(hours, now))
    return wanted


def present_status(forwarding: Forwarding, hours: Schedule, now: datetime) -> Status:
    """The status that counts at `now`: a temporary one, that of the hours, or the chosen one."""
    until = forwarding.temporary_until
    if forwarding.temporary is not None and (until is None or now < until):
        return forwarding.temporary
    if forwarding.auto_switch:
        return _AT_HOURS[state_at(hours, now).state]
    return forwarding.status


def why_out_of_queues(forwarding: Forwarding, hours: Schedule, now: datetime) -> str | None:
    """Why somebody is logged out of all queues at `now`; None: is logged in to them.

    Status and hours win over having logged in, and write nothing: when they change, who had
    logged in is there again.
    """
    if not forwarding.queues:
        return "is logged out of all queues"
    status = present_status(forwarding, hours, now)
    if status in forwarding.profiles and forwarding.profiles[status].leave_queues:
        return f"status {status} leaves the queues"
    if forwarding.leave_queues_when_closed and state_at(hours, now).state in _CLOSED:
        return "leaves the queues while closed"
    return None


def before_ringing(forwarding: Forwarding, asking: Asking) -> Choice:
    """Whether the phones ring at all, and by which profile; else where the call goes."""
    status = present_status(forwarding, asking.hours, asking.now)
    profile = forwarding.profiles.get(status) or Profile(status)
    if found := _exception(forwarding, When.ALWAYS, asking):
        return Choice(profile, f"exception {found.name}", found.destination, exception=True)
    if status in RINGING_STATUSES:
        return Choice(profile, f"status {status}", rings=True)
    return Choice(profile, f"status {status}", _side(profile, When.ALWAYS, asking))


def after_ringing(forwarding: Forwarding, when: When, asking: Asking) -> Choice:
    """Where a call goes that rang in vain, or could not ring."""
    status = present_status(forwarding, asking.hours, asking.now)
    profile = forwarding.profiles.get(status) or Profile(status)
    if found := _exception(forwarding, when, asking):
        return Choice(profile, f"exception {found.name}", found.destination, exception=True)
    return Choice(profile, f"status {status}, {when}", _side(profile, when, asking))


def _exception(forwarding: Forwarding, when: When, asking: Asking) -> ExceptionLine | None:
    return next((e for e in forwarding.exceptions if e.when is when and _counts(e, asking)), None)


def _counts(line: ExceptionLine, asking: Asking) -> bool:
    wrong_side = CallSource.EXTERNAL if asking.internal else CallSource.INTERNAL
    if line.source is wrong_side:
        return False
    if line.caller and not matches(line.caller, asking.caller):
        return False
    return fits(line.hours, line.periods, asking.hours, asking.now)


def _side(profile: Profile, when: When, asking: Asking) -> Destination | None:
    split = profile.destinations.get(when, Split())
    return split.internal if asking.internal else split.external
