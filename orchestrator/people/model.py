"""Tables of people: users, their memberships, and the numbers of a tenant's plan."""

from datetime import datetime

from sqlalchemy import JSON, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import SECRET, Base, Row, TenantOwned, within_tenant, word
from orchestrator.people.pins import random_pin
from orchestrator.people.rules import OwnerKind, RecordCalls
from orchestrator.types import Role


class User(Base, Row, TenantOwned):
    """A person with an extension. `email` is in lower case; it is the sign-in name.

    A user can sign in once there is a password; from then on `email` is unique on the whole
    platform. `language` empty: that of the main department, then of the tenant.
    """

    __tablename__ = "users"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        Index(
            "uq_users_email",
            "email",
            unique=True,
            sqlite_where=text("password_hash IS NOT NULL"),
            postgresql_where=text("password_hash IS NOT NULL"),
        ),
    )

    first_name: Mapped[str] = mapped_column(String(80), default="")
    last_name: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str | None] = mapped_column(String(254))
    mobile: Mapped[str | None] = mapped_column(String(32))
    language: Mapped[str | None] = mapped_column(String(12))
    password_hash: Mapped[str | None] = mapped_column(String(255), info=SECRET)
    totp_secret: Mapped[str | None] = mapped_column(String(64), info=SECRET)
    totp_confirmed_at: Mapped[datetime | None]
    disabled: Mapped[bool] = mapped_column(default=False)
    ring_seconds: Mapped[int] = mapped_column(default=30)
    outbound_caller_id: Mapped[str | None] = mapped_column(String(32))
    may_call_out: Mapped[bool] = mapped_column(default=True)
    # Calls out are refused while the person's office hours are not on (not emergency calls).
    calls_out_in_hours_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    record_calls: Mapped[RecordCalls] = mapped_column(
        word(RecordCalls), default=RecordCalls.OFF, server_default=RecordCalls.OFF
    )
    # Digits that prove at any telephone who somebody is; empty opens nothing.
    pin: Mapped[str | None] = mapped_column(String(10), default=random_pin, info=SECRET)
    # Calls out wait for the PIN, which then opens them for `pin_seconds` (not emergency calls).
    pin_protected: Mapped[bool] = mapped_column(default=False, server_default=false())
    pin_seconds: Mapped[int] = mapped_column(default=300, server_default="300")


class Membership(Base, Row, TenantOwned):
    """A user in a department, with a role there; exactly one membership of a user is main.

    `overrides` switches single rights on or off: `{"presence.park_calls": true}`.
    """

    __tablename__ = "memberships"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("user_id", "department_id"),
        Index(
            "uq_memberships_one_main",
            "user_id",
            unique=True,
            sqlite_where=text("is_main"),
            postgresql_where=text("is_main"),
        ),
        within_tenant("user_id", "users", ondelete="CASCADE"),
        within_tenant("department_id", "departments"),
    )

    user_id: Mapped[str] = mapped_column(String(36))
    department_id: Mapped[str] = mapped_column(String(36), index=True)
    role: Mapped[Role] = mapped_column(word(Role), default=Role.USER)
    is_main: Mapped[bool] = mapped_column(default=False)
    overrides: Mapped[dict[str, bool]] = mapped_column(JSON, default=dict)


class Extension(Base, Row, TenantOwned):
    """A number in a tenant's plan and what it belongs to; `owner_id` is the id of the owner.

    An owner has one number; without a number it cannot be dialled.
    """

    __tablename__ = "extensions"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("owner_kind", "owner_id"),
    )

    number: Mapped[str] = mapped_column(String(10))
    owner_kind: Mapped[OwnerKind] = mapped_column(word(OwnerKind))
    owner_id: Mapped[str] = mapped_column(String(36))
