"""Shared parking places of a tenant, and who waits at present."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, or_
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import utc_now
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.lookup import check_department
from orchestrator.destinations.service import require_unused
from orchestrator.errors import NotFound
from orchestrator.parking.model import ParkingPlace
from orchestrator.parking.rules import Waiting
from orchestrator.parking.schemas import (
    ParkedCallOut,
    ParkedCallsOut,
    ParkingPlaceCreate,
    ParkingPlaceOut,
    ParkingPlacePatch,
    ParkingPlaceQuery,
)
from orchestrator.people.numbering import drop_number, numbers_of_kind, set_number
from orchestrator.people.rules import OwnerKind
from orchestrator.rights.rules import Right, allowed, departments_with, require
from orchestrator.schemas import Page
from orchestrator.tenants.lookup import require_room
from orchestrator.types import Destination, DestinationKind, Scope, TenantId

_KEYS = {"name": ParkingPlace.name, "created_at": ParkingPlace.created_at}
_RIGHT = Right.CALL_HANDLING
_KIND = OwnerKind.PARKING

MAX_PLACES = 1000
"""Places of one tenant at most: SP0 to SP999."""


class ParkingService:
    """Use cases of parking places; `waiting` tells who waits in a tenant at this moment.

    Places of a department are for those who hold the right there, places without for all who do.
    """

    def __init__(
        self, database: Database, waiting: Callable[[TenantId], Sequence[Waiting]]
    ) -> None:
        self._database = database
        self._waiting = waiting

    async def list(self, scope: Scope, query: ParkingPlaceQuery) -> Page[ParkingPlaceOut]:
        require(scope.actor, _RIGHT)
        statement = _visible(scope)
        if query.search:
            statement = statement.where(ParkingPlace.name.icontains(query.search, autoescape=True))
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=ParkingPlace.id
            )
            numbers = await numbers_of_kind(session, scope, _KIND, [row.id for row in rows])
            items = [_show(row, numbers.get(row.id, "")) for row in rows]
            return Page(items=items, next=following)

    async def get(self, scope: Scope, id: str) -> ParkingPlaceOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return await _shown(session, scope, await _one(session, scope, id))

    async def create(self, scope: Scope, body: ParkingPlaceCreate) -> ParkingPlaceOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            present = await session.scalar(count_in(scope, ParkingPlace)) or 0
            require_room(MAX_PLACES, present, "parking places")
            if body.department is not None:
                await check_department(session, scope, body.department, _RIGHT)
            row = ParkingPlace(
                tenant_id=scope.tenant, name=body.name, department_id=body.department
            )
            session.add(row)
            await session.flush()
            await set_number(session, scope, _KIND, row.id, body.number)
            return _show(row, body.number)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: ParkingPlacePatch,
        version: int | None = None,
    ) -> ParkingPlaceOut:
        """Change what `patch` names; a call that waits there keeps waiting."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await _one(session, scope, id)
            require_version(row, version)
            changes = patch.changes()
            # A change of the number alone is a change of the place: its version must move.
            row.updated_at = utc_now()
            if "name" in changes:
                row.name = patch.name
            if "department" in changes:
                if patch.department is not None:
                    await check_department(session, scope, patch.department, _RIGHT)
                row.department_id = patch.department
            await session.flush()
            if "number" in changes:
                await set_number(session, scope, _KIND, row.id, patch.number)
            return await _shown(session, scope, row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        """Delete the place; refused while calls lead there. Who waits there goes back in time."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await _one(session, scope, id)
            require_version(row, version)
            number = await _number(session, scope, row)
            await require_unused(
                session,
                scope,
                Destination(DestinationKind.PARKING, row.id),
                Destination(DestinationKind.EXTENSION, number),
                name=f"{number} {row.name}",
            )
            await drop_number(session, scope, _KIND, row.id)
            await session.delete(row)

    async def waiting(self, scope: Scope) -> ParkedCallsOut:
        """Who waits in the orbits, and in the places of departments where the actor may park."""
        require(scope.actor, Right.PARK_CALLS)
        seen = [
            each
            for each in self._waiting(scope.tenant)
            if each.department is None or allowed(scope.actor, Right.PARK_CALLS, each.department)
        ]
        return ParkedCallsOut(items=[_parked(each) for each in seen])


def _visible(scope: Scope) -> Select[Any]:
    statement = select_in(scope, ParkingPlace)
    reach = departments_with(scope.actor, _RIGHT)
    if reach is None:
        return statement
    of_all = ParkingPlace.department_id.is_(None)
    return statement.where(or_(of_all, ParkingPlace.department_id.in_(reach)))


async def _one(session: AsyncSession, scope: Scope, id_: str) -> ParkingPlace:
    row: ParkingPlace | None = await session.scalar(_visible(scope).where(ParkingPlace.id == id_))
    if row is None:
        raise NotFound("There is no such parking place.")
    return row


async def _number(session: AsyncSession, scope: Scope, row: ParkingPlace) -> str:
    return (await numbers_of_kind(session, scope, _KIND, [row.id])).get(row.id, "")


async def _shown(session: AsyncSession, scope: Scope, row: ParkingPlace) -> ParkingPlaceOut:
    return _show(row, await _number(session, scope, row))


def _show(row: ParkingPlace, number: str) -> ParkingPlaceOut:
    return ParkingPlaceOut(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        number=number,
        name=row.name,
        department=row.department_id,
    )


def _parked(each: Waiting) -> ParkedCallOut:
    return ParkedCallOut(
        call=each.call,
        place=each.place,
        parking_place=each.parking_place,
        caller_number=each.caller_number,
        caller_name=each.caller_name,
        parked_by=each.parked_by,
        since=datetime.fromtimestamp(each.since, UTC),
    )
