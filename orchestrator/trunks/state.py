"""Whether trunks work, as one node knows it: a small machine per trunk, in memory. Pure.

    UNKNOWN ──fine──────────────────────> UP
       │                                   │ ^
       │ registration_failed, refused,     │ │ fine
       │ silent                            v │
       └───────────> UNREGISTERED   REJECTED   UNREACHABLE
                          └── any bad news leads from one to the other ──┘

A trunk that is UNKNOWN counts as up. A sighting that says nothing (the first answer has not
come yet) is none: everything stays as it was.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TrunkState(StrEnum):
    UNKNOWN = "unknown"
    """Nothing was heard of it yet. It is tried."""
    UP = "up"
    UNREGISTERED = "unregistered"
    """Its registration was refused or not answered; which of the two is not known."""
    REJECTED = "rejected"
    """The provider is there and refuses the registration."""
    UNREACHABLE = "unreachable"
    """The provider does not answer OPTIONS."""


class Sighting(StrEnum):
    """What one look at a trunk shows."""

    FINE = "fine"
    REGISTRATION_FAILED = "registration_failed"
    REFUSED = "refused"
    SILENT = "silent"


TRANSITIONS: dict[tuple[TrunkState, Sighting], TrunkState] = {
    (state, sighting): after
    for sighting, after in (
        (Sighting.FINE, TrunkState.UP),
        (Sighting.REGISTRATION_FAILED, TrunkState.UNREGISTERED),
        (Sighting.REFUSED, TrunkState.REJECTED),
        (Sighting.SILENT, TrunkState.UNREACHABLE),
    )
    for state in TrunkState
    if state is not after
}

REASONS = {
    TrunkState.UNKNOWN: "Nothing was heard of the provider yet.",
    TrunkState.UP: "",
    TrunkState.UNREGISTERED: "The provider refused the registration or did not answer it.",
    TrunkState.REJECTED: "The provider refuses the registration: check user name and secret.",
    TrunkState.UNREACHABLE: (
        "The provider does not answer OPTIONS. If it never does, set qualify_seconds to 0."
    ),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What Asterisk says of a trunk.

    `registers`: it should register. `registration` is Asterisk's word (Registered, Rejected...),
    "" when it knows of none. `answers`: whether the provider answers OPTIONS; None: not asked,
    or no answer is due yet.
    """

    registers: bool
    registration: str
    answers: bool | None


def sighting_of(look: Look) -> Sighting | None:
    """What a look shows; None when it is too early to tell.

    A provider that does not answer OPTIONS gets no calls from Asterisk, registered or not.
    """
    if look.answers is False:
        return Sighting.SILENT
    if look.registers and look.registration == "Rejected":
        return Sighting.REFUSED if look.answers else Sighting.REGISTRATION_FAILED
    works = look.registration == "Registered" if look.registers else bool(look.answers)
    return Sighting.FINE if works else None


def asked_otherwise(statuses: Collection[str], asked: str) -> bool:
    """Whether Asterisk asks a provider that it should not, or not one that it should.

    `statuses`: what it says of the contacts (NonQualified, Reachable...), none while it knows none;
    `asked`: which server should be asked, and how often; "": none.
    """
    return bool(statuses) and ("NonQualified" in statuses) == bool(asked)


@dataclass(frozen=True, slots=True)
class Known:
    """The state of one trunk. `since` None: since the start."""

    state: TrunkState = TrunkState.UNKNOWN
    since: datetime | None = None

    @property
    def reason(self) -> str:
        return REASONS[self.state]


@dataclass(frozen=True, slots=True)
class StateChange:
    """A step of one trunk."""

    before: TrunkState
    after: TrunkState


class TrunkStates:
    """The states of all trunks of this node, by their ids."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    def of(self, trunk: str) -> Known:
        return self._known.get(trunk, Known())

    def down(self, trunk: str) -> str | None:
        """Why the trunk takes no calls; None when it does, or when nothing is known yet."""
        known = self.of(trunk)
        up = known.state in {TrunkState.UP, TrunkState.UNKNOWN}
        return None if up else known.reason

    def see(self, trunk: str, sighting: Sighting | None, now: datetime) -> StateChange | None:
        """Take a sighting; the step it leads to, if it leads anywhere."""
        before = self.of(trunk).state
        after = TRANSITIONS.get((before, sighting)) if sighting is not None else None
        if after is None:
            return None
        self._known[trunk] = Known(after, now)
        return StateChange(before, after)

    def keep(self, trunks: Collection[str]) -> None:
        """Forget all others."""
        self._known = {trunk: known for trunk, known in self._known.items() if trunk in trunks}
