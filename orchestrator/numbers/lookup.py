"""What other services ask of DIDs, inside their own transactions."""

from sqlalchemy import and_, or_
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.db.stored import leads_to
from orchestrator.numbers.model import Did
from orchestrator.types import Destination, Scope


async def dids_of_trunk(session: AsyncSession, scope: Scope, trunk: str) -> list[str]:
    """Readable names of the DIDs that are bound to a trunk."""
    rows = await session.scalars(
        select_in(scope, Did).where(Did.trunk_id == trunk).order_by(Did.number)
    )
    return [f"DID {row.number}" for row in rows]


async def dids_leading_to(
    session: AsyncSession, scope: Scope, destination: Destination
) -> list[str]:
    """Readable names of the DIDs whose calls go to `destination`."""
    rows = await session.scalars(
        select_in(scope, Did)
        .where(
            or_(
                and_(
                    Did.destination_kind == destination.kind,
                    Did.destination_ref == destination.ref,
                ),
                leads_to(destination, Did.closed, Did.on_break, Did.holiday),
            )
        )
        .order_by(Did.number)
    )
    return [f"DID {row.number}" for row in rows]
