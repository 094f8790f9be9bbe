"""Table of devices: the SIP identities of people and of hot-desk phones."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import SECRET, Base, Row, TenantOwned, within_tenant, word
from orchestrator.devices.rules import DeviceKind


class Device(Base, Row, TenantOwned):
    """One SIP identity: of a user, or of a hot-desk phone.

    A hot-desk phone is its user's since `logged_in_at`; without a user nobody is logged in. A
    person uses one hot-desk phone at a time.
    `sip_username` is at once the name of the PJSIP endpoint, auth and aor: 10 random characters
    a-z2-9 that begin with a letter. `codecs` is Asterisk's list, best first: `opus,g722,alaw`.
    """

    __tablename__ = "devices"
    __in_plan__ = True
    __table_args__ = (
        within_tenant("user_id", "users", ondelete="CASCADE"),
        CheckConstraint("hot_desk OR user_id IS NOT NULL", name="somebodys_or_hot_desk"),
        Index(
            "uq_devices_one_hot_desk",
            "user_id",
            unique=True,
            sqlite_where=text("hot_desk"),
            postgresql_where=text("hot_desk"),
        ),
    )

    user_id: Mapped[str | None] = mapped_column(String(36), index=True)
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[DeviceKind] = mapped_column(word(DeviceKind))
    sip_username: Mapped[str] = mapped_column(String(20), unique=True)
    sip_secret: Mapped[str] = mapped_column(String(64), info=SECRET)
    codecs: Mapped[str] = mapped_column(String(120), default="opus,g722,alaw,ulaw")
    srtp: Mapped[bool] = mapped_column(default=False)
    max_contacts: Mapped[int] = mapped_column(default=3)
    disabled: Mapped[bool] = mapped_column(default=False)
    hot_desk: Mapped[bool] = mapped_column(default=False, server_default=false())
    logged_in_at: Mapped[datetime | None]
