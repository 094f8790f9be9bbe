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


def test_a_ring_group_was_tried_although_its_greeting_was_an_answer() -> None:
    """A person's answer ends what was tried before it; that of a greeting does not."""
    entry = CallEntry("c", "t", "internal", "101", "", "800", 1.0)
    entry.segments = [
        Segment("101", "user", "bob", "102", 1.0, answered_at=2.0),
        Segment("101", "ring_group", "g1", "800", 3.0, answered_at=4.0),
        Segment("101", "ring_group", "g2", "801", 5.0),
    ]
    assert entry.tried == {"g1", "g2"}
