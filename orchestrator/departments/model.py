"""Table of departments."""

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import Base, Row, TenantOwned


class Department(Base, Row, TenantOwned):
    """A container of people and rights; each tenant has exactly one default department.

    `timezone` and `language` empty: those of the tenant. `outbound_caller_id` is shown when neither
    the route nor the user has one. A department is a menu too, with a number: `answer_after`
    seconds it answers and sends calls on by its hours. `music_id`: what its waiting callers hear;
    empty: as the tenant.
    """

    __tablename__ = "departments"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        UniqueConstraint("tenant_id", "id"),
        Index(
            "uq_departments_one_default",
            "tenant_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    name: Mapped[str] = mapped_column(String(120))
    is_default: Mapped[bool] = mapped_column(default=False)
    timezone: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(12))
    outbound_caller_id: Mapped[str | None] = mapped_column(String(32))
    answer_after: Mapped[int] = mapped_column(default=0, server_default="0")
    music_id: Mapped[str | None] = mapped_column(String(36))
