"""PINs that people key in at a telephone: who guessed wrong too often, and whose calls out wait.

In the memory of the node, where all calls of a tenant are; a restart forgives wrong tries, and
closes what a PIN had opened.
"""

import hmac
from dataclasses import dataclass

import structlog

from orchestrator.clock import Clock
from orchestrator.routing.plan import Person

MOST_TRIES = 3
"""So many wrong PINs in a row, in one call or in several, block their person."""
BLOCKED_SECONDS = 120.0
MOST_PEOPLE = 10_000
"""Whose wrong tries are kept at most; beyond it the oldest are forgotten."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    blocked_until: float = 0.0


class Pins:
    """Tells a right PIN from a wrong one, and counts the wrong ones of each person."""

    def __init__(self, clock: Clock, most_people: int = MOST_PEOPLE) -> None:
        self._clock = clock
        self._most_people = most_people
        self._tries: dict[str, _Tries] = {}
        self._open_until: dict[str, float] = {}

    def blocked(self, person: str) -> bool:
        """Whether no PIN of this person (id) is looked at now, not even the right one."""
        tries = self._tries.get(person)
        return tries is not None and self._clock.monotonic() < tries.blocked_until

    def matches(self, person: Person, given: str) -> bool:
        """Whether `given` is the PIN of `person`. Takes as long for a wrong one as for a right one.

        Somebody without a PIN has none that is right.
        """
        if self.blocked(person.id):
            return False
        right = hmac.compare_digest(given.encode(), person.pin.encode()) and bool(person.pin)
        if right:
            self._tries.pop(person.id, None)
        else:
            self._note_wrong(person)
        return right

    def _note_wrong(self, person: Person) -> None:
        tries = self._tries.pop(person.id, _Tries())
        tries.wrong += 1
        if tries.wrong >= MOST_TRIES:
            tries.wrong, tries.blocked_until = 0, self._clock.monotonic() + BLOCKED_SECONDS
            log.warning("pin-blocked", user=person.id, seconds=BLOCKED_SECONDS)
        while len(self._tries) >= self._most_people:
            del self._tries[next(iter(self._tries))]
        self._tries[person.id] = tries

    def open_calls_out(self, person: Person) -> None:
        """From now on, for as long as the person's `pin_seconds` say, calls out go."""
        now = self._clock.monotonic()
        self._open_until = {who: until for who, until in self._open_until.items() if until > now}
        self._open_until[person.id] = now + person.pin_seconds

    def calls_out_open(self, person: str) -> bool:
        """Whether this person (id) keyed in the PIN a short time ago."""
        return self._clock.monotonic() < self._open_until.get(person, 0.0)
