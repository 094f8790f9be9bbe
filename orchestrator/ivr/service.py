"""IVRs of a tenant: menus that callers steer by keys."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import utc_now
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.lookup import check_department
from orchestrator.destinations.schemas import DestinationBody, shown
from orchestrator.destinations.service import require_destination, require_unused
from orchestrator.errors import NotFound
from orchestrator.hours.schemas import HoursRouteBody
from orchestrator.hours.stored import COLUMNS, StoredRoute
from orchestrator.ivr.checks import refuse_circles, refuse_useless_keys, refuse_wrong_keys
from orchestrator.ivr.model import Ivr, IvrKey
from orchestrator.ivr.schemas import (
    IvrCreate,
    IvrKeyBody,
    IvrOut,
    IvrPatch,
    IvrQuery,
)
from orchestrator.people.numbering import drop_number, numbers_of_kind, set_number
from orchestrator.people.rules import OwnerKind
from orchestrator.prompts.lookup import require_prompt
from orchestrator.rights.rules import Right, departments_with, require
from orchestrator.schemas import Page
from orchestrator.tenants.lookup import require_room
from orchestrator.types import Destination, DestinationKind, Scope

_ORDER = {"name": Ivr.name, "created_at": Ivr.created_at}
_RIGHT = Right.CALL_HANDLING
_KIND = OwnerKind.IVR

_PLAIN = ("name", "prompt", "language", "wait_seconds", "rounds", "direct_dial")
_DESTINATIONS = ("no_input", "invalid_input", "sms_to")
_ROUTES = tuple(COLUMNS.values())

MAX_IVRS = 500
"""IVRs of one tenant at most."""


class IvrService:
    """Use cases of IVRs, for those who hold the right in the IVR's department."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, scope: Scope, query: IvrQuery) -> Page[IvrOut]:
        require(scope.actor, _RIGHT)
        statement = _visible(scope)
        if query.search:
            statement = statement.where(Ivr.name.icontains(query.search, autoescape=True))
        if query.department:
            statement = statement.where(Ivr.department_id == query.department)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_ORDER, id_column=Ivr.id
            )
            numbers = await numbers_of_kind(session, scope, _KIND, [row.id for row in rows])
            items = [_show(row, numbers.get(row.id, "")) for row in rows]
            return Page(items=items, next=following)

    async def get(self, scope: Scope, id: str) -> IvrOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return await _shown(session, scope, await _one(session, scope, id))

    async def create(self, scope: Scope, body: IvrCreate) -> IvrOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            present = await session.scalar(count_in(scope, Ivr)) or 0
            require_room(MAX_IVRS, present, "IVRs")
            row = Ivr(tenant_id=scope.tenant, name=body.name, department_id="", keys=[])
            named = {name: getattr(body, name) for name in IvrCreate.model_fields}
            with session.no_autoflush:
                await _assign(session, scope, row, named)
                session.add(row)
            await session.flush()
            await set_number(session, scope, _KIND, row.id, body.number)
            await _check(session, scope, row)
            return _show(row, body.number)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: IvrPatch,
        version: int | None = None,
    ) -> IvrOut:
        """Change what `patch` names; callers who are in the IVR hear the change in the next
        round."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await _one(session, scope, id)
            require_version(row, version)
            # A change of its keys or number alone is a change of the IVR: its version must move.
            row.updated_at = utc_now()
            with session.no_autoflush:
                await _assign(session, scope, row, patch.changes())
            await session.flush()
            if "number" in patch.model_fields_set:
                await set_number(session, scope, _KIND, row.id, patch.number)
            await _check(session, scope, row)
            return await _shown(session, scope, row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        """Delete the IVR; refused while calls lead there. Callers who are in it go on."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await _one(session, scope, id)
            require_version(row, version)
            number = await _number(session, scope, row)
            # First, for what leads from an IVR to itself goes with it.
            await session.delete(row)
            await session.flush()
            await require_unused(
                session,
                scope,
                Destination(DestinationKind.IVR, row.id),
                Destination(DestinationKind.EXTENSION, number),
                name=f"{number} {row.name}",
            )
            await drop_number(session, scope, _KIND, row.id)


