"""Tables of the tenant tree and of the operators who administer it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import SECRET, Base, Row, TenantOwned, word
from orchestrator.tenants.rules import TenantKind


class Tenant(Base, Row):
    """One PBX (customer) or a party that owns PBXs. Limits of 0 mean no limit."""

    __tablename__ = "tenants"
    __in_plan__ = True
    __registers__ = True
    __table_args__ = (
        CheckConstraint("(kind = 'platform') = (parent_id IS NULL)", name="only_platform_is_root"),
    )

    parent_id: Mapped[str | None] = mapped_column(String(36), ForeignKey("tenants.id"), index=True)
    kind: Mapped[TenantKind] = mapped_column(word(TenantKind))
    slug: Mapped[str] = mapped_column(String(31), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(12), default="en")
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    country: Mapped[str] = mapped_column(String(2), default="NL")
    suspended: Mapped[bool] = mapped_column(default=False)
    max_calls: Mapped[int] = mapped_column(default=0)
    max_users: Mapped[int] = mapped_column(default=0)
    max_devices: Mapped[int] = mapped_column(default=0)
    max_trunks: Mapped[int] = mapped_column(default=0)
    brand_name: Mapped[str | None] = mapped_column(String(120))
    logo_url: Mapped[str | None] = mapped_column(String(500))
    colour: Mapped[str | None] = mapped_column(String(7))


class Operator(Base, Row, TenantOwned):
    """An administrator without an extension; `email` is in lower case.

    A TOTP secret counts once it is confirmed (`totp_confirmed_at`).
    """

    __tablename__ = "operators"

    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(255), info=SECRET)
    totp_secret: Mapped[str | None] = mapped_column(String(64), info=SECRET)
    totp_confirmed_at: Mapped[datetime | None]
    disabled: Mapped[bool] = mapped_column(default=False)
