"""Conference rooms of a tenant."""

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.conferences.model import Conference
from orchestrator.conferences.schemas import (
    ConferenceCreate,
    ConferenceOut,
    ConferencePatch,
    ConferenceQuery,
)
from orchestrator.db.base import utc_now
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.destinations.service import require_unused
from orchestrator.people.numbering import drop_number, numbers_of_kind, set_number
from orchestrator.people.rules import OwnerKind
from orchestrator.rights.rules import Right, require
from orchestrator.schemas import Page
from orchestrator.tenants.lookup import require_room
from orchestrator.types import Destination, DestinationKind, Scope

_KEYS = {"name": Conference.name, "created_at": Conference.created_at}
_RIGHT = Right.CALL_HANDLING
_KIND = OwnerKind.CONFERENCE

MAX_ROOMS = 200
"""Rooms of one tenant at most."""


class ConferenceService:
    """Use cases of conference rooms."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, scope: Scope, query: ConferenceQuery) -> Page[ConferenceOut]:
        require(scope.actor, _RIGHT)
        statement = select_in(scope, Conference)
        if query.search:
            statement = statement.where(Conference.name.icontains(query.search, autoescape=True))
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=Conference.id
            )
            numbers = await numbers_of_kind(session, scope, _KIND, [row.id for row in rows])
            items = [_show(row, numbers.get(row.id, "")) for row in rows]
            return Page(items=items, next=following)

    async def get(self, scope: Scope, id: str) -> ConferenceOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            row = await get_in(session, scope, Conference, id)
            return await _shown(session, scope, row)

    async def create(self, scope: Scope, body: ConferenceCreate) -> ConferenceOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            present = await session.scalar(count_in(scope, Conference)) or 0
            require_room(MAX_ROOMS, present, "conference rooms")
            row = Conference(tenant_id=scope.tenant, **body.model_dump(exclude={"number"}))
            session.add(row)
            await session.flush()
            await set_number(session, scope, _KIND, row.id, body.number)
            return _show(row, body.number)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: ConferencePatch,
        version: int | None = None,
    ) -> ConferenceOut:
        """Change what `patch` names; those who are in the room stay."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, Conference, id)
            require_version(row, version)
            changes = patch.changes()
            # A change of the number alone is a change of the room: its version must move.
            row.updated_at = utc_now()
            for name in changes.keys() - {"number"}:
                setattr(row, name, changes[name])
            await session.flush()
            if "number" in changes:
                await set_number(session, scope, _KIND, row.id, patch.number)
            return await _shown(session, scope, row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        """Delete the room; refused while calls lead there. Those who are in it go on talking."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, Conference, id)
            require_version(row, version)
            number = await _number(session, scope, row)
            await require_unused(
                session,
                scope,
                Destination(DestinationKind.CONFERENCE, row.id),
                Destination(DestinationKind.EXTENSION, number),
                name=f"{number} {row.name}",
            )
            await drop_number(session, scope, _KIND, row.id)
            await session.delete(row)


async def _number(session: AsyncSession, scope: Scope, row: Conference) -> str:
    return (await numbers_of_kind(session, scope, _KIND, [row.id])).get(row.id, "")


async def _shown(session: AsyncSession, scope: Scope, row: Conference) -> ConferenceOut:
    return _show(row, await _number(session, scope, row))


def _show(row: Conference, number: str) -> ConferenceOut:
    return ConferenceOut(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        number=number,
        name=row.name,
        has_pin=row.pin is not None,
        max_members=row.max_members,
        announce=row.announce,
    )
