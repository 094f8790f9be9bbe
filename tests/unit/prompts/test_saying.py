"""Numbers, times and dates in the order of each language."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.prompts import words
from orchestrator.prompts.phrases import Phrase
from orchestrator.prompts.saying import UNITS_FIRST, day, digits, duration, number, time_of_day

TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        (0, "en", "digits/0"),
        (25, "en", "digits/20 digits/5"),
        (2000, "fr-FR", "number:2000"),
        (71, "it", "number:71"),
        (0, "nl", "digits/0"),
        (25, "nl", "digits/25"),
        (25, "de", "digits/25"),
        (100, "nl", "digits/hundred"),
        (101, "nl-BE", "digits/hundred digits/1"),
        (225, "nl", "digits/2 digits/hundred digits/25"),
        (1000, "nl", "digits/thousand"),
        (2000, "nl", "digits/2 digits/thousand"),
        (2026, "de", "digits/2 digits/thousand digits/26"),
        (100_025, "nl", "digits/hundred digits/thousand digits/25"),
        (1_000_000, "nl", "digits/1 digits/million"),
        (1_000_000, "de", "digits/1F digits/million"),
        (12_345_678_901, "nl", "digits:12345678901"),
    ],
)
def test_number(value: int, language: str, said: str) -> None:
    assert " ".join(number(value, language)) == said


def test_numbers_below_zero_are_not_said() -> None:
    with pytest.raises(ValueError, match="zero"):
        number(-1, "en")


@pytest.mark.parametrize(
    ("text", "said"), [("101", ("digits:101",)), ("+31 *9#", ("digits:31*9#",)), ("", ())]
)
def test_digits(text: str, said: tuple[str, ...]) -> None:
    assert digits(text) == said


@pytest.mark.parametrize(
    ("at", "language", "twelve", "said"),
    [
        (time(14, 35), "en", None, "digits/2 digits/30 digits/5 digits/p-m"),
        (time(0, 5), "en", None, "digits/12 digits/oh digits/5 digits/a-m"),
        (time(9, 0), "en", None, "digits/9 digits/a-m"),
        (time(14, 0), "en", False, "digits/14 digits/hundred"),
        (time(14, 35), "nl", None, "digits/14 digits/oclock digits/35"),
        (time(14, 35), "nl", True, "digits/2 digits/oclock digits/35 digits/p-m"),
        (time(14, 0), "de", None, "digits/14 digits/oclock"),
        (time(14, 35), "fr", None, "number:14 digits/oclock number:35"),
        (time(14, 35), "es", None, "number:14 number:35"),
        (time(14, 0), "it", None, "number:14 digits/oclock"),
    ],
)
def test_time_of_day(at: time, language: str, twelve: bool | None, said: str) -> None:
    assert " ".join(time_of_day(at, language, twelve_hours=twelve)) == said


@pytest.mark.parametrize(
    ("which", "language", "said"),
    [
        (date(2026, 11, 25), "nl", "digits/today"),
        (date(2026, 11, 24), "en", "digits/yesterday"),
        (date(2026, 11, 26), "de", "digits/tomorrow"),
        (date(2026, 3, 3), "en", "digits/mon-2 digits/h-3"),
        (date(2026, 3, 21), "en", "digits/mon-2 digits/20 digits/h-1"),
        (date(2026, 3, 31), "en", "digits/mon-2 digits/30 digits/h-1"),
        (
            date(2025, 3, 30),
            "en",
            "digits/mon-2 digits/h-30 digits/2 digits/thousand digits/20 digits/5",
        ),
        (date(2026, 3, 3), "nl", "digits/3 digits/mon-2"),
        (date(2025, 12, 25), "nl", "digits/25 digits/mon-11 digits/2 digits/thousand digits/25"),
        (date(2026, 3, 3), "de", "digits/h-3 digits/mon-2"),
        (date(2026, 3, 1), "fr", "digits/h-1 digits/mon-2"),
        (date(2026, 3, 2), "fr", "number:2 digits/mon-2"),
        (date(2026, 3, 1), "es", "number:1 digits/mon-2"),
    ],
)
def test_day(which: date, language: str, said: str) -> None:
    assert " ".join(day(which, language, today=TODAY)) == said


@pytest.mark.parametrize(
    ("seconds", "language", "said"),
    [
        (0, "en", "digits/0 seconds"),
        (1, "en", "digits/1 second"),
        (61, "nl", "digits/1 minute digits/1 second"),
        (3725, "en", "digits/1 hour digits/2 minutes digits/5 seconds"),
        (7200, "nl", "digits/2 said-hours"),
        (3660, "de", "digits/1F hour digits/1F minute"),
        (-3, "en", "digits/0 seconds"),
    ],
)
def test_duration(seconds: int, language: str, said: str) -> None:
    assert " ".join(duration(seconds, language)) == said


@given(st.integers(0, 999_999), st.sampled_from(sorted(UNITS_FIRST)))
def test_every_number_is_made_of_sounds_that_the_set_has(value: int, language: str) -> None:
    there = words.texts(language)
    said = number(value, language)
    assert said
    assert all(sound in there for sound in said)


@given(st.integers(0, 999_999))
def test_the_sounds_of_a_number_add_up_to_it(value: int) -> None:
    whole = part = 0
    for sound in number(value, "nl"):
        if sound == "digits/hundred":
            part = max(part, 1) * 100
        elif sound == "digits/thousand":
            whole, part = max(part, 1) * 1000, 0
        else:
            part += int(sound.removeprefix("digits/"))
    assert whole + part == value


@given(st.times(), st.dates(), st.sampled_from(sorted(UNITS_FIRST)))
def test_every_time_and_day_is_made_of_sounds_that_the_set_has(
    at: time, which: date, language: str
) -> None:
    there = words.texts(language)
    for said in (time_of_day(at, language), day(which, language, today=TODAY)):
        assert said
        assert all(sound in there for sound in said)


def test_every_phrase_says_something_in_english_and_dutch_or_is_a_tone() -> None:
    tones = {Phrase.BEEP, Phrase.ERROR_BEEP, Phrase.JOINED, Phrase.LEFT, Phrase.PAUSE}
    for phrase in Phrase:
        assert bool(phrase.text("en")) == (phrase not in tones)
        assert bool(phrase.text("nl-NL")) == (phrase not in tones)
        assert phrase.text("xx") == ""
