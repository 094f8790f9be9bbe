"""Tables of statuses and forwarding: which status a user is in, and what calls do then."""

from datetime import datetime

from sqlalchemy import JSON, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import (
    Base,
    Row,
    TenantOwned,
    within_tenant,
    word,
)
from orchestrator.forwarding.rules import CallSource, Status, When
from orchestrator.hours.rules import TimeFilter
from orchestrator.types import DestinationKind, StoredDestination


class UserStatus(Base, Row, TenantOwned):
    """The present status of a user; no row: available.

    `temporary` counts until `temporary_until`, then `status` does again. `auto_switch`: the
    office hours choose the status. `screening`: callers from outside are announced first, and
    the user accepts or refuses. `queues`: logged in to the user's queues; new agents are not.
    `leave_queues_when_closed`: out of them while the user's hours are closed, whatever `queues` is.
    """

    __tablename__ = "user_statuses"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("user_id"),
        within_tenant("user_id", "users", ondelete="CASCADE"),
    )

    user_id: Mapped[str] = mapped_column(String(36))
    status: Mapped[Status] = mapped_column(word(Status), default=Status.AVAILABLE)
    message: Mapped[str] = mapped_column(String(200), default="")
    temporary: Mapped[Status | None] = mapped_column(word(Status))
    temporary_until: Mapped[datetime | None]
    auto_switch: Mapped[bool] = mapped_column(default=False)
    screening: Mapped[bool] = mapped_column(default=False)
    queues: Mapped[bool] = mapped_column(default=False)
    leave_queues_when_closed: Mapped[bool] = mapped_column(default=False, server_default=false())


class StatusProfile(Base, Row, TenantOwned):
    """What calls of a user do in one of the five statuses; no row: the defaults of the status.

    `destinations`: `{"no_answer": {"internal": {"kind": ..., "ref": ...}, "external": ...}}`, with
    the keys of `When`; a missing one means that the caller hears busy, no answer and so on.
    `no_answer_seconds` empty: the user's own ring time.
    """

    __tablename__ = "status_profiles"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("user_id", "status"),
        within_tenant("user_id", "users", ondelete="CASCADE"),
    )

    user_id: Mapped[str] = mapped_column(String(36))
    status: Mapped[Status] = mapped_column(word(Status))
    destinations: Mapped[dict[str, dict[str, StoredDestination]]] = mapped_column(
        JSON, default=dict
    )
    no_answer_seconds: Mapped[int | None]
    ring_mobile: Mapped[bool] = mapped_column(default=False)
    several_calls: Mapped[bool] = mapped_column(default=True)
    ring_group_calls: Mapped[bool] = mapped_column(default=True)
    leave_queues: Mapped[bool] = mapped_column(default=False)


class ForwardingException(Base, Row, TenantOwned):
    """A rule that counts before the status: certain callers, hours or events go elsewhere.

    `caller` is a number, or a part of one with `*` at its beginning or end; empty: everybody.
    `periods` are those of `HoursSchedule`, for the time filters that name own hours.
    """

    __tablename__ = "forwarding_exceptions"
    __in_plan__ = True
    __table_args__ = (within_tenant("user_id", "users", ondelete="CASCADE"),)

    user_id: Mapped[str] = mapped_column(String(36), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(80), default="")
    caller: Mapped[str] = mapped_column(String(40), default="")
    source: Mapped[CallSource] = mapped_column(word(CallSource), default=CallSource.ANY)
    hours: Mapped[TimeFilter] = mapped_column(word(TimeFilter), default=TimeFilter.ALL_HOURS)
    periods: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    when: Mapped[When] = mapped_column(word(When), default=When.ALWAYS)
    destination_kind: Mapped[DestinationKind] = mapped_column(word(DestinationKind))
    destination_ref: Mapped[str] = mapped_column(String(64), default="")
