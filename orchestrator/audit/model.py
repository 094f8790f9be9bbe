"""Table of the audit log."""

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import Base, utc_now, word
from orchestrator.types import ActorKind, new_id

# A missing side is SQL NULL, not the JSON word null.
_COLUMNS = JSON(none_as_null=True)


class AuditEntry(Base):
    """Who changed what, with the columns before and after; secrets are masked.

    It has no foreign key: the history of a tenant or a person outlives them.
    """

    __tablename__ = "audit_entries"
    __audited__ = False
    __table_args__ = (
        Index("ix_audit_entries_tenant_id_at", "tenant_id", "at"),
        Index("ix_audit_entries_object", "object_kind", "object_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    tenant_id: Mapped[str] = mapped_column(String(36))
    actor_kind: Mapped[ActorKind] = mapped_column(word(ActorKind))
    actor_id: Mapped[str] = mapped_column(String(36))
    actor_name: Mapped[str] = mapped_column(String(200))
    tag: Mapped[str] = mapped_column(String(64))
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(36))
    before: Mapped[dict[str, object] | None] = mapped_column(_COLUMNS)
    after: Mapped[dict[str, object] | None] = mapped_column(_COLUMNS)
    ip: Mapped[str | None] = mapped_column(String(45))
    at: Mapped[datetime] = mapped_column(default=utc_now)
