"""Tables of voicemail: boxes, greetings, messages."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import SECRET, Base, Row, TenantOwned, within_tenant, word
from orchestrator.forwarding.rules import Status
from orchestrator.voicemail.rules import MailMode, SayTime


class VoicemailBox(Base, Row, TenantOwned):
    """The box of a user or of a ring group; who has no row has no voicemail.

    `pin` is that of a group's box; a user's box opens with the user's own. `ask_pin`: also on
    one's own phone. `say_caller`, `say_time`: what the menu says before a message. `mail_to` are
    further addresses; `mail_members`: a group's members get the mail too. `self_id` is the
    recorded name of its owner, in the media store.
    """

    __tablename__ = "voicemail_boxes"
    __in_plan__ = True
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (ring_group_id IS NULL)", name="one_owner"),
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("user_id"),
        UniqueConstraint("ring_group_id"),
        within_tenant("user_id", "users", ondelete="CASCADE"),
        within_tenant("ring_group_id", "ring_groups", ondelete="CASCADE"),
    )

    user_id: Mapped[str | None] = mapped_column(String(36))
    ring_group_id: Mapped[str | None] = mapped_column(String(36))
    enabled: Mapped[bool] = mapped_column(default=True)
    pin: Mapped[str | None] = mapped_column(String(10), info=SECRET)
    ask_pin: Mapped[bool] = mapped_column(default=True)
    say_caller: Mapped[bool] = mapped_column(default=True)
    say_time: Mapped[SayTime] = mapped_column(word(SayTime), default=SayTime.TWENTY_FOUR_HOURS)
    mail: Mapped[MailMode] = mapped_column(word(MailMode), default=MailMode.NONE)
    mail_to: Mapped[list[str]] = mapped_column(JSON, default=list)
    mail_members: Mapped[bool] = mapped_column(default=False)
    self_id: Mapped[str | None] = mapped_column(String(160))


class VoicemailGreeting(Base, Row, TenantOwned):
    """What callers hear before they leave a message: by status of the user, or always (NULL).

    `file` is in the media store, without an ending; `text` what was typed, if we speak it.
    """

    __tablename__ = "voicemail_greetings"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("box_id", "status"),
        # NULLs are distinct in a unique constraint, so the greeting for always needs its own.
        Index(
            "uq_voicemail_greetings_always",
            "box_id",
            unique=True,
            sqlite_where=text("status IS NULL"),
            postgresql_where=text("status IS NULL"),
        ),
        within_tenant("box_id", "voicemail_boxes", ondelete="CASCADE"),
    )

    box_id: Mapped[str] = mapped_column(String(36), index=True)
    status: Mapped[Status | None] = mapped_column(word(Status))
    file: Mapped[str] = mapped_column(String(160))
    seconds: Mapped[float] = mapped_column(default=0.0)
    text: Mapped[str | None] = mapped_column(String(2000))


class VoicemailMessage(Base, Row, TenantOwned):
    """A message in a box. `file` is in the media store, without an ending, `size` in bytes.

    `id` is given by the call, so that a message that is written down twice is one message.
    """

    __tablename__ = "voicemail_messages"
    __audited__ = False
    __table_args__ = (
        Index("ix_voicemail_messages_box_id_recorded_at", "box_id", "recorded_at"),
        within_tenant("box_id", "voicemail_boxes", ondelete="CASCADE"),
    )

    box_id: Mapped[str] = mapped_column(String(36))
    call_id: Mapped[str] = mapped_column(String(80))
    caller: Mapped[str] = mapped_column(String(64))
    caller_name: Mapped[str] = mapped_column(String(120), default="")
    file: Mapped[str] = mapped_column(String(160))
    seconds: Mapped[float] = mapped_column(default=0.0)
    size: Mapped[int] = mapped_column(default=0)
    recorded_at: Mapped[datetime]
    heard_at: Mapped[datetime | None]
