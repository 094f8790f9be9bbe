"""One channel of a call, and the small machine of its life. Pure.

RINGING ──answered──> UP ──gone──> GONE
   └───────────gone────────────────^
"""

from dataclasses import dataclass
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


@dataclass(slots=True)
class Leg:
    """One channel. `id` is the channel's id; `number` and `name` are the party behind it.

    `person` is the id of the user whose device it is, `trunk` the id of the trunk it runs
    over; a leg has one of the two. `ours` is set by its StasisStart: before that Asterisk takes
    no requests for it, though it may be answered already. `cause` is the Q.850 cause with which
    it ended.
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

    def apply(self, event: LegEvent) -> bool:
        """Take `event`; False when the table has no such step (a repeated or late event)."""
        after = TRANSITIONS.get((self.state, event))
        if after is None:
            return False
        self.state = after
        return True

    @property
    def identity(self) -> str:
        """`"Name" <number>`, as Asterisk parses it; a quote in the name would break out of it."""
        name = self.name.replace('"', "").replace("\\", "")
        return f'"{name}" <{self.number}>' if name else self.number

    @property
    def alive(self) -> bool:
        return self.state is not LegState.GONE
