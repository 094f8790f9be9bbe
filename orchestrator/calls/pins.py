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
MOST_TRIES_AT_PHONE = 9
"""So many in a row block a telephone at which anybody may prove who they are: or one would try the
same few PINs with all people."""
BLOCKED_SECONDS = 120.0
MOST_PEOPLE = 10_000
"""Whose wrong tries are kept at most, telephones among them; beyond it the oldest are forgotten."""

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

    def blocked(self, person: str, phone: str = "") -> bool:
        """Whether no PIN of this person (id), or none at this telephone (id), is looked at now, not
        even the right one."""
        now = self._clock.monotonic()
        found = (self._tries.get(each) for each in (person, phone))
        return any(tries is not None and now < tries.blocked_until for tries in found)

    def matches(self, person: Person, given: str, phone: str = "") -> bool:
        """Whether `given` is the PIN of `person`. Takes as long for a wrong one as for a right one.

        Somebody without a PIN has none that is right. `phone`: at which telephone (id) it was keyed
        in, if that counts too.
        """
        if self.blocked(person.id, phone):
            return False
        right = hmac.compare_digest(given.encode(), person.pin.encode()) and bool(person.pin)
        for who, most in ((person.id, MOST_TRIES), (phone, MOST_TRIES_AT_PHONE)):
            if right:
                self._tries.pop(who, None)
            elif who:
                self._note_wrong(who, most)
        return right

    def _note_wrong(self, who: str, most: int) -> None:
        tries = self._tries.pop(who, _Tries())
        tries.wrong += 1
        if tries.wrong >= most:
            tries.wrong, tries.blocked_until = 0, self._clock.monotonic() + BLOCKED_SECONDS
            log.warning("pin-blocked", id=who, seconds=BLOCKED_SECONDS)
        while len(self._tries) >= self._most_people:
            del self._tries[next(iter(self._tries))]
        self._tries[who] = tries

    def open_calls_out(self, person: Person) -> None:
        """From now on, for as long as the person's `pin_seconds` say, calls out go."""
        now = self._clock.monotonic()
        self._open_until = {who: until for who, until in self._open_until.items() if until > now}
        self._open_until[person.id] = now + person.pin_seconds

    def calls_out_open(self, person: str) -> bool:
        """Whether this person (id) keyed in the PIN a short time ago."""
        return self._clock.monotonic() < self._open_until.get(person, 0.0)
