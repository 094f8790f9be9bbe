"""What other services ask of office hours, inside their own transactions."""

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import utc_now
from orchestrator.db.scope import select_in
from orchestrator.departments.lookup import department_names
from orchestrator.hours.model import Holiday, HoursOverride, HoursRoute
from orchestrator.types import Destination, Scope


async def hours_leading_to(
    session: AsyncSession, scope: Scope, destination: Destination
) -> list[str]:
    """Readable names of the routes and overrides whose calls go to `destination`.

    An override that has expired never comes back, so it leads nowhere.
    """
    names = await department_names(session, scope)
    routes = await session.scalars(
        select_in(scope, HoursRoute).where(
            HoursRoute.destination_kind == destination.kind,
            HoursRoute.destination_ref == destination.ref,
        )
    )
    overrides = await session.scalars(select_in(scope, HoursOverride))
    stored, now = {"kind": destination.kind.value, "ref": destination.ref}, utc_now()
    return [
        *sorted(f"hours of {names[row.department_id]}, {row.state}" for row in routes),
        *sorted(
            f"override of the hours of {names.get(row.department_id or '', 'all departments')}"
            for row in overrides
            if row.destination == stored and (row.expires_at is None or row.expires_at > now)
        ),
    ]


async def hours_playing(session: AsyncSession, scope: Scope, prompt: str) -> list[str]:
    """Readable names of the routes, overrides and holidays that play `prompt`."""
    names = await department_names(session, scope)
    routes = await session.scalars(select_in(scope, HoursRoute).where(HoursRoute.prompt == prompt))
    overrides = await session.scalars(
        select_in(scope, HoursOverride).where(HoursOverride.prompt == prompt)
    )
    holidays = await session.scalars(select_in(scope, Holiday).where(Holiday.prompt == prompt))
    return [
        *sorted(f"hours of {names[row.department_id]}, {row.state}" for row in routes),
        *sorted(
            f"override of the hours of {names.get(row.department_id or '', 'all departments')}"
            for row in overrides
        ),
        *sorted(f"holiday {row.name}" for row in holidays),
    ]
