"""Dial codes: which function a dialled number is, and what it acts on. Pure.

    what is dialled              function, with the default codes
    ---------------------------  -------------------------------------------------------------
    *0 0-9                       park in that orbit
    *1 0-9 [extension]           take the call that waits longest there, or that one parked
    *20* [extension]             take the call that rings there, or the one that rings longest
    *3 0-4                       set one's status
    *4 extension                 leave a message for somebody
    999                          one's own voicemail
    *5 number                    call with the own number withheld
    *62, *63                     log in to, out of all queues
    (none) [1 or 2]              office hours: forced on, forced off, by the schedule again
    (none) extension             intercom; listen to, whisper to, be in a colleague's call
    number ** code               call, and note a billing code
    *77* [extension *]           hot desking
    777                          key in the PIN that calls out wait for
    *68 0-9                      say how the room is, in which the telephone stands
    *68 *item*count...           say what was taken from its minibar

For every set of codes without `clashes`, a number is one function at most. The codes for mobiles
are keys that are pressed during a call, not numbers; they can clash only with each other.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.hotel.rules import REPORT
from orchestrator.options.rules import Code

SHAPE = re.compile(r"([*#][0-9*#]{0,7}|[0-9]{2,8})?")
"""Codes: with a star or hash in front, or digits alone; empty: the function is off."""

_DIGITS = frozenset("0123456789")
_KEYS = _DIGITS | {"*", "#"}
_BILLED = re.compile(r"\+?[0-9]+")
_BILLING_CODE = re.compile(r"[0-9*#]{1,32}")


@dataclass(frozen=True, slots=True)
class Tail:
    """What stands behind a code: all of it fits `pattern`, and begins with one of `first`."""

    pattern: re.Pattern[str]
    first: frozenset[str] = frozenset()


_NOTHING = Tail(re.compile(""))
_EXTENSION = Tail(re.compile(r"[0-9*#]{1,8}"), _KEYS)

_TAILS: Mapping[Code, Tail] = {
    Code.PARK: Tail(re.compile(r"[0-9]"), _DIGITS),
    Code.UNPARK: Tail(re.compile(r"[0-9][0-9*#]{0,8}"), _DIGITS),
    Code.PICKUP: Tail(re.compile(r"[0-9*#]{0,8}"), _KEYS),
    Code.SET_STATUS: Tail(re.compile(r"[0-4]"), frozenset("01234")),
    Code.VOICEMAIL_OF: _EXTENSION,
    Code.VOICEMAIL_MENU: _NOTHING,
    Code.WITHHOLD_CALLER_ID: Tail(_BILLED, _DIGITS | {"+"}),
    Code.QUEUE_LOG_IN: _NOTHING,
    Code.QUEUE_LOG_OUT: _NOTHING,
    Code.HOURS_OVERRIDE: Tail(re.compile(r"[12]?"), frozenset("12")),
    Code.INTERCOM: _EXTENSION,
    Code.HOT_DESKING: Tail(re.compile(r"([0-9]{1,8}\*)?"), _DIGITS),
    Code.OUTBOUND_PIN: _NOTHING,
    Code.HOTEL: Tail(REPORT, _DIGITS | {"*"}),
    Code.LISTEN: _EXTENSION,
    Code.WHISPER: _EXTENSION,
    Code.BARGE_IN: _EXTENSION,
}

MOBILE = frozenset(code for code in Code if code.value.startswith("mobile_"))


# Functions that change something for who dials, so that keys of phones may name that person.
_OF_ONESELF = frozenset({Code.SET_STATUS, Code.QUEUE_LOG_IN, Code.QUEUE_LOG_OUT})


@dataclass(frozen=True, slots=True)
class Dialled:
    """A dialled number that is a function, and what stands behind its code."""

    code: Code
    argument: str = ""


def function_of(codes: Mapping[Code, str], number: str) -> Dialled | None:
    """Which function `number` is, if it is one. Of several (damaged options) the longest code."""
    found = [
        Dialled(code, number[len(codes[code]) :])
        for code, tail in _TAILS.items()
        if codes[code]
        and number.startswith(codes[code])
        and tail.pattern.fullmatch(number, len(codes[code]))
    ]
    return max(found, key=lambda each: len(codes[each.code]), default=None)


def function_of_key(codes: Mapping[Code, str], number: str, own: str) -> Dialled | None:
    """Which function a key with a lamp dials: a code with the caller's `own` number behind it.

    A phone dials what its key watches, and that has to say whose lamp it is (`*32101`). Somebody
    else's number behind a code is no function.
    """
    if not own or not number.endswith(own):
        return None
    found = function_of(codes, number.removesuffix(own))
    return found if found and found.code in _OF_ONESELF else None


def without_billing(codes: Mapping[Code, str], number: str) -> tuple[str, str]:
    """The number to call and the billing code behind it, "" when there is none."""
    sign, withhold = codes[Code.BILLING], codes[Code.WITHHOLD_CALLER_ID]
    if not sign:
        return number, ""
    start = len(withhold) if withhold and number.startswith(withhold) else 0
    billed = _BILLED.match(number, start)
    if billed is None or not number.startswith(sign, billed.end()):
        return number, ""
    code = number[billed.end() + len(sign) :]
    return (number[: billed.end()], code) if _BILLING_CODE.fullmatch(code) else (number, "")


@dataclass(frozen=True, slots=True)
class Called:
    """The number that is called, once the codes around it are taken off."""

    number: str
    billing: str = ""
    withheld: bool = False


def called(codes: Mapping[Code, str], dialled: str) -> Called:
    """`*5 0201234 ** 77` calls 0201234, withheld, billed to 77. Anything else stays as it is."""
    number, billing = without_billing(codes, dialled)
    found = function_of(codes, number)
    if found is not None and found.code is Code.WITHHOLD_CALLER_ID:
        return Called(found.argument, billing, withheld=True)
    return Called(number, billing)


def taking(codes: Mapping[Code, str], number: str) -> Code | None:
    """The function that a call to `number` would be; None: the number is free for an extension."""
    if without_billing(codes, number)[1]:
        return Code.BILLING
    found = function_of(codes, number)
    return found.code if found else None


def misshapen(code: Code, text: str) -> str:
    """What is wrong with `text` as the code of this function alone; "" if nothing is."""
    if not SHAPE.fullmatch(text):
        return "must be * or # and up to 7 keys more, or 2 to 8 digits"
    alone = code in _TAILS and not _TAILS[code].first
    if text and not alone and text[0] in _DIGITS:
        return "must begin with * or #: something stands behind it, and telephone numbers must not"
    return ""


def clashes(codes: Mapping[Code, str]) -> Iterator[tuple[Code, Code]]:
    """Pairs of functions that cannot be told apart, each once."""
    used = [code for code in Code if codes[code]]
    for index, one in enumerate(used):
        for other in used[index + 1 :]:
            if _clash(codes, one, other):
                yield one, other


def _clash(codes: Mapping[Code, str], one: Code, other: Code) -> bool:
    short, long = sorted((one, other), key=lambda code: len(codes[code]))
    if not codes[long].startswith(codes[short]):
        return False
    if codes[long] == codes[short]:
        return True
    if {one, other} <= MOBILE:
        # Keys come one by one: the shorter one would always be first.
        return True
    if {one, other} & (MOBILE | {Code.BILLING}):
        return False
    return codes[long][len(codes[short])] in _TAILS[short].first
