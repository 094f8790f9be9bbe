"""Table of shared parking places."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import Base, Row, TenantOwned, within_tenant


class ParkingPlace(Base, Row, TenantOwned):
    """A place where one call waits until somebody takes it back; its number is an extension.

    `department_id` empty: everybody who may park uses it.
    """

    __tablename__ = "parking_places"
    __in_plan__ = True
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "name"),
        within_tenant("department_id", "departments"),
    )

    name: Mapped[str] = mapped_column(String(80))
    department_id: Mapped[str | None] = mapped_column(String(36), index=True)
