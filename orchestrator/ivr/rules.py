"""What an IVR does with what a caller keys in. Pure.

A key decides at once when nothing longer begins with it. Where something does (key 1 beside the
input string 12, or beside the extension 101 that may be dialled), the caller has `PAUSE_SECONDS`
to go on; then what was keyed in counts as it is. `#` says that nothing more comes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.types import Destination, DestinationKind

PAUSE_SECONDS = 3.0
"""How long to wait for another key where one may follow."""

END_KEY = "#"


class KeyAction(StrEnum):
    """What a key or an input string does."""

    GO = "go"
    """Go to the destination of the key."""
    REPEAT = "repeat"
    """Play the prompt again, and wait again."""
    INPUT = "input"
    """Play the key's own prompt, and wait for an input string that begins with the key."""


class Heard(StrEnum):
    """What the keys of a caller say so far."""

    KEY = "key"
    """A key or input string of the IVR."""
    NUMBER = "number"
    """An extension that may be dialled."""
    MORE = "more"
    """Another key may follow: wait for it."""
    NOTHING = "nothing"
    """The caller keyed nothing in."""
    WRONG = "wrong"
    """Nothing that leads anywhere."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be keyed in: the `keys` of the IVR, and the `numbers` that may be dialled."""

    keys: Mapping[str, KeyAction]
    numbers: Iterable[str] = ()

    def longer_than(self, typed: str) -> bool:
        """Whether something begins with `typed` and goes on."""
        return any(
            each.startswith(typed) and each != typed
            for choices in (self.keys, self.numbers)
            for each in choices
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """What was `heard`, and the keys of it."""

    heard: Heard
    typed: str = ""


def read(choices: Choices, typed: str, key: str) -> Reading:
    """What `key` after `typed` says; an empty key is a pause that was long enough.

    A key for more input counts at once, for its prompt asks for the rest.
    """
    ended = key in {"", END_KEY}
    typed = typed if ended else typed + key
    action = choices.keys.get(typed)
    asks = action is KeyAction.INPUT
    if not key and (not typed or asks):
        return Reading(Heard.NOTHING, typed)
    if not ended and asks:
        return Reading(Heard.KEY, typed)
    if not ended and choices.longer_than(typed):
        return Reading(Heard.MORE, typed)
    if action is not None and not asks:
        return Reading(Heard.KEY, typed)
    return Reading(Heard.NUMBER if typed in choices.numbers else Heard.WRONG, typed)


def useless_inputs(keys: Mapping[str, KeyAction], *, direct_dial: bool) -> list[str]:
    """Keys that ask for more input although nothing could follow."""
    return [
        key
        for key, action in keys.items()
        if action is KeyAction.INPUT
        and not direct_dial
        and not any(other.startswith(key) and other != key for other in keys)
    ]


Ways = Mapping[str, Sequence[tuple[str, Destination | None]]]
"""IVR (id) -> where it sends callers who key nothing in, by the name of the field."""


def circle(ways: Ways, start: str) -> str | None:
    """The field by which callers who key nothing in come from the IVR `start` back to it."""
    for field, destination in ways.get(start, ()):
        seen: set[str] = set()
        while destination is not None and destination.kind is DestinationKind.IVR:
            if destination.ref == start:
                return field
            if destination.ref in seen:
                break
            seen.add(destination.ref)
            destination = dict(ways.get(destination.ref, ())).get(field)
    return None
