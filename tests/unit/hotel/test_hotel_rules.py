"""What is keyed in behind the code for rooms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.hotel.rules import MOST_ITEMS, REPORT, Taken, taken, word_of
from orchestrator.options.rules import DEFAULT_CODES, Code
from orchestrator.routing.dial_codes import Dialled, clashes, function_of

ITEMS = st.builds(Taken, st.text("0123456789", min_size=1, max_size=8), st.integers(1, 99))


@pytest.mark.parametrize(
    ("dialled", "report"),
    [
        ("*680", "0"),
        ("*682", "2"),
        ("*68*12*3", "*12*3"),
        ("*68*12*3*7*1", "*12*3*7*1"),
        ("*68*12345678*99", "*12345678*99"),
    ],
)
def test_reports_are_the_function_of_the_code(dialled: str, report: str) -> None:
    assert function_of(DEFAULT_CODES, dialled) == Dialled(Code.HOTEL, report)


@pytest.mark.parametrize(
    "dialled",
    ["*68", "*6822", "*68*", "*68*1", "*68*1*0", "*68*1*100", "*68*123456789*1", "*68*1*2*3"],
)
def test_anything_else_behind_it_is_no_function(dialled: str) -> None:
    assert function_of(DEFAULT_CODES, dialled) is None


def test_no_more_articles_than_the_bound_are_taken_at_once() -> None:
    assert REPORT.fullmatch("*1*1" * MOST_ITEMS)
    assert not REPORT.fullmatch("*1*1" * (MOST_ITEMS + 1))


@given(st.lists(ITEMS, min_size=1, max_size=MOST_ITEMS))
def test_what_is_keyed_in_is_what_is_noted(items: list[Taken]) -> None:
    report = "".join(f"*{each.item}*{each.count}" for each in items)
    assert REPORT.fullmatch(report)
    assert list(taken(report)) == items


def test_a_state_is_no_article_and_has_its_word() -> None:
    assert taken("2") == ()
    assert (word_of("2"), word_of("7")) == ("clean", "7")


def test_the_default_codes_can_be_told_apart() -> None:
    assert list(clashes(DEFAULT_CODES)) == []
