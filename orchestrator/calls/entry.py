"""The journal entry of a call: one row for the call, one segment for each step of its journey.

Plain structs, written as one JSON line each into the spool and as rows into the database.
Times are seconds since the epoch, UTC; 0.0 means "did not happen".
"""

import msgspec

from orchestrator.calls.verdict import Outcome, Reason

PAGING = "paging"
"""The kind of a step in which a group is paged."""
RECORDING = "recording"
"""The kind of a step in which somebody speaks a prompt."""


class Segment(msgspec.Struct, omit_defaults=True):
    """One step: who was called (`target_kind` user, ring_group, department, external,
    announcement, parking, recording, queue), and how it ended. `by`: who parked the caller (the id
    of a user), for after a restart. `joined`: how many people heard a page. `queue`: the queue (id)
    that brought the caller to this user. `polled`: how often agents were rung, if it was a queue.
    """

    source: str
    target_kind: str
    target_ref: str
    target: str
    started_at: float
    answered_at: float = 0.0
    ended_at: float = 0.0
    reason: str = ""
    by: str = ""
    joined: int = 0
    queue: str = ""
    polled: int = 0


class CallEntry(msgspec.Struct, omit_defaults=True):
    """A call as the journal knows it; complete when `ended_at` is set.

    `direction` is internal, inbound or outbound, seen from the tenant. `adopted` says that an
    orchestrator took the call over from another (or from itself, before a restart).
    `billing_code` is what the caller dialled behind the billing code. `sequence`: the last id of a
    leg or playback when the present step began, for after a restart.
    """

    id: str
    tenant: str
    direction: str
    caller_number: str
    caller_name: str
    dialled: str
    started_at: float
    answered_at: float = 0.0
    ended_at: float = 0.0
    outcome: str = ""
    reason: str = ""
    adopted: bool = False
    billing_code: str = ""
    sequence: int = 0
    recordings: list[str] = []
    segments: list[Segment] = []

    @property
    def complete(self) -> bool:
        return self.ended_at > 0.0

    def open_segment(self) -> Segment | None:
        """The step that is under way, if any."""
        if self.segments and not self.segments[-1].ended_at:
            return self.segments[-1]
        return None

    def last_person(self) -> str | None:
        """The last person (id) that the call came to; None when it came to nobody yet."""
        people = (s.target_ref for s in reversed(self.segments) if s.target_kind == "user")
        return next(people, None)

    def last_queue(self) -> str:
        """The queue (id) that brought the call to the last person; "": none did."""
        people = (s.queue for s in reversed(self.segments) if s.target_kind == "user")
        return next(people, "")

    @property
    def tried(self) -> frozenset[str]:
        """Who was called in vain since the last answer: people, ring groups and queues (ids)."""
        found = set()
        for segment in reversed(self.segments):
            if segment.target_kind == "announcement":
                continue
            if segment.target_kind in {"ring_group", "queue"}:
                # A greeting answers a call without anybody having taken it.
                found.add(segment.target_ref)
                continue
            if segment.answered_at:
                break
            if segment.target_kind == "user":
                found.add(segment.target_ref)
        return frozenset(found)

    def answer(self, now: float) -> None:
        """Note the first answer of the step that is under way, and of the call."""
        segment = self.open_segment()
        if segment is not None and not segment.answered_at:
            segment.answered_at = now
        if not self.answered_at:
            self.answered_at = now

    def close_segment(self, now: float, reason: Reason) -> None:
        """End the step that is under way. An end before its start (the clock jumped) is mended."""
        segment = self.open_segment()
        if segment is not None:
            segment.ended_at = max(now, segment.answered_at or segment.started_at)
            segment.reason = reason

    def close(self, now: float, outcome: Outcome, reason: Reason) -> None:
        """Complete the entry."""
        self.close_segment(now, reason)
        last = max((s.ended_at for s in self.segments), default=0.0)
        self.ended_at = max(now, last, self.answered_at, self.started_at)
        self.outcome = outcome
        self.reason = reason


def is_page(entry: CallEntry | None) -> bool:
    """Whether the call pages a group at present."""
    segment = entry.open_segment() if entry else None
    return segment is not None and segment.target_kind == PAGING
