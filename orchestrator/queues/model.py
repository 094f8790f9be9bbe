"""Tables of queues, their agents and their managers."""

from datetime import datetime

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import Base, Row, TenantOwned, utc_now, within_tenant, word
from orchestrator.hours.stored import OwnRoutes
from orchestrator.queues.rules import Strategy
from orchestrator.types import StoredDestination


class Queue(Base, Row, TenantOwned, OwnRoutes):
    """Callers who wait for one of the agents, under one number.

    Seconds are 0 where there is no limit: `max_wait_seconds` (how long a caller waits),
    `sla_seconds` (after which a wait is reported), `skill_wait_seconds` (before the next group of
    agents is open too). `max_callers` 0: no limit. `priority`: callers here come before those of
    other queues of the same agents. `ring_busy`: agents on another call are rung too, if their
    status takes several calls. `greeting`, `comfort_prompts` and the prompts of routes are ids
    of prompts or names of sounds; `greeting_in_full`: nobody is rung before its end. `no_answer`:
    where callers go whom nobody served. `log_out_after_missed` 0: never. `statistics_since`: since
    when calls and talk time of agents count.
    """

    __tablename__ = "queues"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "name"),
        within_tenant("department_id", "departments"),
    )

    name: Mapped[str] = mapped_column(String(80))
    department_id: Mapped[str] = mapped_column(String(36), index=True)
    strategy: Mapped[Strategy] = mapped_column(word(Strategy), default=Strategy.HUNT_RANDOM_START)
    ring_seconds: Mapped[int] = mapped_column(default=30)
    max_wait_seconds: Mapped[int] = mapped_column(default=1800)
    max_callers: Mapped[int] = mapped_column(default=0)
    wrap_up_seconds: Mapped[int] = mapped_column(default=0)
    priority: Mapped[bool] = mapped_column(default=False)
    ring_busy: Mapped[bool] = mapped_column(default=False)
    sla_seconds: Mapped[int] = mapped_column(default=0)
    skill_wait_seconds: Mapped[int] = mapped_column(default=0)
    log_out_after_missed: Mapped[int] = mapped_column(default=0)
    greeting: Mapped[str | None] = mapped_column(String(120))
    greeting_in_full: Mapped[bool] = mapped_column(default=False)
    music_id: Mapped[str | None] = mapped_column(String(36))
    language: Mapped[str | None] = mapped_column(String(12))
    caller_name: Mapped[str] = mapped_column(String(40), default="")
    announce_position: Mapped[bool] = mapped_column(default=False)
    announce_wait: Mapped[bool] = mapped_column(default=False)
    announce_seconds: Mapped[int] = mapped_column(default=60)
    comfort_prompts: Mapped[list[str]] = mapped_column(JSON, default=list)
    comfort_seconds: Mapped[int] = mapped_column(default=60)
    no_answer: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
    statistics_since: Mapped[datetime] = mapped_column(default=utc_now)


class QueueAgent(Base, Row, TenantOwned):
    """A user who serves a queue; `position` is the order of a hunt, `skill` 1 the best group.

    `logged_in` is of this queue alone: an agent who is to be rung is logged in here and in all
    (`UserStatus.queues`).
    """

    __tablename__ = "queue_agents"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("queue_id", "user_id"),
        within_tenant("queue_id", "queues", ondelete="CASCADE"),
        within_tenant("user_id", "users", ondelete="CASCADE"),
    )

    queue_id: Mapped[str] = mapped_column(String(36), index=True)
    user_id: Mapped[str] = mapped_column(String(36), index=True)
    position: Mapped[int]
    skill: Mapped[int] = mapped_column(default=1)
    logged_in: Mapped[bool] = mapped_column(default=True)


class QueueManager(Base, Row, TenantOwned):
    """A user who watches over a queue: logs its agents in and out, and need not be one."""

    __tablename__ = "queue_managers"
    __table_args__ = (
        UniqueConstraint("queue_id", "user_id"),
        within_tenant("queue_id", "queues", ondelete="CASCADE"),
        within_tenant("user_id", "users", ondelete="CASCADE"),
    )

    queue_id: Mapped[str] = mapped_column(String(36), index=True)
    user_id: Mapped[str] = mapped_column(String(36), index=True)
