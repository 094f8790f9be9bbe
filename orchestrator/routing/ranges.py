"""Ranges as people write them: `7,10-13` of lengths, `100,102-120` of extensions. Pure."""

import re
from collections.abc import Iterator

_PART = re.compile(r"([0-9]{1,10})(?:-([0-9]{1,10}))?")


def length_ranges(text: str) -> tuple[tuple[int, int], ...]:
    """`7,10-13` -> ((7, 7), (10, 13)). ValueError says what is wrong with the text."""
    return tuple((int(first), int(last)) for first, last in _parts(text))


def extension_ranges(text: str) -> tuple[tuple[str, str], ...]:
    """`100,102-120` -> (("100", "100"), ("102", "120")); both ends have the same length."""
    found = tuple(_parts(text))
    for first, last in found:
        if len(first) != len(last):
            raise ValueError(f"{first}-{last}: both ends must have as many digits")
    return found


def written(ranges: tuple[tuple[str, str], ...] | tuple[tuple[int, int], ...]) -> str:
    """The text that parses into `ranges`."""
    return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ranges)


def _parts(text: str) -> Iterator[tuple[str, str]]:
    for part in text.replace(" ", "").split(",") if text.strip() else ():
        found = _PART.fullmatch(part)
        if found is None:
            raise ValueError(f"{part!r} is no number and no range such as 102-120")
        first, last = found[1], found[2] or found[1]
        if int(last) < int(first):
            raise ValueError(f"{part} ends before it begins")
        yield first, last
