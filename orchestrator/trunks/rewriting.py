"""Pairs of pattern and replacement that change calling numbers, on their way in or out. Pure.

    pattern        replacement    +31201234567 becomes
    +31(.*)        0\\1            0201234567
    +31(20)(.*)    00\\1\\2         00201234567
    +312012345..   0201234500     0201234500

In a pattern `.` is any digit, `( )` a group, and `(.*)`, only at the end, the rest of the number,
whatever it is. All else stands for itself. A pattern fits whole numbers only. A replacement is
made of digits and group numbers (`\\1` to `\\9`). The first pattern that fits decides.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

LONGEST = 60
"""Characters of a pattern, and of a replacement."""

_REST = "(.*)"
_PLAIN = re.compile(r"[0-9+*#.]*")
_REPLACEMENT = re.compile(r"(?:[0-9+*#]|\\[1-9])+")
_GROUP_NUMBER = re.compile(r"\\([1-9])")


def rewritten(pairs: Iterable[tuple[str, str]], number: str) -> str:
    """`number` as the first pair whose pattern fits it makes it; unchanged when none does."""
    for pattern, replacement in pairs:
        found = _compiled(pattern).fullmatch(number)
        if found is not None:
            return _filled(replacement, found)
    return number


def _filled(replacement: str, groups: re.Match[str]) -> str:
    return _GROUP_NUMBER.sub(lambda number: groups[int(number[1])], replacement)


def check_pair(pattern: str, replacement: str) -> None:
    """Raise ValueError, saying what is wrong, unless `rewritten` can work with the pair."""
    check_pattern(pattern)
    check_replacement(pattern, replacement)


def check_pattern(pattern: str) -> None:
    """Raise ValueError, saying what is wrong with the pattern."""
    if not 0 < len(pattern) <= LONGEST:
        raise ValueError(f"a pattern has 1 to {LONGEST} characters")
    body = pattern.removesuffix(_REST)
    if _REST in body:
        raise ValueError(f"{_REST} takes the rest of the number: it can only be at the end")
    outside = re.sub(r"\(([^()]+)\)", r"\1", body)
    if "(" in outside or ")" in outside:
        raise ValueError("every ( needs its ), with something between, and groups hold no groups")
    if not _PLAIN.fullmatch(outside) or ".*" in outside:
        raise ValueError(f"a pattern is made of digits, +, *, #, . and groups, with {_REST} last")
    if _groups(pattern) > 9:
        raise ValueError("a pattern has 9 groups at most")


def check_replacement(pattern: str, replacement: str) -> None:
    """Raise ValueError, saying what is wrong with the replacement for a good pattern."""
    if len(replacement) > LONGEST:
        raise ValueError(f"a replacement has {LONGEST} characters at most")
    if not _REPLACEMENT.fullmatch(replacement):
        raise ValueError(r"a replacement is made of digits, +, *, # and group numbers such as \1")
    for group in _GROUP_NUMBER.findall(replacement):
        if int(group) > _groups(pattern):
            raise ValueError(f"the pattern has no group \\{group}")


def _groups(pattern: str) -> int:
    return pattern.count("(")


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression; only its last part may repeat, so it is linear."""
    body = pattern.removesuffix(_REST)
    marks = {".": "[0-9]", "(": "(", ")": ")"}
    expression = "".join(marks.get(each) or re.escape(each) for each in body)
    return re.compile(expression + ("(.*)" if body != pattern else ""))
