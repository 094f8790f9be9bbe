"""PINs of people: weak ones are named, drawn ones never are weak."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.people.pins import random_pin, weakness


@pytest.mark.parametrize(
    ("pin", "number", "why"),
    [
        ("1000", "1000", "extension number"),
        ("1000", "100", ""),
        ("0000", "100", "again and again"),
        ("7777777777", "100", "again and again"),
        ("1234", "100", "in a row"),
        ("9876543210", "100", "in a row"),
        ("7890", "100", "in a row"),
        ("2109", "100", "in a row"),
        ("1235", "100", ""),
        ("1357", "100", ""),
        ("1122", "100", ""),
        ("2580", "", ""),
    ],
)
def test_weak_pins_are_told_from_others(pin: str, number: str, why: str) -> None:
    found = weakness(pin, number)
    assert why in found
    assert bool(found) is bool(why)


@given(st.text("0123456789", min_size=4, max_size=4))
def test_a_drawn_pin_is_four_digits_and_never_weak(number: str) -> None:
    pin = random_pin(number)
    assert (len(pin), pin.isdecimal(), weakness(pin, number)) == (4, True, "")
