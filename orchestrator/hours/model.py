"""Tables of office hours: weekly schedules, holidays, overrides, and routes of departments."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import (
    Base,
    Row,
    TenantOwned,
    within_tenant,
    word,
)
from orchestrator.hours.rules import HolidaySource, HoursState, OverrideState
from orchestrator.types import DestinationKind, StoredDestination


class HoursSchedule(Base, Row, TenantOwned):
    """The office hours and breaks of a week, of a department or of one user.

    `periods` and `breaks` are `[weekday 0-6, first minute, end minute]` in local time, Monday 0.
    Nothing at all for a department: it is always open; for a user: as the main department.
    """

    __tablename__ = "hours_schedules"
    __in_plan__ = True
    __table_args__ = (
        CheckConstraint("(department_id IS NULL) <> (user_id IS NULL)", name="one_owner"),
        UniqueConstraint("department_id"),
        UniqueConstraint("user_id"),
        within_tenant("department_id", "departments", ondelete="CASCADE"),
        within_tenant("user_id", "users", ondelete="CASCADE"),
    )

    department_id: Mapped[str | None] = mapped_column(String(36))
    user_id: Mapped[str | None] = mapped_column(String(36))
    periods: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    breaks: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    ignore_holidays: Mapped[bool] = mapped_column(default=False)


class Holiday(Base, Row, TenantOwned):
    """A day or a range of days on which a department (empty: every one) is on holiday.

    `starts` and `ends` are minutes of the first and of the last day; empty: the whole day.
    `yearly`: again every year on the same dates. `prompt` is the sound that callers hear.
    """

    __tablename__ = "holidays"
    __in_plan__ = True
    __table_args__ = (
        Index("ix_holidays_department_id", "department_id"),
        UniqueConstraint("tenant_id", "department_id", "first_day", "name"),
        # NULLs are distinct in a unique constraint, so holidays of all departments need their own.
        Index(
            "uq_holidays_all_departments",
            "tenant_id",
            "first_day",
            "name",
            unique=True,
            sqlite_where=text("department_id IS NULL"),
            postgresql_where=text("department_id IS NULL"),
        ),
        within_tenant("department_id", "departments", ondelete="CASCADE"),
    )

    department_id: Mapped[str | None] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(String(120))
    first_day: Mapped[date]
    last_day: Mapped[date]
    starts: Mapped[int | None]
    ends: Mapped[int | None]
    yearly: Mapped[bool] = mapped_column(default=False)
    prompt: Mapped[str | None] = mapped_column(String(120))
    source: Mapped[HolidaySource] = mapped_column(word(HolidaySource), default=HolidaySource.MANUAL)


class HoursOverride(Base, Row, TenantOwned):
    """A department is forced into a state, whatever its hours say, until `expires_at`.

    `department_id` empty: all departments (the dial code). `destination` and `prompt` count for
    the state `custom`. `over_holidays`: holidays do not count either.
    """

    __tablename__ = "hours_overrides"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("tenant_id", "department_id"),
        # NULLs are distinct in a unique constraint, so the override of all needs its own.
        Index(
            "uq_hours_overrides_all",
            "tenant_id",
            unique=True,
            sqlite_where=text("department_id IS NULL"),
            postgresql_where=text("department_id IS NULL"),
        ),
        within_tenant("department_id", "departments", ondelete="CASCADE"),
    )

    department_id: Mapped[str | None] = mapped_column(String(36))
    state: Mapped[OverrideState] = mapped_column(word(OverrideState))
    destination: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
    prompt: Mapped[str | None] = mapped_column(String(120))
    expires_at: Mapped[datetime | None]
    over_holidays: Mapped[bool] = mapped_column(default=True)
    set_by: Mapped[str] = mapped_column(String(120), default="")


class HoursRoute(Base, Row, TenantOwned):
    """Where calls from outside go while a department is in `state`, and what they hear before."""

    __tablename__ = "hours_routes"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("department_id", "state"),
        within_tenant("department_id", "departments", ondelete="CASCADE"),
    )

    department_id: Mapped[str] = mapped_column(String(36))
    state: Mapped[HoursState] = mapped_column(word(HoursState))
    destination_kind: Mapped[DestinationKind] = mapped_column(word(DestinationKind))
    destination_ref: Mapped[str] = mapped_column(String(64), default="")
    prompt: Mapped[str | None] = mapped_column(String(120))
