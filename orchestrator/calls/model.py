"""Tables of the journal: calls and the steps of their journeys."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.calls.verdict import Direction
from orchestrator.db.base import Base, word


class CallRow(Base):
    """One call that ended or runs. `id` is the call id, so writing it again changes nothing.

    `verdict` and `reason` hold the words of `calls/verdict.py`; empty while the call runs.
    """

    __tablename__ = "calls"
    __audited__ = False
    __table_args__ = (Index("ix_calls_tenant_id_started_at", "tenant_id", "started_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(String(36), ForeignKey("tenants.id", ondelete="CASCADE"))
    direction: Mapped[Direction] = mapped_column(word(Direction))
    caller_number: Mapped[str] = mapped_column(String(64), default="")
    caller_name: Mapped[str] = mapped_column(String(120), default="")
    dialled: Mapped[str] = mapped_column(String(64), default="")
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    verdict: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(String(200))
    adopted: Mapped[bool] = mapped_column(default=False)
    billing_code: Mapped[str] = mapped_column(String(32), default="")
    recordings: Mapped[list[str]] = mapped_column(JSON, default=list)


class SegmentRow(Base):
    """One step of a call's journey: from `source` to a destination, and how it ended.

    `joined`: how many people heard it, if it was a page. `queue_id`: the queue that brought the
    call to this person. `polled`: how often agents were rung, if it was a queue.
    """

    __tablename__ = "segments"
    __audited__ = False

    call_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(64), default="")
    destination_kind: Mapped[str] = mapped_column(String(32))
    destination_ref: Mapped[str] = mapped_column(String(64), default="")
    destination_number: Mapped[str] = mapped_column(String(64), default="")
    joined: Mapped[int] = mapped_column(default=0, server_default="0")
    queue_id: Mapped[str] = mapped_column(String(36), default="", index=True)
    polled: Mapped[int] = mapped_column(default=0, server_default="0")
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(200))
