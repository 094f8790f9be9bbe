"""PINs of people: those that are too easy to guess, and random ones that are not."""

import secrets
from itertools import pairwise

_LENGTH = 4
"""Digits of a PIN that was given to somebody who has not chosen one."""


def weakness(pin: str, number: str = "") -> str:
    """Why `pin` is no good for the person at extension `number`; "" when nothing is wrong."""
    if pin == number:
        return "must not be the extension number"
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if steps == {0}:
        return "must not be one digit again and again"
    if steps in ({1}, {9}):
        return "must not be digits in a row, up or down"
    return ""


def random_pin(number: str = "") -> str:
    """A PIN for the person at extension `number`, drawn from a source that nobody can foresee."""
    while True:
        pin = f"{secrets.randbelow(10**_LENGTH):0{_LENGTH}}"
        if not weakness(pin, number):
            return pin
