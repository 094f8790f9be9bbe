"""Lamps: what a number that a phone watches means, and how its lamp is at an instant. Pure.

    a number that a key watches           what it means               the lamp is lit while
    ------------------------------------  --------------------------  ----------------------------
    101                                   the person 101              (below)
    a parking place's number (SP0)        the place                   a call is parked there
    *0 0-9, *1 0-9                        the orbit                   a call is parked there
    *3 0-4 101                            a status of the person 101  101 is in that status
    *62 101, *63 101                      the queues of 101           101 is logged in, logged out
    (hours override) "", 1, 2             the office hours            forced at all, open, closed

Who is logged in and whom status or hours keep out of the queues is shown as logged out.

A code that is about a person bears the person's number, because Asterisk keeps one state for a
number, whoever watches it.

    person             state        dialog-info (lamp)            presence
    -----------------  -----------  ----------------------------  -------------
    rings              RINGING      early (flashes, picks up)     Ringing
    talks, dials       INUSE        confirmed (lit)               On the phone
    talks and rings    RINGINUSE    early                         Ringing
    holds              ONHOLD       confirmed, not rendering      On hold
    away, no calls     BUSY         confirmed (lit)               On the phone
    no phone is there  UNAVAILABLE  terminated (dark)             Unavailable
    free               NOT_INUSE    terminated (dark)             Ready

The away statuses light the lamp because dialog-info knows no word for them and all phones show
`confirmed` alike: a key that is lit says "do not expect an answer".
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from orchestrator.forwarding.rules import (
    RINGING_STATUSES,
    Status,
    present_status,
    why_out_of_queues,
)
from orchestrator.hours.rules import Override, OverrideState, in_force
from orchestrator.options.rules import Code
from orchestrator.rights.rules import Right
from orchestrator.routing.plan import Person, TenantPlan
from orchestrator.types import DestinationKind, TenantId


class State(StrEnum):
    """The device states of Asterisk that we set. A state that was never set is as NOT_INUSE."""

    NOT_INUSE = "NOT_INUSE"
    RINGING = "RINGING"
    INUSE = "INUSE"
    RINGINUSE = "RINGINUSE"
    ONHOLD = "ONHOLD"
    BUSY = "BUSY"
    UNAVAILABLE = "UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Activity:
    """What the phones of a person do: living legs by kind; `since` is when the oldest began."""

    ringing: int = 0
    talking: int = 0
    held: int = 0
    since: float | None = None


QUIET = Activity()


class KeyKind(StrEnum):
    """What a watched number means; `Key` says what `ref` and `choice` then hold.

    person   id of the user
    place    number of the parking place
    orbit    its digit
    status   id of the user; digit of the status
    queues   id of the user; "in" or "out"
    hours    "", "1" or "2"
    """

    PERSON = "person"
    PLACE = "place"
    ORBIT = "orbit"
    STATUS = "status"
    QUEUES = "queues"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Key:
    """What a watched number means, see `KeyKind`."""

    kind: KeyKind
    ref: str = ""
    choice: str = ""

    @property
    def person(self) -> str | None:
        """The user (id) on whom the lamp depends, if it is one."""
        return self.ref if self.kind in _OF_PERSONS else None


_OF_PERSONS = frozenset({KeyKind.PERSON, KeyKind.STATUS, KeyKind.QUEUES})

STATUS_DIGITS = {
    "0": Status.AVAILABLE,
    "1": Status.AWAY,
    "2": Status.DO_NOT_DISTURB,
    "3": Status.CUSTOM_AVAILABLE,
    "4": Status.CUSTOM_AWAY,
}
"""The digits behind the code that sets a status."""


def _nothing_parked(tenant: TenantId, place: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Picture:
    """All that lamps depend on besides the plan, at the instant `now`.

    `registered`: endpoints of devices that are registered; None: not known yet, which counts as
    all. `parked` is asked with the number of a parking place, or with the digit of an orbit.
    """

    now: datetime
    activity_of: Callable[[str], Activity]
    registered: frozenset[str] | None = None
    parked: Callable[[TenantId, str], bool] = _nothing_parked


def nothing_on(now: datetime) -> Picture:
    """Everybody is free."""
    return Picture(now, lambda person: QUIET)


def meaning(tenant: TenantPlan, number: str) -> Key | None:
    """What `number` means to a phone of the tenant that watches it; None: nothing, stay dark."""
    owner = tenant.extensions.get(number)
    if owner is not None and owner.kind is DestinationKind.USER:
        return Key(KeyKind.PERSON, owner.ref)
    if owner is not None:
        return Key(KeyKind.PLACE, number) if owner.kind is DestinationKind.PARKING else None
    found = (_function(tenant, code, number) for code in _READERS)
    return next((key for key in found if key is not None), None)


def _function(tenant: TenantPlan, code: Code, number: str) -> Key | None:
    text = tenant.options.codes[code]
    if not text or not number.startswith(text):
        return None
    return _READERS[code](tenant, number.removeprefix(text))


def _orbit(tenant: TenantPlan, rest: str) -> Key | None:
    return Key(KeyKind.ORBIT, rest) if len(rest) == 1 and rest in "0123456789" else None


def _status(tenant: TenantPlan, rest: str) -> Key | None:
    person = _person(tenant, rest[1:])
    known = rest[:1] in STATUS_DIGITS
    return Key(KeyKind.STATUS, person, rest[0]) if person and known else None


def _log_in(tenant: TenantPlan, rest: str) -> Key | None:
    person = _person(tenant, rest)
    return Key(KeyKind.QUEUES, person, "in") if person else None


def _log_out(tenant: TenantPlan, rest: str) -> Key | None:
    person = _person(tenant, rest)
    return Key(KeyKind.QUEUES, person, "out") if person else None


def _hours(tenant: TenantPlan, rest: str) -> Key | None:
    return Key(KeyKind.HOURS, choice=rest) if rest in {"", "1", "2"} else None


def _person(tenant: TenantPlan, number: str) -> str | None:
    owner = tenant.extensions.get(number)
    return owner.ref if owner and owner.kind is DestinationKind.USER else None


_READERS: dict[Code, Callable[[TenantPlan, str], Key | None]] = {
    Code.PARK: _orbit,
    Code.UNPARK: _orbit,
    Code.SET_STATUS: _status,
    Code.QUEUE_LOG_IN: _log_in,
    Code.QUEUE_LOG_OUT: _log_out,
    Code.HOURS_OVERRIDE: _hours,
}


def state_of(key: Key, tenant: TenantPlan, picture: Picture) -> State:
    """How the lamp of `key` is now. What is gone from the plan is dark."""
    if key.person is not None:
        person = tenant.people.get(key.person)
        return _state_of_person(key, person, picture) if person else State.NOT_INUSE
    if key.kind is KeyKind.HOURS:
        return _lit(_forced(tenant, key.choice, picture.now))
    return _lit(picture.parked(tenant.id, key.ref))


def _state_of_person(key: Key, person: Person, picture: Picture) -> State:
    if key.kind is KeyKind.QUEUES:
        out = why_out_of_queues(person.forwarding, person.hours, picture.now)
        return _lit((out is None) is (key.choice == "in"))
    status = present_status(person.forwarding, person.hours, picture.now)
    if key.kind is KeyKind.STATUS:
        return _lit(status is STATUS_DIGITS[key.choice])
    activity = picture.activity_of(person.id) if shows_calls(person) else QUIET
    shown = status if shows_presence(person) else Status.AVAILABLE
    return lamp(activity, shown, registered=is_registered(person, picture.registered))


def lamp(activity: Activity, status: Status, *, registered: bool = True) -> State:
    """The state of a person: what the phones do comes first, then the status."""
    if activity.ringing:
        return State.RINGINUSE if activity.talking or activity.held else State.RINGING
    if activity.talking:
        return State.INUSE
    if activity.held:
        return State.ONHOLD
    if status not in RINGING_STATUSES:
        return State.BUSY
    return State.NOT_INUSE if registered else State.UNAVAILABLE


def is_registered(person: Person, registered: frozenset[str] | None) -> bool:
    """Whether one of the person's devices is; yes while that is not known."""
    return registered is None or any(d.endpoint in registered for d in person.devices)


