"""What the keys of a caller mean in an IVR."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.ivr.rules import (
    Choices,
    Heard,
    KeyAction,
    Reading,
    circle,
    read,
    useless_inputs,
)
from orchestrator.types import Destination, DestinationKind

GO, REPEAT, INPUT = KeyAction.GO, KeyAction.REPEAT, KeyAction.INPUT
NUMBERS = frozenset({"101", "102", "200", "2001"})


def outcome(choices: Choices, presses: Sequence[str]) -> tuple[Reading, int]:
    """What is heard at last, and how many of `presses` that took; "" is a pause."""
    typed = ""
    for count, key in enumerate(presses, 1):
        reading = read(choices, typed, key)
        if reading.heard is not Heard.MORE:
            return reading, count
        typed = reading.typed
    return reading, len(presses)


@pytest.mark.parametrize(
    ("keys", "numbers", "presses", "heard", "typed", "took"),
    [
        ({"1": GO}, (), ["1"], Heard.KEY, "1", 1),
        ({"1": GO}, (), ["2"], Heard.WRONG, "2", 1),
        ({"1": GO}, (), [""], Heard.NOTHING, "", 1),
        ({}, (), ["1"], Heard.WRONG, "1", 1),
        ({"1": GO}, (), ["#"], Heard.WRONG, "", 1),
        ({"1": GO}, (), ["*"], Heard.WRONG, "*", 1),
        ({"9": REPEAT}, (), ["9"], Heard.KEY, "9", 1),
        # One key and extensions that begin with it: the pause decides, or # at once.
        ({"1": GO}, NUMBERS, ["1"], Heard.MORE, "1", 1),
        ({"1": GO}, NUMBERS, ["1", ""], Heard.KEY, "1", 2),
        ({"1": GO}, NUMBERS, ["1", "#"], Heard.KEY, "1", 2),
        ({"1": GO}, NUMBERS, ["1", "0", "1"], Heard.NUMBER, "101", 3),
        ({"1": GO}, NUMBERS, ["1", "0", ""], Heard.WRONG, "10", 3),
        ({"1": GO}, NUMBERS, ["1", "5"], Heard.WRONG, "15", 2),
        ({"3": GO}, NUMBERS, ["3"], Heard.KEY, "3", 1),
        # An extension that another begins with.
        ({}, NUMBERS, ["2", "0", "0"], Heard.MORE, "200", 3),
        ({}, NUMBERS, ["2", "0", "0", ""], Heard.NUMBER, "200", 4),
        ({}, NUMBERS, ["2", "0", "0", "1"], Heard.NUMBER, "2001", 4),
        ({"2": GO, "200": GO}, NUMBERS, ["2", "0", "0", "#"], Heard.KEY, "200", 4),
        # Input strings beside a key that begins like them.
        ({"1": GO, "12": GO}, (), ["1", ""], Heard.KEY, "1", 2),
        ({"1": GO, "12": GO}, (), ["1", "2"], Heard.KEY, "12", 2),
        ({"12": GO}, (), ["1", ""], Heard.WRONG, "1", 2),
        # A key for more input counts at once.
        ({"1": INPUT, "12": GO}, (), ["1"], Heard.KEY, "1", 1),
        ({"1": INPUT}, NUMBERS, ["1"], Heard.KEY, "1", 1),
    ],
)
def test_keys(
    keys: dict[str, KeyAction],
    numbers: frozenset[str],
    presses: list[str],
    heard: Heard,
    typed: str,
    took: int,
) -> None:
    assert outcome(Choices(keys, numbers), presses) == (Reading(heard, typed), took)


@pytest.mark.parametrize(
    ("key", "heard", "typed"),
    [
        ("2", Heard.KEY, "12"),
        ("0", Heard.MORE, "10"),
        ("", Heard.NOTHING, "1"),
        ("#", Heard.WRONG, "1"),
        ("9", Heard.WRONG, "19"),
    ],
)
def test_what_follows_a_key_for_more_input(key: str, heard: Heard, typed: str) -> None:
    choices = Choices({"1": INPUT, "12": GO}, NUMBERS)
    assert read(choices, "1", key) == Reading(heard, typed)


DIGITS = st.text("0123456789", min_size=1, max_size=4)
CHOICES = st.builds(
    Choices,
    st.dictionaries(DIGITS, st.sampled_from(KeyAction), max_size=6),
    st.frozensets(DIGITS, max_size=8),
)
PRESSES = st.lists(st.sampled_from("0123456789*#"), max_size=8)


@settings(deadline=None)
@given(CHOICES, PRESSES)
def test_every_input_ends_in_exactly_one_outcome(choices: Choices, presses: list[str]) -> None:
    reading, took = outcome(choices, [*presses, ""])
    assert reading.heard is not Heard.MORE, "a pause always decides"
    if reading.heard is Heard.KEY:
        assert reading.typed in choices.keys
    if reading.heard is Heard.NUMBER:
        assert reading.typed in choices.numbers
    if reading.heard is Heard.NOTHING:
        assert took == len(presses) + 1


@settings(deadline=None)
@given(CHOICES, PRESSES)
def test_more_is_waited_for_only_where_more_can_come(choices: Choices, presses: list[str]) -> None:
    typed = ""
    for key in presses:
        reading = read(choices, typed, key)
        if reading.heard is not Heard.MORE:
            return
        longer = [c for c in (*choices.keys, *choices.numbers) if c.startswith(reading.typed)]
        assert any(len(each) > len(reading.typed) for each in longer)
        typed = reading.typed


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("0123456789"), st.sampled_from(KeyAction)))
def test_a_menu_of_single_keys_decides_at_once(keys: dict[str, KeyAction]) -> None:
    choices = Choices(keys)
    for key in "0123456789*#":
        assert read(choices, "", key).heard in {Heard.KEY, Heard.WRONG}


@pytest.mark.parametrize(
    ("keys", "direct_dial", "useless"),
    [
        ({"1": INPUT}, False, ["1"]),
        ({"1": INPUT}, True, []),
        ({"1": INPUT, "12": GO}, False, []),
        ({"1": INPUT, "2": GO}, False, ["1"]),
        ({"1": GO}, False, []),
    ],
)
def test_a_key_for_input_that_nothing_follows(
    keys: dict[str, KeyAction], direct_dial: bool, useless: list[str]
) -> None:
    assert useless_inputs(keys, direct_dial=direct_dial) == useless


def ivr(name: str) -> Destination:
    return Destination(DestinationKind.IVR, name)


@pytest.mark.parametrize(
    ("ways", "field"),
    [
        ({"a": [("no_input", ivr("a"))]}, "no_input"),
        ({"a": [("no_input", ivr("b"))], "b": [("no_input", ivr("a"))]}, "no_input"),
        ({"a": [("closed", ivr("b"))], "b": [("closed", ivr("a"))]}, "closed"),
        ({"a": [("closed", ivr("b"))], "b": [("no_input", ivr("a"))]}, None),
        ({"a": [("no_input", ivr("b"))], "b": [("no_input", ivr("b"))]}, None),
        ({"a": [("no_input", ivr("gone"))]}, None),
        ({"a": [("no_input", Destination(DestinationKind.END_CALL))]}, None),
        ({"a": [("no_input", None)]}, None),
    ],
)
def test_circles_without_a_key(
    ways: dict[str, list[tuple[str, Destination | None]]], field: str | None
) -> None:
    assert circle(ways, "a") == field
