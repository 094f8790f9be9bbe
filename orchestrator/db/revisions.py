"""Table of revisions: how other processes learn that a tenant changed."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import Base


class Revision(Base):
    """Counts the changes of one tenant that calls must know; bumped in the changing transaction.

    `registrations` counts those that touch outbound SIP registrations. It has no foreign key:
    the row of a deleted tenant tells others of the deletion.
    """

    __tablename__ = "revisions"
    __audited__ = False

    tenant_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    revision: Mapped[int] = mapped_column(BigInteger)
    registrations: Mapped[int] = mapped_column(BigInteger, default=0)
