"""Rooms of a hotel and their minibars: reported by telephone, looked after by the reception."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from orchestrator.clock import Clock
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.errors import Denied, NotFound
from orchestrator.hotel.model import HotelRoom, MinibarEntry
from orchestrator.hotel.rules import Taken, word_of
from orchestrator.hotel.schemas import (
    MinibarOut,
    MinibarPatch,
    MinibarQuery,
    RoomBody,
    RoomOut,
    RoomQuery,
)
from orchestrator.people.lookup import names_of, places_of, users_in
from orchestrator.rights.rules import Right, allowed, departments_with, require
from orchestrator.schemas import Page
from orchestrator.tenants.lookup import require_room
from orchestrator.types import ActorKind, Scope

_RIGHT = Right.RECEPTIONIST_OPERATIONS
_ROOM_KEYS = {"reported_at": HotelRoom.reported_at}
_ENTRY_KEYS = {"reported_at": MinibarEntry.reported_at}

MOST_OPEN = 200
"""Entries of one room that are still to be paid; more are not taken."""
MOST_SETTLED = 200
"""Entries of one room that are kept once they are paid; the oldest go."""


class RoomService:
    """Use cases of rooms. The reception sees the rooms of its departments; everybody reports on
    the room whose telephone they use."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self, scope: Scope, query: RoomQuery) -> Page[RoomOut]:
        require(scope.actor, _RIGHT)
        statement = _visible(scope, select_in(scope, HotelRoom), HotelRoom.user_id)
        if query.status is not None:
            statement = statement.where(HotelRoom.status == query.status)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_ROOM_KEYS, id_column=HotelRoom.id
            )
            names = await names_of(session, scope, [row.user_id for row in rows])
            return Page(items=[_show_room(row, names) for row in rows], next=following)

    async def set_status(self, scope: Scope, user: str, body: RoomBody) -> RoomOut:
        """Say how the room of `user` is; NotFound for rooms of other departments."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            places = await places_of(session, scope, user)
            if not any(allowed(scope.actor, _RIGHT, place.department) for place in places):
                raise NotFound("There is no such user.")
            row = await self._note(session, scope, user, body.status)
            return _show_room(row, await names_of(session, scope, [user]))

    async def report_status(self, scope: Scope, status: str) -> None:
        """The telephone in the room says how the room is."""
        async with self._database.transaction(scope) as session:
            await self._note(session, scope, _own(scope), status)

    async def _note(self, session: AsyncSession, scope: Scope, user: str, status: str) -> HotelRoom:
        row = await session.scalar(select_in(scope, HotelRoom).where(HotelRoom.user_id == user))
        if row is None:
            row = HotelRoom(user_id=user)
            session.add(row)
        # The same status again is news too: somebody was there.
        row.status, row.reported_at = status, self._clock.now()
        await session.flush()
        return row


class MinibarService:
    """Use cases of what guests took; rights as of rooms."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self, scope: Scope, query: MinibarQuery) -> Page[MinibarOut]:
        require(scope.actor, _RIGHT)
        statement = _visible(scope, select_in(scope, MinibarEntry), MinibarEntry.user_id)
        if query.user is not None:
            statement = statement.where(MinibarEntry.user_id == query.user)
        if query.settled is not None:
            paid = MinibarEntry.settled_at.is_not(None)
            statement = statement.where(paid if query.settled else ~paid)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_ENTRY_KEYS, id_column=MinibarEntry.id
            )
            names = await names_of(session, scope, [row.user_id for row in rows])
            return Page(items=[_show_entry(row, names) for row in rows], next=following)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: MinibarPatch,
        version: int | None = None,
    ) -> MinibarOut:
        """Settle the entry, or open it again; one that is settled keeps the time it was."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await _entry(session, scope, id)
            require_version(row, version)
            if "settled" in patch.changes() and patch.settled is not bool(row.settled_at):
                row.settled_at = self._clock.now() if patch.settled else None
                await session.flush()
            return _show_entry(row, await names_of(session, scope, [row.user_id]))

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await _entry(session, scope, id)
            require_version(row, version)
            await session.delete(row)

    async def report(self, scope: Scope, items: Sequence[Taken]) -> None:
        """The telephone in the room says what was taken there. LimitReached when the room has too
        many entries that nobody settles."""
        room, now = _own(scope), self._clock.now()
        async with self._database.transaction(scope) as session:
            of_room = MinibarEntry.user_id == room
            count = count_in(scope, MinibarEntry).where(of_room, MinibarEntry.settled_at.is_(None))
            present = await session.scalar(count) or 0
            require_room(MOST_OPEN, present + len(items) - 1, "open entries in a minibar")
            session.add_all(
                MinibarEntry(user_id=room, item=each.item, count=each.count, reported_at=now)
                for each in items
            )
            settled = select_in(scope, MinibarEntry).where(
                of_room, MinibarEntry.settled_at.is_not(None)
            )
            newest_first = settled.order_by(MinibarEntry.settled_at.desc()).offset(MOST_SETTLED)
            for old in await session.scalars(newest_first):
                await session.delete(old)


def _own(scope: Scope) -> str:
    """The room of who reports: a user, for whose telephone else would it be?"""
    if scope.actor.kind is not ActorKind.USER:
        raise Denied("Only the telephone in a room reports on it.")
    return scope.actor.id


def _visible(
    scope: Scope, statement: Select[Any], user_id: InstrumentedAttribute[str]
) -> Select[Any]:
    reach = departments_with(scope.actor, _RIGHT)
    return statement if reach is None else statement.where(user_id.in_(users_in(reach)))


async def _entry(session: AsyncSession, scope: Scope, id_: str) -> MinibarEntry:
    statement = _visible(scope, select_in(scope, MinibarEntry), MinibarEntry.user_id)
    row: MinibarEntry | None = await session.scalar(statement.where(MinibarEntry.id == id_))
    if row is None:
        raise NotFound("There is no such minibar entry.")
    return row


def _show_room(row: HotelRoom, names: Mapping[str, str]) -> RoomOut:
    return RoomOut(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        user=row.user_id,
        name=names.get(row.user_id, ""),
        status=row.status,
        word=word_of(row.status),
        reported_at=row.reported_at,
    )


def _show_entry(row: MinibarEntry, names: Mapping[str, str]) -> MinibarOut:
    return MinibarOut(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        user=row.user_id,
        name=names.get(row.user_id, ""),
        item=row.item,
        count=row.count,
        reported_at=row.reported_at,
        settled_at=row.settled_at,
    )
