"""What other services ask of parking places, inside their own transactions."""

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import count_in, select_in
from orchestrator.parking.model import ParkingPlace
from orchestrator.types import Scope


async def has_parking_place(session: AsyncSession, scope: Scope, place: str) -> bool:
    """Whether `place` is the id of a parking place of the tenant."""
    return bool(await session.scalar(count_in(scope, ParkingPlace).where(ParkingPlace.id == place)))


async def parking_of_department(session: AsyncSession, scope: Scope, department: str) -> list[str]:
    """Readable names of the parking places that only people of a department use."""
    rows = await session.scalars(
        select_in(scope, ParkingPlace)
        .where(ParkingPlace.department_id == department)
        .order_by(ParkingPlace.name)
    )
    return [f"parking place {row.name}" for row in rows]
