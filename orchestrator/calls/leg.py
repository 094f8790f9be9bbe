"""One channel of a call, and the small machine of its life. Pure.

RINGING ──answered──> UP ──gone──> GONE
   └───────────gone────────────────^
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum


class LegState(StrEnum):
    """A leg is RINGING until it is answered (an inbound caller's leg: until we answer it)."""

    RINGING = "ringing"
    UP = "up"
    GONE = "gone"


class LegEvent(StrEnum):
    ANSWERED = "answered"
    GONE = "gone"


TRANSITIONS: dict[tuple[LegState, LegEvent], LegState] = {
    (LegState.RINGING, LegEvent.ANSWERED): LegState.UP,
    (LegState.RINGING, LegEvent.GONE): LegState.GONE,
    (LegState.UP, LegEvent.GONE): LegState.GONE,
}

# What would end the quoted name or the bracketed number early.
_STRIPPED = str.maketrans("", "", '"\\<>')


def identity_of(name: str, number: str) -> str:
    """`"Name" <number>`, as Asterisk parses it. Without the brackets it would take a number
    that is not made of digits (`anonymous`) for a name."""
    name, number = name.translate(_STRIPPED), number.translate(_STRIPPED)
    return f'"{name}" <{number}>' if name else f"<{number}>"


def _nobody(person: str) -> None:
    """Who is told of changes of a leg that belongs to no call."""


@dataclass(slots=True)
class Leg:
    """One channel. `id` is the channel's id; `number` and `name` are the party behind it.

    `person` is the id of the user whose device it is, `trunk` the id of the trunk it runs
    over; a leg has one of the two, or none at a hot-desk phone that nobody uses. `ours` is set by
    its StasisStart: before that Asterisk takes no requests for it, though it may be answered
    already. `held`: its party has put the other side on hold. `cause` is the Q.850 cause with
    which it ended. `changed` is told the person of each change, and returns at once. `muted`: the
    others do not hear it. `language`: what a menu chose for it, "" its own.
    """

    id: str
    endpoint: str
    number: str
    name: str
    person: str | None = None
    trunk: str | None = None
    state: LegState = LegState.RINGING
    ours: bool = False
    cause: int = 0
    held: bool = False
    muted: bool = False
    music: bool = False
    language: str = ""
    changed: Callable[[str], None] = field(default=_nobody, repr=False, compare=False)

    def apply(self, event: LegEvent) -> bool:
        """Take `event`; False when the table has no such step (a repeated or late event)."""
        after = TRANSITIONS.get((self.state, event))
        if after is None:
            return False
        self.state = after
        self._tell()
        return True

    def hold(self, held: bool) -> None:
        """Note that the party holds the other side, or is back."""
        self.held = held
        self._tell()

    def _tell(self) -> None:
        if self.person:
            self.changed(self.person)

    @property
    def identity(self) -> str:
        return identity_of(self.name, self.number)

    @property
    def alive(self) -> bool:
        return self.state is not LegState.GONE
