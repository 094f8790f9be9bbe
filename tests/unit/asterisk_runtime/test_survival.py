"""Notes of survival calls."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.asterisk.ami import parse_blocks
from orchestrator.asterisk.survival import parse_note


def test_an_answered_call_is_read() -> None:
    call = parse_note("node1-1.0", "acme|u1|100|101|1700000000|60|1700000070|ANSWER")
    assert call is not None
    assert call.started_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert call.answered_at == datetime(2023, 11, 14, 22, 13, 30, tzinfo=UTC)
    assert call.ended_at == datetime(2023, 11, 14, 22, 14, 30, tzinfo=UTC)
    assert (call.tenant, call.endpoint, call.caller, call.dialled) == ("acme", "u1", "100", "101")


def test_a_call_that_was_not_answered_has_no_time_of_answer() -> None:
    call = parse_note("node1-1.0", "acme|u1|100|101|1700000000||1700000070|BUSY")
    assert call is not None
    assert call.answered_at is None


def test_a_call_that_goes_on_is_left_alone() -> None:
    assert parse_note("node1-1.0", "acme|u1|100|101|1700000000|||") is None


@pytest.mark.parametrize(
    "note", ["", "acme", "a|b|c|d|x||y|ANSWER", "a|b|c|d|9|9|" + "9" * 30 + "|A"]
)
def test_what_is_not_a_note_is_skipped(note: str) -> None:
    assert parse_note("node1-1.0", note) is None


@given(st.text())
def test_no_note_and_no_answer_of_the_manager_breaks_the_reader(text: str) -> None:
    parse_note("id", text)
    assert all(block for block in parse_blocks(text))
