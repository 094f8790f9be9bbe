"""Tables of IVRs and their keys."""

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from orchestrator.db.base import Base, Row, TenantOwned, within_tenant, word
from orchestrator.hours.stored import OwnRoutes
from orchestrator.ivr.rules import KeyAction
from orchestrator.types import StoredDestination


class IvrKey(Base, Row, TenantOwned):
    """What one key, or an input string of several, does in an IVR."""

    __tablename__ = "ivr_keys"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("ivr_id", "keys"),
        within_tenant("ivr_id", "ivrs", ondelete="CASCADE"),
    )

    ivr_id: Mapped[str] = mapped_column(String(36), index=True)
    keys: Mapped[str] = mapped_column(String(8))
    action: Mapped[KeyAction] = mapped_column(word(KeyAction), default=KeyAction.GO)
    destination: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
    prompt: Mapped[str | None] = mapped_column(String(120))


class Ivr(Base, Row, TenantOwned, OwnRoutes):
    """A menu that callers steer by keys; its number is an extension.

    `prompt` is the id of a prompt or the name of a sound; empty: the keys are read out. `language`
    empty: that of the department. `wait_seconds`: how long nothing may be keyed in after the
    prompt; `rounds`: how often the prompt is played in all. `no_input`, `invalid_input`: where
    callers go at once who key nothing in, or what leads nowhere; empty: the prompt again, and at
    last the end. `direct_dial`: extensions can be dialled while the prompt plays. `sms_to`: who
    gets text messages to its numbers.
    """

    __tablename__ = "ivrs"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "name"),
        within_tenant("department_id", "departments"),
    )

    name: Mapped[str] = mapped_column(String(80))
    department_id: Mapped[str] = mapped_column(String(36), index=True)
    prompt: Mapped[str | None] = mapped_column(String(120))
    language: Mapped[str | None] = mapped_column(String(12))
    wait_seconds: Mapped[int] = mapped_column(default=5)
    rounds: Mapped[int] = mapped_column(default=3)
    no_input: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
    invalid_input: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))
    direct_dial: Mapped[bool] = mapped_column(default=True)
    sms_to: Mapped[StoredDestination | None] = mapped_column(JSON(none_as_null=True))

    keys: Mapped[list[IvrKey]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by=IvrKey.keys
    )
