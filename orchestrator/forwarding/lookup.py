"""What other services ask of forwarding, inside their own transactions."""

from collections.abc import Iterator

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.forwarding.model import ForwardingException, StatusProfile
from orchestrator.people.lookup import names_of
from orchestrator.types import Destination, DestinationKind, Scope

_OWN = frozenset({DestinationKind.USER, DestinationKind.MOBILE})


async def forwarding_leading_to(
    session: AsyncSession, scope: Scope, destination: Destination
) -> list[str]:
    """Readable names of profiles and exceptions whose calls go to `destination`.

    What leads a user's calls to the same user's mobile goes with the user, and is not named.
    """
    profiles = list(await session.scalars(select_in(scope, StatusProfile)))
    exceptions = await session.scalars(
        select_in(scope, ForwardingException).where(
            ForwardingException.destination_kind == destination.kind,
            ForwardingException.destination_ref == destination.ref,
        )
    )
    found = [(row.user_id, str(row.status)) for row in profiles if _leads(row, destination)]
    found += [(row.user_id, f"exception {row.name}".strip()) for row in exceptions]
    if destination.kind in _OWN:
        found = [each for each in found if each[0] != destination.ref]
    names = await names_of(session, scope, {user for user, _ in found})
    return sorted(f"forwarding of {names[user]} ({what})" for user, what in found)


def _leads(row: StatusProfile, destination: Destination) -> bool:
    return any(each == destination for each in ways_of(row))


def ways_of(row: StatusProfile) -> Iterator[Destination]:
    """All destinations of a profile."""
    for split in row.destinations.values():
        for stored in split.values():
            if stored:
                yield Destination(DestinationKind(stored["kind"]), stored.get("ref", ""))
