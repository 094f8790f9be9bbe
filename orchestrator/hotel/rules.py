"""What the staff of a hotel keys in behind the code for rooms. Pure.

2            the room is clean; other digits are what the hotel makes of them
*12*3        3 pieces of article 12 were taken from the minibar
*12*3*7*1    and 1 of article 7
"""

import re
from dataclasses import dataclass

MOST_ITEMS = 10
"""Articles in one report."""

REPORT = re.compile(rf"[0-9]|(\*[0-9]{{1,8}}\*[1-9][0-9]?){{1,{MOST_ITEMS}}}")
"""All that may stand behind the code."""

WORDS = {"2": "clean"}
"""What is known of the digits; the others mean what the hotel agrees with its staff."""


@dataclass(frozen=True, slots=True)
class Taken:
    """`count` pieces of the article `item`."""

    item: str
    count: int


def taken(report: str) -> tuple[Taken, ...]:
    """What was taken from the minibar; empty for a report about the state of the room."""
    keys = report.split("*")[1:]
    return tuple(Taken(item, int(count)) for item, count in zip(keys[::2], keys[1::2], strict=True))


def word_of(status: str) -> str:
    """How people call a state: its word, or the digit itself."""
    return WORDS.get(status, status)
