"""Table of conference rooms."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import SECRET, Base, Row, TenantOwned


class Conference(Base, Row, TenantOwned):
    """A room in which many talk together; its number is an extension.

    `pin` empty: everybody comes in. `max_members` 0 means no limit. `announce`: a tone tells
    who comes and goes.
    """

    __tablename__ = "conferences"
    __in_plan__ = True
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "name"))

    name: Mapped[str] = mapped_column(String(80))
    pin: Mapped[str | None] = mapped_column(String(10), info=SECRET)
    max_members: Mapped[int] = mapped_column(default=0)
    announce: Mapped[bool] = mapped_column(default=True)