def shows_calls(person: Person) -> bool:
    """Whether any department of the person may see that they are on the phone."""
    return _shows(person, Right.SHOW_CALLS_TO_GROUP)


def shows_presence(person: Person) -> bool:
    """Whether any department of the person may see their status."""
    return _shows(person, Right.SHOW_PRESENCE_TO_GROUP)


def _shows(person: Person, right: Right) -> bool:
    return not person.rights or any(right.value in held for held in person.rights.values())


def _forced(tenant: TenantPlan, choice: str, now: datetime) -> bool:
    """Whether the hours of all departments are forced: at all, open ("1"), not open ("2")."""
    states = {o.state for o in _overrides_of_all(tenant) if in_force(o, now)}
    if choice == "1":
        return OverrideState.OPEN in states
    return bool(states - {OverrideState.OPEN}) if choice == "2" else bool(states)


def _overrides_of_all(tenant: TenantPlan) -> frozenset[Override]:
    """Overrides that every department has: what the dial code sets is set for all of them."""
    each = [frozenset(d.hours.overrides) for d in tenant.departments.values()]
    return frozenset.intersection(*each) if each else frozenset()


def _lit(on: bool) -> State:
    return State.INUSE if on else State.NOT_INUSE


def next_instant(people: Iterable[Person], overrides: Iterable[Override], now: datetime) -> float:
    """Seconds until the next instant at which time alone may change a lamp.

    Office hours change at full minutes; temporary statuses and overrides end when they say.
    """
    ends = [p.forwarding.temporary_until for p in people] + [o.expires_at for o in overrides]
    ahead = [(end - now).total_seconds() for end in ends if end is not None and end > now]
    return min([60.0 - now.second - now.microsecond / 1e6, *ahead])
