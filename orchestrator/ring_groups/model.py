"""Tables of ring groups and their members."""

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import Base, Row, TenantOwned, within_tenant, word
from orchestrator.hours.stored import OwnRoutes
from orchestrator.ring_groups.rules import Strategy
from orchestrator.types import StoredDestination


class RingGroup(Base, Row, TenantOwned, OwnRoutes):
    """People who are rung, or paged, under one number.

    `greeting` is the id of a prompt or the name of a sound. `caller_name` is put before the name
    of the caller. `no_answer`: where calls go that no member took. `music_id`: what callers hear
    after a greeting while phones ring; empty: ringing. `disturb_busy`: members on a call are paged
    too. `multicast_address` and `multicast_port`: where pages are sent as RTP besides.
    """

    __tablename__ = "ring_groups"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "name"),
        within_tenant("department_id", "departments"),
    )

    name: Mapped[str] = mapped_column(String(80))
    department_id: Mapped[str] = mapped_column(String(36), index=True)
    strategy: Mapped[Strategy] = mapped_column(word(Strategy), default=Strategy.RING_ALL)
    ring_seconds: Mapped[int] = mapped_column(default=20)
    greeting: Mapped[str | None] = mapped_column(String(120))
    caller_name: Mapped[str] = mapped_column(String(40), default="")
    no_answer: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
    music_id: Mapped[str | None] = mapped_column(String(36))
    disturb_busy: Mapped[bool] = mapped_column(default=False)
    multicast_address: Mapped[str | None] = mapped_column(String(45))
    multicast_port: Mapped[int | None]


class RingGroupMember(Base, Row, TenantOwned):
    """A user in a ring group; `position` is the order of a hunt."""

    __tablename__ = "ring_group_members"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("ring_group_id", "user_id"),
        within_tenant("ring_group_id", "ring_groups", ondelete="CASCADE"),
        within_tenant("user_id", "users", ondelete="CASCADE"),
    )

    ring_group_id: Mapped[str] = mapped_column(String(36), index=True)
    user_id: Mapped[str] = mapped_column(String(36), index=True)
    position: Mapped[int]
