"""The catalogue: every phrase has its words in every language of ours, and no word is left over."""

import csv
from importlib.resources import files

import pytest

from orchestrator.prompts.phrases import Phrase
from orchestrator.prompts.sets import OURS

TONES = {Phrase.BEEP, Phrase.ERROR_BEEP, Phrase.JOINED, Phrase.LEFT, Phrase.PAUSE}


@pytest.mark.parametrize("phrase", sorted(set(Phrase) - TONES))
@pytest.mark.parametrize("language", OURS)
def test_every_phrase_is_said_in_every_language_of_ours(phrase: Phrase, language: str) -> None:
    said = phrase.text(language)
    assert said == said.strip() != ""
    assert phrase.text(f"{language}-XX") == said


@pytest.mark.parametrize("tone", sorted(TONES))
def test_a_tone_says_nothing(tone: Phrase) -> None:
    assert not any(tone.text(language) for language in OURS)


def test_there_are_no_words_for_other_languages() -> None:
    assert Phrase.GOODBYE.text("eo") == ""


def test_every_row_belongs_to_a_phrase_and_stands_once() -> None:
    text = files("orchestrator.prompts").joinpath("phrases.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    sounds = [row["sound"] for row in rows]
    assert len(sounds) == len(set(sounds))
    assert set(sounds) == set(Phrase) - TONES
    assert set(rows[0]) == {"sound", *OURS}
