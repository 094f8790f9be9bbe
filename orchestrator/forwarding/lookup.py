"""What other services ask of forwarding, inside their own transactions."""

from collections.abc import Iterable, Iterator

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.errors import InUse
from orchestrator.forwarding.model import ForwardingException, StatusProfile, UserStatus
from orchestrator.people.lookup import names_of
from orchestrator.types import Destination, DestinationKind, Scope

_OWN = frozenset({DestinationKind.USER, DestinationKind.MOBILE, DestinationKind.VOICEMAIL})


async def logged_in_to_queues(
    session: AsyncSession, scope: Scope, users: Iterable[str]
) -> frozenset[str]:
    """Those of `users` who are logged in to all their queues."""
    wanted = select_in(scope, UserStatus).where(
        UserStatus.user_id.in_(list(users)), UserStatus.queues
    )
    return frozenset(row.user_id for row in await session.scalars(wanted))


async def forwarding_leading_to(
    session: AsyncSession, scope: Scope, destination: Destination
) -> list[str]:
    """Readable names of profiles and exceptions whose calls go to `destination`.

    What leads a user's calls to the same user's mobile or voicemail goes with the user, and is
    not named.
    """
    own = destination.ref if destination.kind in _OWN else ""
    found = await _leading_to(session, scope, destination)
    return sorted(name for user, name in found if user != own)


async def require_mobile_unused(session: AsyncSession, scope: Scope, user: str) -> None:
    """Raise InUse while calls, the user's own or those of others, go to the user's mobile."""
    found = await _leading_to(session, scope, Destination(DestinationKind.MOBILE, user))
    if found:
        raise InUse("Calls still lead to this mobile.", sorted(name for _, name in found))


async def _leading_to(
    session: AsyncSession, scope: Scope, destination: Destination
) -> list[tuple[str, str]]:
    """Users whose calls go to `destination`, and by what."""
    profiles = list(await session.scalars(select_in(scope, StatusProfile)))
    exceptions = await session.scalars(
        select_in(scope, ForwardingException).where(
            ForwardingException.destination_kind == destination.kind,
            ForwardingException.destination_ref == destination.ref,
        )
    )
    found = [(row.user_id, str(row.status)) for row in profiles if _leads(row, destination)]
    found += [(row.user_id, f"exception {row.name}".strip()) for row in exceptions]
    names = await names_of(session, scope, {user for user, _ in found})
    return [(user, f"forwarding of {names[user]} ({what})") for user, what in found]


def _leads(row: StatusProfile, destination: Destination) -> bool:
    return any(each == destination for each in ways_of(row))


def ways_of(row: StatusProfile) -> Iterator[Destination]:
    """All destinations of a profile."""
    for split in row.destinations.values():
        for stored in split.values():
            if stored:
                yield Destination(DestinationKind(stored["kind"]), stored.get("ref", ""))
