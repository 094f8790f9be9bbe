"""Typed codes: commands of a person in a conversation, found among all keys they press. Pure.

A command is a code (`*80`), or a code with a number (`*82#101#`); an empty code is switched off.
"""

import re
from collections.abc import Iterable, Mapping

from orchestrator.options.rules import Code

_NUMBER = re.compile(r"#([0-9*]{1,30})#")
_PART_OF_NUMBER = re.compile(r"#[0-9*]{0,30}#?")


class TypedCodes:
    """What was typed so far. `plain` are the commands without a number, `numbered` with one."""

    def __init__(self, plain: Iterable[Code], numbered: Iterable[Code] = ()) -> None:
        self._plain = tuple(plain)
        self._numbered = tuple(numbered)
        self.typed = ""

    def press(self, codes: Mapping[Code, str], key: str) -> tuple[Code, str] | None:
        """Take a key; the command that it completes, with its number."""
        self.typed = self._kept(codes, self.typed + key)
        found = self._command(codes)
        if found is not None:
            self.typed = ""
        return found

    def _command(self, codes: Mapping[Code, str]) -> tuple[Code, str] | None:
        for code in self._plain:
            if codes[code] and self.typed == codes[code]:
                return code, ""
        for code in self._numbered:
            begin = codes[code]
            if not begin or not self.typed.startswith(begin):
                continue
            if (found := _NUMBER.fullmatch(self.typed[len(begin) :])) is not None:
                return code, found[1]
        return None

    def _kept(self, codes: Mapping[Code, str], typed: str) -> str:
        """The longest end of `typed` that is a command or may become one."""
        ends = (typed[place:] for place in range(len(typed)))
        return next((end for end in ends if self._may_become(codes, end)), "")

    def _may_become(self, codes: Mapping[Code, str], typed: str) -> bool:
        if any(codes[c].startswith(typed) for c in (*self._plain, *self._numbered)):
            return True
        numbered = [codes[code] for code in self._numbered if codes[code]]
        rests = (typed[len(code) :] for code in numbered if typed.startswith(code))
        return any(_PART_OF_NUMBER.fullmatch(rest) is not None for rest in rests)
