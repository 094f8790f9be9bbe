"""DIDs of a tenant: numbers of the outside world, and where their calls go."""

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.bulk import RowErrors
from orchestrator.db.errors import Taken
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.destinations.schemas import DestinationBody, shown
from orchestrator.destinations.service import require_destination
from orchestrator.errors import FieldError
from orchestrator.numbers.model import Did
from orchestrator.numbers.rules import e164
from orchestrator.numbers.schemas import (
    DidBulk,
    DidBulkOut,
    DidCreate,
    DidOut,
    DidPatch,
    DidQuery,
)
from orchestrator.rights.rules import Right, require
from orchestrator.schemas import Page
from orchestrator.tenants.lookup import country_of
from orchestrator.trunks.lookup import require_trunk
from orchestrator.types import Scope

_KEYS = {"number": Did.number, "name": Did.name, "created_at": Did.created_at}
_RIGHT = Right.VOICE_AND_CHAT


class DidService:
    """Use cases of DIDs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, scope: Scope, query: DidQuery) -> Page[DidOut]:
        require(scope.actor, _RIGHT)
        statement = select_in(scope, Did)
        if query.trunk is not None:
            statement = statement.where(Did.trunk_id == query.trunk)
        if query.search:
            found = (Did.number, Did.name)
            statement = statement.where(
                or_(*(column.icontains(query.search, autoescape=True) for column in found))
            )
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=Did.id
            )
            return Page(items=[_show(row) for row in rows], next=following)

    async def get(self, scope: Scope, id: str) -> DidOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return _show(await get_in(session, scope, Did, id))

    async def create(self, scope: Scope, body: DidCreate) -> DidOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            return _show(await _add(session, scope, body))

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: DidPatch,
        version: int | None = None,
    ) -> DidOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            return _show(await _change(session, scope, (id, version), patch))

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            await _remove(session, scope, id, version)

    async def bulk(self, scope: Scope, body: DidBulk) -> DidBulkOut:
        """All of it or nothing; `Invalid` names every wrong row."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            rows = RowErrors(session)
            for index, id_ in enumerate(body.delete):
                await rows.run(f"delete.{index}", _remove(session, scope, id_, None))
            updated = [
                await rows.run(f"update.{index}", _change(session, scope, (row.id, None), row))
                for index, row in enumerate(body.update)
            ]
            created = [
                await rows.run(f"create.{index}", _add(session, scope, row))
                for index, row in enumerate(body.create)
            ]
            rows.raise_found()
            return DidBulkOut(
                created=[_show(row) for row in created if row],
                updated=[_show(row) for row in updated if row],
                deleted=len(body.delete),
            )


async def _add(session: AsyncSession, scope: Scope, body: DidCreate) -> Did:
    row = Did(tenant_id=scope.tenant)
    session.add(row)
    with session.no_autoflush:
        await _assign(session, scope, row, {name: getattr(body, name) for name in _FIELDS})
    await session.flush()
    return row


async def _change(
    session: AsyncSession, scope: Scope, key: tuple[str, int | None], patch: DidPatch
) -> Did:
    """Change the DID `key` (its id and the version it must have)."""
    row = await get_in(session, scope, Did, key[0])
    require_version(row, key[1])
    with session.no_autoflush:
        await _assign(session, scope, row, patch.changes())
    await session.flush()
    return row


async def _remove(session: AsyncSession, scope: Scope, id_: str, version: int | None) -> None:
    row = await get_in(session, scope, Did, id_)
    require_version(row, version)
    await session.delete(row)
    await session.flush()


_FIELDS = tuple(DidCreate.model_fields)


async def _assign(
    session: AsyncSession, scope: Scope, row: Did, changes: dict[str, object]
) -> None:
    """Put `changes`, fields of the API, into the row, once what they refer to was found."""
    for name, value in changes.items():
        if isinstance(value, DestinationBody):
            await require_destination(session, scope, value, f"body.{name}")
            if name == "destination":
                row.destination_kind, row.destination_ref = value.kind, value.ref
            else:
                setattr(row, name, value.stored)
        elif name == "trunk":
            if isinstance(value, str):
                await require_trunk(session, scope, value)
            row.trunk_id = value  # type: ignore[assignment]
        else:
            setattr(row, name, value)
    if "number" in changes:
        row.e164 = e164(row.number, await country_of(session, scope))
    if {"number", "trunk"} & changes.keys():
        await _refuse_other_writing(session, scope, row)


async def _refuse_other_writing(session: AsyncSession, scope: Scope, row: Did) -> None:
    """`+31…` and `31…` are one number to calls, which ignore the `+`: two DIDs would be one too
    many. The very same writing is refused by the database."""
    plain = row.number.removeprefix("+")
    other = plain if row.number.startswith("+") else f"+{plain}"
    same_trunk = Did.trunk_id == row.trunk_id if row.trunk_id else Did.trunk_id.is_(None)
    found = await session.scalar(
        select_in(scope, Did).where(Did.number == other, same_trunk, Did.id != (row.id or ""))
    )
    if found is not None:
        raise Taken([FieldError("number", f"is taken already, written {found.number}")])


def _show(row: Did) -> DidOut:
    return DidOut(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        number=row.number,
        e164=row.e164,
        trunk=row.trunk_id,
        name=row.name,
        destination=DestinationBody(kind=row.destination_kind, ref=row.destination_ref),
        closed=shown(row.closed),
        on_break=shown(row.on_break),
        holiday=shown(row.holiday),
    )