# -- parts -------------------------------------------------------------------------------------


def _visible(scope: Scope) -> Select[Any]:
    statement = select_in(scope, Ivr)
    reach = departments_with(scope.actor, _RIGHT)
    return statement if reach is None else statement.where(Ivr.department_id.in_(reach))


async def _one(session: AsyncSession, scope: Scope, id_: str) -> Ivr:
    row: Ivr | None = await session.scalar(_visible(scope).where(Ivr.id == id_))
    if row is None:
        raise NotFound("There is no such IVR.")
    return row


async def _assign(
    session: AsyncSession, scope: Scope, row: Ivr, changes: Mapping[str, object]
) -> None:
    """Put `changes`, fields of the API, into the row, each checked by itself."""
    for name, value in changes.items():
        if name in _PLAIN:
            setattr(row, name, value)
        elif name == "department":
            row.department_id = cast(str, value)
            await check_department(session, scope, row.department_id, _RIGHT)
        elif name in _DESTINATIONS:
            setattr(row, name, cast(DestinationBody, value).stored if value else None)
        elif name in _ROUTES:
            setattr(row, name, _stored(cast(HoursRouteBody | None, value)))
        elif name == "keys":
            _assign_keys(row, cast(Sequence[IvrKeyBody], value))


def _stored(route: HoursRouteBody | None) -> StoredRoute | None:
    return {"destination": route.destination.stored, "prompt": route.prompt} if route else None


def _assign_keys(row: Ivr, keys: Sequence[IvrKeyBody]) -> None:
    refuse_wrong_keys(keys)
    # Rows of keys that stay are kept: a new one with the same key would come before the old went.
    known = {key.keys: key for key in row.keys}
    row.keys = [_assigned(known.get(body.keys) or IvrKey(keys=body.keys), body) for body in keys]


def _assigned(row: IvrKey, body: IvrKeyBody) -> IvrKey:
    row.action, row.prompt = body.action, body.prompt
    row.destination = body.destination.stored if body.destination else None
    return row


async def _check(session: AsyncSession, scope: Scope, row: Ivr) -> None:
    """The IVR as a whole: what it plays and where it leads must be there, and in no circle."""
    await require_prompt(session, scope, row.prompt, "body.prompt")
    for name in _DESTINATIONS:
        await _exists(session, scope, shown(getattr(row, name)), f"body.{name}")
    for name in _ROUTES:
        if (route := getattr(row, name)) is not None:
            await _exists(session, scope, shown(route["destination"]), f"body.{name}.destination")
            await require_prompt(session, scope, route["prompt"], f"body.{name}.prompt")
    for place, key in enumerate(row.keys):
        await _exists(session, scope, shown(key.destination), f"body.keys.{place}.destination")
        await require_prompt(session, scope, key.prompt, f"body.keys.{place}.prompt")
    refuse_useless_keys(row)
    await refuse_circles(session, scope, row)


async def _exists(
    session: AsyncSession, scope: Scope, destination: DestinationBody | None, field: str
) -> None:
    if destination is not None:
        await require_destination(session, scope, destination, field)


async def _number(session: AsyncSession, scope: Scope, row: Ivr) -> str:
    return (await numbers_of_kind(session, scope, _KIND, [row.id])).get(row.id, "")


async def _shown(session: AsyncSession, scope: Scope, row: Ivr) -> IvrOut:
    return _show(row, await _number(session, scope, row))


def _show(row: Ivr, number: str) -> IvrOut:
    fields = {name: getattr(row, name) for name in (*_PLAIN, *_DESTINATIONS, *_ROUTES)}
    return IvrOut.model_validate(
        {
            **fields,
            "id": row.id,
            "version": row.version,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "number": number,
            "department": row.department_id,
            "keys": [IvrKeyBody.model_validate(key) for key in sorted(row.keys, key=_by_keys)],
        }
    )


def _by_keys(row: IvrKey) -> str:
    return row.keys
