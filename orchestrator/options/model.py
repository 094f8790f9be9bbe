"""Table of what a tenant has chosen for all its calls."""

from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import Base, Row, TenantOwned


class TenantOptions(Base, Row, TenantOwned):
    """Options of a tenant, a document for each area; no row, or a missing key: the default.

    `options/schemas.py` says what the documents hold, `options/rules.py` what calls see of them.
    """

    __tablename__ = "tenant_options"
    __in_plan__ = True
    __table_args__ = (UniqueConstraint("tenant_id"),)

    dial_codes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    outbound: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    emergency: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    statuses: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    parking: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    calls: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    # NULL in rows from before there was voicemail.
    voicemail: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=dict)
    # NULL in rows from before there were hot desks.
    hot_desks: Mapped[dict[str, Any] | None] = mapped_column(JSON, default=dict)
