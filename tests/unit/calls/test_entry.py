"""Journal entries stay in order even when the wall clock jumps."""

from orchestrator.calls.entry import CallEntry, Segment
from orchestrator.calls.verdict import Outcome, Reason


def test_closing_ends_the_step_under_way() -> None:
    entry = CallEntry("c", "t", "internal", "100", "Ann", "101", 100.0)
    entry.segments.append(Segment("100", "user", "u", "101", 101.0))
    entry.close(105.0, Outcome.ABANDONED, Reason.NO_ANSWER)
    assert entry.segments[0].ended_at == 105.0
    assert entry.segments[0].reason == "no_answer"
    assert (entry.outcome, entry.reason, entry.complete) == ("abandoned", "no_answer", True)


def test_a_clock_that_jumped_back_makes_no_negative_duration() -> None:
    entry = CallEntry("c", "t", "internal", "100", "Ann", "101", 100.0, answered_at=110.0)
    entry.segments.append(Segment("100", "user", "u", "101", 101.0, answered_at=110.0))
    entry.close(50.0, Outcome.ANSWERED, Reason.CALLER_HUNG_UP)
    assert entry.segments[0].ended_at >= 110.0
    assert entry.ended_at >= entry.segments[0].ended_at
