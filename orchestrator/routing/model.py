"""Tables of outbound routing."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import Base, Row, TenantOwned, within_tenant


class OutboundRule(Base, Row, TenantOwned):
    """Which dialled numbers leave by which trunk; the lowest `position` that matches wins.

    Lengths count dialled digits, 0 means no bound. `strip` digits go from the front, then
    `prepend` is put before what is left.
    """

    __tablename__ = "outbound_rules"
    __in_plan__ = True
    __table_args__ = (within_tenant("trunk_id", "trunks"),)

    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(default=0)
    prefix: Mapped[str] = mapped_column(String(20), default="")
    min_length: Mapped[int] = mapped_column(default=0)
    max_length: Mapped[int] = mapped_column(default=0)
    trunk_id: Mapped[str] = mapped_column(String(36), index=True)
    strip: Mapped[int] = mapped_column(default=0)
    prepend: Mapped[str] = mapped_column(String(20), default="")
    caller_id: Mapped[str | None] = mapped_column(String(32))


class EmergencyNumber(Base, Row, TenantOwned):
    """A number that anybody may dial from any device, past every restriction."""

    __tablename__ = "emergency_numbers"
    __in_plan__ = True
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    number: Mapped[str] = mapped_column(String(10))
