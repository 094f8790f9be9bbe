"""What callers who wait are told, in the order of each language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.prompts.sets import OURS, catalogue
from orchestrator.queues.announcements import said

NUMBER, WAITING = "queue-thereare", "queue-callswaiting"
NEXT, WAIT, THANKS = "queue-youarenext", "queue-holdtime", "queue-thankyou"


@pytest.mark.parametrize(
    ("position", "wait", "language", "heard"),
    [
        (0, 0, "en", ""),
        (1, 0, "en", f"{NEXT} {THANKS}"),
        (2, 0, "en", f"{NUMBER} digits/2 {WAITING} {THANKS}"),
        (25, 0, "en", f"{NUMBER} digits/20 digits/5 {WAITING} {THANKS}"),
        (25, 0, "nl-BE", f"{NUMBER} digits/25 {WAITING} {THANKS}"),
        (25, 0, "fr", f"{NUMBER} number:25 {WAITING} {THANKS}"),
        # Minutes that have begun count.
        (0, 1, "en", f"{WAIT} digits/1 minute {THANKS}"),
        (0, 60, "en", f"{WAIT} digits/1 minute {THANKS}"),
        (0, 61, "en", f"{WAIT} digits/2 minutes {THANKS}"),
        (0, 30, "de", f"{WAIT} digits/1F minute {THANKS}"),
        (0, 1300, "de", f"{WAIT} digits/22 minutes {THANKS}"),
        (0, 3601, "nl", f"{WAIT} digits/1 hour digits/1 minute {THANKS}"),
        (0, 200, "es", f"{WAIT} number:4 minutes {THANKS}"),
        (1, 100, "en", f"{NEXT} {WAIT} digits/2 minutes {THANKS}"),
        (3, 100, "nl", f"{NUMBER} digits/3 {WAITING} {WAIT} digits/2 minutes {THANKS}"),
    ],
)
def test_said(position: int, wait: int, language: str, heard: str) -> None:
    assert " ".join(said(position, wait, language)) == heard


@given(st.integers(0, 999), st.integers(0, 99_999), st.sampled_from(sorted(set(OURS) - {"en"})))
def test_a_set_of_ours_has_everything_that_is_said(position: int, wait: int, language: str) -> None:
    heard = said(position, wait, language)
    assert set(heard) <= catalogue(language).keys()
    assert bool(heard) == (position > 0 or wait > 0)
