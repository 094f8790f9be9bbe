"""Names as callers spell them on the keypad of a telephone (ITU-T E.161). Pure.

Li is 540: a name is found by three keys at least, and 0 and 1, which have no letters, fill up
short ones. Accents do not count (é is e), nor does whatever is no letter.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

LEAST_KEYS = 3
MOST_CHOICES = 10
"""Names that are read out to choose from: by the keys 0 to 9."""

MORE_SECONDS = 2.0
"""How long to wait for a key that narrows several names down."""

_LETTERS = ("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz")
_KEYS = {letter: str(key) for key, letters in enumerate(_LETTERS, 2) for letter in letters}
# Letters that do not come apart into a plain letter and an accent.
_PLAIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_WITHOUT_LETTERS = str.maketrans("", "", "01")


class NamePart(StrEnum):
    """Which part of a name callers spell."""

    FIRST = "first"
    LAST = "last"
    EITHER = "either"


class Spelled(Protocol):
    """Somebody who can be found by name; `spelled` are first and last name on the keypad."""

    @property
    def spelled(self) -> tuple[str, str]: ...


T = TypeVar("T", bound=Spelled)


class Search(StrEnum):
    """What to do about what was spelled so far."""

    MORE = "more"
    """Wait for another key."""
    FOUND = "found"
    """One person it can be."""
    CHOOSE = "choose"
    """Several, and the caller spells no further: read them out."""
    NOBODY = "nobody"
    """No such name, or too few keys."""


def keys_of(name: str) -> str:
    """`name` on the keypad: `Müller` is 685537."""
    apart = unicodedata.normalize("NFKD", name.casefold().translate(_PLAIN))
    return "".join(_KEYS[char] for char in apart if char in _KEYS)


def search(
    people: Iterable[T], part: NamePart, typed: str, *, ended: bool
) -> tuple[Search, Sequence[T]]:
    """Who `typed` can be, and what to do. `ended`: the caller spells no further.

    Whoever is called exactly so comes first.
    """
    if len(typed) < LEAST_KEYS:
        return (Search.NOBODY if ended else Search.MORE), ()
    keys = typed.translate(_WITHOUT_LETTERS)
    found = [each for each in people if keys and _begins(each, part, keys)]
    if len(found) < 2:
        return (Search.FOUND if found else Search.NOBODY), found
    found.sort(key=lambda each: keys not in _names(each, part))
    return (Search.CHOOSE if ended else Search.MORE), found


def _begins(one: Spelled, part: NamePart, keys: str) -> bool:
    return any(name.startswith(keys) for name in _names(one, part))


def _names(one: Spelled, part: NamePart) -> tuple[str, ...]:
    first, last = one.spelled
    match part:
        case NamePart.FIRST:
            return (first,)
        case NamePart.LAST:
            return (last,)
        case NamePart.EITHER:
            return first, last
