"""Telephone numbers in one form."""

import pytest

from orchestrator.numbers.rules import e164


@pytest.mark.parametrize(
    ("number", "country", "wanted"),
    [
        ("0201234567", "NL", "+31201234567"),
        ("+31201234567", "BE", "+31201234567"),
        ("31201234567", "NL", "+31201234567"),
        ("030 123", "DE", "+4930123"),
        ("*1234567", "NL", None),
        ("1", "NL", None),
        ("0201234567", "", None),
        ("", "NL", None),
    ],
)
def test_e164(number: str, country: str, wanted: str | None) -> None:
    assert e164(number, country) == wanted
