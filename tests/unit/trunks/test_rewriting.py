"""Calling numbers are changed by pairs of pattern and replacement."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.trunks.rewriting import check_pair, rewritten

NUMBER = "+31201234567"


@pytest.mark.parametrize(
    ("pairs", "number", "becomes"),
    [
        pytest.param([("+31(.*)", r"0\1")], NUMBER, "0201234567", id="the rest is kept"),
        pytest.param([("+31(20)(.*)", r"\2\1")], NUMBER, "123456720", id="groups change places"),
        pytest.param([("+3120123(....)", r"\1")], NUMBER, "4567", id="a dot is one digit"),
        pytest.param([("+3120123...", "1")], NUMBER, NUMBER, id="the whole number must fit"),
        pytest.param([("+49(.*)", "1")], NUMBER, NUMBER, id="nothing fits"),
        pytest.param([("+49(.*)", "1"), ("(.*)", "2")], NUMBER, "2", id="the next one fits"),
        pytest.param([("+31(.*)", "1"), ("(.*)", "2")], NUMBER, "1", id="the first one decides"),
        pytest.param([("31(.*)", r"0\1")], NUMBER, NUMBER, id="a plus is no digit"),
        pytest.param([(".........", "1")], "anonymous", "anonymous", id="letters are no digits"),
        pytest.param([("(.*)", "1000")], "anonymous", "1000", id="the rest may be anything"),
        pytest.param([("31(.*)", r"\10")], "31", "0", id="the rest may be nothing"),
        pytest.param([("*1(.)", r"#\1")], "*12", "#2", id="a star stands for itself"),
        pytest.param([], NUMBER, NUMBER, id="no pairs"),
    ],
)
def test_a_number_is_changed(pairs: list[tuple[str, str]], number: str, becomes: str) -> None:
    for pair in pairs:
        check_pair(*pair)
    assert rewritten(pairs, number) == becomes


@pytest.mark.parametrize(
    ("pattern", "replacement", "wrong"),
    [
        pytest.param("", "1", "1 to 60", id="no pattern"),
        pytest.param("1" * 61, "1", "1 to 60", id="a pattern without end"),
        pytest.param("(.*)1", "1", "only be at the end", id="the rest in the middle"),
        pytest.param("(.*)(.*)", "1", "only be at the end", id="the rest twice"),
        pytest.param("1.*", "1", "made of", id="the rest without a group"),
        pytest.param("1(2", "1", "needs its", id="an open group"),
        pytest.param("1)2(", "1", "needs its", id="a group that closes before it opens"),
        pytest.param("()1", "1", "needs its", id="an empty group"),
        pytest.param("((1))", "1", "needs its", id="a group in a group"),
        pytest.param("(1.*)", "1", "made of", id="the rest with digits in one group"),
        pytest.param("[0-9]+", "1", "made of", id="a regular expression"),
        pytest.param("(1)" * 10, "1", "9 groups", id="ten groups"),
        pytest.param("1", "", "made of", id="no replacement"),
        pytest.param("1", "abc", "made of", id="letters"),
        pytest.param("1", "\\", "made of", id="a backslash without a number"),
        pytest.param("(1)", r"\2", r"no group \\2", id="a group that is not there"),
        pytest.param("1", "1" * 61, "at most", id="a replacement without end"),
    ],
)
def test_a_pair_that_cannot_work_is_refused(pattern: str, replacement: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        check_pair(pattern, replacement)


@given(st.text("0123456789+*#.()\\", max_size=12), st.text("0123+\\", max_size=6), st.text())
def test_a_pair_that_passed_the_check_never_fails(
    pattern: str, replacement: str, number: str
) -> None:
    try:
        check_pair(pattern, replacement)
    except ValueError:
        return
    assert isinstance(rewritten([(pattern, replacement)], number), str)
