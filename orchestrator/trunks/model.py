"""Tables of trunks: connections to telephone providers."""

from sqlalchemy import JSON, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orchestrator.db.base import (
    SECRET,
    Base,
    Row,
    TenantOwned,
    within_tenant,
    word,
)
from orchestrator.trunks.rules import (
    CalledFrom,
    CallerFrom,
    Identity,
    NumberFormat,
    Registration,
    Transport,
)
from orchestrator.types import StoredDestination


class TrunkAddress(Base, Row, TenantOwned):
    """An address or network from which a trunk's calls come.

    Unique on the whole platform: an address on two trunks would let calls of one tenant enter
    another.
    """

    __tablename__ = "trunk_addresses"
    __registers__ = True
    __table_args__ = (within_tenant("trunk_id", "trunks", ondelete="CASCADE"),)

    trunk_id: Mapped[str] = mapped_column(String(36), index=True)
    address: Mapped[str] = mapped_column(String(43), unique=True)


class Trunk(Base, Row, TenantOwned):
    """A connection to a provider.

    `endpoint` is its PJSIP name: `trunk-` and 10 random characters. `caller_id` is the main
    number. `max_calls` 0 means no limit. `port` 0 means the default of the transport.

    `department_id`: only people of that department call out by it; empty: everybody.
    `default_destination`: where calls for numbers without a DID go; empty: they are refused.
    `caller_id_in`, `caller_id_out`: pairs of pattern and replacement, the first that fits counts
    (`trunks/rules.py`). `qualify_seconds`: how often an OPTIONS asks whether the provider is
    there; 0 never.
    """

    __tablename__ = "trunks"
    __in_plan__ = True
    __registers__ = True
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        UniqueConstraint("tenant_id", "id"),
        within_tenant("department_id", "departments"),
    )

    name: Mapped[str] = mapped_column(String(80))
    registration: Mapped[Registration] = mapped_column(word(Registration))
    endpoint: Mapped[str] = mapped_column(String(20), unique=True)
    host: Mapped[str] = mapped_column(String(253))
    port: Mapped[int] = mapped_column(default=0)
    transport: Mapped[Transport] = mapped_column(word(Transport), default=Transport.UDP)
    username: Mapped[str | None] = mapped_column(String(120))
    auth_username: Mapped[str | None] = mapped_column(String(120))
    secret: Mapped[str | None] = mapped_column(String(120), info=SECRET)
    outbound_proxy: Mapped[str | None] = mapped_column(String(253))
    from_user: Mapped[str | None] = mapped_column(String(120))
    from_domain: Mapped[str | None] = mapped_column(String(253))
    codecs: Mapped[str] = mapped_column(String(120), default="alaw,ulaw,g722")
    srtp: Mapped[bool] = mapped_column(default=False)
    max_calls: Mapped[int] = mapped_column(default=0)
    inbound: Mapped[bool] = mapped_column(default=True)
    outbound: Mapped[bool] = mapped_column(default=True)
    caller_id: Mapped[str | None] = mapped_column(String(32))
    disabled: Mapped[bool] = mapped_column(default=False)
    department_id: Mapped[str | None] = mapped_column(String(36), index=True)
    called_from: Mapped[CalledFrom] = mapped_column(
        word(CalledFrom), default=CalledFrom.REQUEST, server_default=CalledFrom.REQUEST
    )
    caller_from: Mapped[CallerFrom] = mapped_column(
        word(CallerFrom), default=CallerFrom.FIRST_KNOWN, server_default=CallerFrom.FIRST_KNOWN
    )
    identity: Mapped[Identity] = mapped_column(
        word(Identity), default=Identity.PAI, server_default=Identity.PAI
    )
    number_format: Mapped[NumberFormat] = mapped_column(
        word(NumberFormat), default=NumberFormat.AS_DIALLED, server_default=NumberFormat.AS_DIALLED
    )
    normalise_caller: Mapped[bool] = mapped_column(default=False, server_default=false())
    default_destination: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
    caller_id_in: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    caller_id_out: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    qualify_seconds: Mapped[int] = mapped_column(default=60, server_default="60")

    addresses: Mapped[list[TrunkAddress]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by=TrunkAddress.address
    )
