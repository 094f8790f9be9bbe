"""Table of the event log."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import Base, utc_now, word
from orchestrator.events.rules import EventLevel
from orchestrator.types import new_id


class Event(Base):
    """One thing that happened. `tenant_id` empty: it concerns the whole installation."""

    __tablename__ = "events"
    __audited__ = False
    __table_args__ = (Index("ix_events_tenant_id_at", "tenant_id", "at"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    tenant_id: Mapped[str | None] = mapped_column(
        String(36), ForeignKey("tenants.id", ondelete="CASCADE")
    )
    number: Mapped[int]
    level: Mapped[EventLevel] = mapped_column(word(EventLevel))
    tag: Mapped[str] = mapped_column(String(64))
    message: Mapped[str] = mapped_column(String(500))
    details: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(default=utc_now)
