"""Tables of routing: rules for calls out, emergency numbers, and rules about callers."""

from sqlalchemy import JSON, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orchestrator.db.base import (
    Base,
    Row,
    TenantOwned,
    within_tenant,
    word,
)
from orchestrator.types import DestinationKind, StoredDestination


class OutboundRoute(Base, Row, TenantOwned):
    """One of the ways in which a rule's calls leave, tried in order of `position`.

    `strip` digits go from the front, then `prepend` is put before what is left and `append`
    behind it. `caller_id` is shown to the called party.
    """

    __tablename__ = "outbound_routes"
    __in_plan__ = True
    __table_args__ = (
        within_tenant("rule_id", "outbound_rules", ondelete="CASCADE"),
        within_tenant("trunk_id", "trunks"),
    )

    rule_id: Mapped[str] = mapped_column(String(36), index=True)
    position: Mapped[int] = mapped_column(default=0)
    trunk_id: Mapped[str] = mapped_column(String(36), index=True)
    strip: Mapped[int] = mapped_column(default=0)
    prepend: Mapped[str] = mapped_column(String(20), default="")
    append: Mapped[str] = mapped_column(String(20), default="")
    caller_id: Mapped[str | None] = mapped_column(String(32))


class OutboundRule(Base, Row, TenantOwned):
    """Which calls leave, and by which routes; the lowest `position` that takes a call wins.

    `prefixes`: the number begins with one of them. `lengths`: `7,10-13`, dialled digits.
    `extensions` (`100,102-120`) and `departments` (ids): who calls; one of the two must fit. Empty
    takes everything. `blocked`: calls that this rule takes are refused.
    """

    __tablename__ = "outbound_rules"
    __in_plan__ = True
    __table_args__ = (UniqueConstraint("tenant_id", "id"),)

    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(default=0)
    prefixes: Mapped[list[str]] = mapped_column(JSON, default=list)
    lengths: Mapped[str] = mapped_column(String(80), default="")
    extensions: Mapped[str] = mapped_column(String(500), default="")
    departments: Mapped[list[str]] = mapped_column(JSON, default=list)
    blocked: Mapped[bool] = mapped_column(default=False, server_default=false())

    routes: Mapped[list[OutboundRoute]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by=OutboundRoute.position
    )


class EmergencyNumber(Base, Row, TenantOwned):
    """A number that anybody may dial from any device, past every restriction.

    `trunk_id`: the trunk that is tried first; empty: that of the rule which takes the number.
    """

    __tablename__ = "emergency_numbers"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        within_tenant("trunk_id", "trunks"),
    )

    number: Mapped[str] = mapped_column(String(10))
    trunk_id: Mapped[str | None] = mapped_column(String(36), index=True)


class CallerRule(Base, Row, TenantOwned):
    """Where calls of certain callers from outside go, before any DID is looked at.

    `caller` is a number, or a part of one with `*` at its beginning (`*2145551234`), its end
    (`0044*`) or both. `trunks` (ids) empty: calls of every trunk. `closed`, `on_break`, `holiday`:
    where they go in those hours of the destination's department; empty: the same way.
    """

    __tablename__ = "caller_rules"
    __in_plan__ = True

    name: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(default=0)
    caller: Mapped[str] = mapped_column(String(40))
    trunks: Mapped[list[str]] = mapped_column(JSON, default=list)
    destination_kind: Mapped[DestinationKind] = mapped_column(word(DestinationKind))
    destination_ref: Mapped[str] = mapped_column(String(64), default="")
    closed: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
    on_break: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
    holiday: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
