"""Tables of a hotel: how each room is, and what was taken from its minibar."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import Base, Row, TenantOwned, within_tenant


class HotelRoom(Base, Row, TenantOwned):
    """How the room with the extension of `user_id` is; no row: nobody has reported anything.

    `status` is the digit that was dialled; `hotel/rules.py` has the words for it.
    """

    __tablename__ = "hotel_rooms"
    __table_args__ = (
        UniqueConstraint("user_id"),
        within_tenant("user_id", "users", ondelete="CASCADE"),
    )

    user_id: Mapped[str] = mapped_column(String(36))
    status: Mapped[str] = mapped_column(String(1))
    reported_at: Mapped[datetime]


class MinibarEntry(Base, Row, TenantOwned):
    """`count` pieces of the article `item` (digits) that the guest of a room took.

    `settled_at` empty: still to be paid.
    """

    __tablename__ = "minibar_entries"
    __table_args__ = (within_tenant("user_id", "users", ondelete="CASCADE"),)

    user_id: Mapped[str] = mapped_column(String(36), index=True)
    item: Mapped[str] = mapped_column(String(8))
    count: Mapped[int]
    reported_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
