"""Table of DIDs: numbers of the outside world."""

from sqlalchemy import JSON, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import (
    Base,
    Row,
    TenantOwned,
    within_tenant,
    word,
)
from orchestrator.types import DestinationKind, StoredDestination


class Did(Base, Row, TenantOwned):
    """A number as the provider sends it, and where its calls go.

    `trunk_id` empty: every trunk of the tenant. `number` with a leading `*` matches the end of
    what was dialled. `e164` is empty when the number does not parse. `closed`, `on_break` and
    `holiday` are where calls go in those hours of the destination's department; empty: as the
    department has it.
    """

    __tablename__ = "dids"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("tenant_id", "trunk_id", "number"),
        # NULLs are distinct in a unique constraint, so numbers of every trunk need their own.
        Index(
            "uq_dids_any_trunk",
            "tenant_id",
            "number",
            unique=True,
            sqlite_where=text("trunk_id IS NULL"),
            postgresql_where=text("trunk_id IS NULL"),
        ),
        within_tenant("trunk_id", "trunks"),
    )

    trunk_id: Mapped[str | None] = mapped_column(String(36), index=True)
    number: Mapped[str] = mapped_column(String(33))
    e164: Mapped[str | None] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(80), default="")
    destination_kind: Mapped[DestinationKind] = mapped_column(word(DestinationKind))
    destination_ref: Mapped[str] = mapped_column(String(64), default="")
    closed: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
    on_break: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
    holiday: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
