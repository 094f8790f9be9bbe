"""Exceptions of a user's forwarding, in their order: they count before the status."""

from typing import cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.destinations.schemas import DestinationBody
from orchestrator.errors import Conflict, Invalid, NotFound
from orchestrator.forwarding.checks import Checks
from orchestrator.forwarding.model import ForwardingException
from orchestrator.forwarding.rules import CallSource, When
from orchestrator.forwarding.schemas import (
    ExceptionCreate,
    ExceptionMove,
    ExceptionOut,
    ExceptionPatch,
    ExceptionQuery,
)
from orchestrator.hours.rules import TimeFilter, wrong_periods
from orchestrator.hours.schemas import PeriodBody
from orchestrator.people.lookup import require_own_or_managed
from orchestrator.routing.schemas import Direction
from orchestrator.schemas import Page
from orchestrator.types import Scope

MAX_EXCEPTIONS = 50

_FIELDS = tuple(ExceptionCreate.model_fields)
_SPECIFIC = frozenset(
    {
        TimeFilter.SPECIFIC_HOURS,
        TimeFilter.OUT_OF_SPECIFIC_HOURS,
        TimeFilter.SPECIFIC_HOURS_NO_HOLIDAYS,
        TimeFilter.OUT_OF_SPECIFIC_HOURS_OR_HOLIDAY,
    }
)


class ExceptionService:
    """Use cases of exceptions. `user` may be `-`, the actor; else one whom the actor manages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, scope: Scope, user: str, query: ExceptionQuery) -> Page[ExceptionOut]:
        keys = {"position": ForwardingException.position}
        async with self._database.reading() as session:
            user = await require_own_or_managed(session, scope, user)
            statement = select_in(scope, ForwardingException).where(
                ForwardingException.user_id == user
            )
            rows, following = await fetch_page(
                session, statement, query, keys=keys, id_column=ForwardingException.id
            )
            return Page(items=[_show(row) for row in rows], next=following)

    async def get(self, scope: Scope, key: tuple[str, str]) -> ExceptionOut:
        """The exception `key`: its user and its id."""
        async with self._database.reading() as session:
            return _show(await _found(session, scope, key))

    async def create(self, scope: Scope, user: str, body: ExceptionCreate) -> ExceptionOut:
        """A new exception after all others."""
        async with self._database.transaction(scope) as session:
            user = await require_own_or_managed(session, scope, user)
            count, last = (
                await session.execute(
                    select(
                        func.count(), func.coalesce(func.max(ForwardingException.position), -1)
                    ).where(
                        ForwardingException.tenant_id == scope.tenant,
                        ForwardingException.user_id == user,
                    )
                )
            ).one()
            if count >= MAX_EXCEPTIONS:
                raise Conflict(f"A user may have {MAX_EXCEPTIONS} exceptions.")
            row = ForwardingException(tenant_id=scope.tenant, user_id=user, position=last + 1)
            session.add(row)
            changes = {name: getattr(body, name) for name in _FIELDS}
            await _assign(session, scope, row, changes)
            return _show(row)

    async def update(
        self,
        scope: Scope,
        key: tuple[str, str],
        patch: ExceptionPatch,
        version: int | None = None,
    ) -> ExceptionOut:
        async with self._database.transaction(scope) as session:
            row = await _found(session, scope, key)
            require_version(row, version)
            await _assign(session, scope, row, patch.changes())
            return _show(row)

    async def move(
        self,
        scope: Scope,
        key: tuple[str, str],
        body: ExceptionMove,
        version: int | None = None,
    ) -> ExceptionOut:
        """One place up or down; at the end of the list nothing happens."""
        async with self._database.transaction(scope) as session:
            row = await _found(session, scope, key)
            require_version(row, version)
            found = await session.scalars(
                select_in(scope, ForwardingException)
                .where(ForwardingException.user_id == row.user_id)
                .order_by(ForwardingException.position, ForwardingException.id)
            )
            rows = [*found]
            place = rows.index(row)
            wanted = place + (-1 if body.direction is Direction.UP else 1)
            if 0 <= wanted < len(rows):
                rows[place], rows[wanted] = rows[wanted], rows[place]
            for position, each in enumerate(rows):
                each.position = position
            await session.flush()
            return _show(row)

    async def delete(self, scope: Scope, key: tuple[str, str], version: int | None = None) -> None:
        async with self._database.transaction(scope) as session:
            row = await _found(session, scope, key)
            require_version(row, version)
            await session.delete(row)


async def _found(session: AsyncSession, scope: Scope, key: tuple[str, str]) -> ForwardingException:
    user = await require_own_or_managed(session, scope, key[0])
    try:
        row = await get_in(session, scope, ForwardingException, key[1])
    except NotFound:
        row = None
    if row is None or row.user_id != user:
        raise NotFound("There is no such exception.")
    return row


async def _assign(
    session: AsyncSession, scope: Scope, row: ForwardingException, changes: dict[str, object]
) -> None:
    """Put `changes`, fields of the API, into the row, and check the exception as a whole."""
    checks = Checks(session, scope, row.user_id)
    with session.no_autoflush:
        for name, value in changes.items():
            if isinstance(value, DestinationBody):
                way = await checks.destination(value, "body.destination")
                row.destination_kind, row.destination_ref = way.kind, way.ref
            elif name == "periods":
                row.periods = [each.stored for each in cast(list[PeriodBody], value)]
            else:
                setattr(row, name, value)
    _check_periods(row)
    await session.flush()
    if row.when is When.ALWAYS and row.hours is TimeFilter.ALL_HOURS and not row.caller:
        way = DestinationBody(kind=row.destination_kind, ref=row.destination_ref)
        for side in (CallSource.INTERNAL, CallSource.EXTERNAL):
            if row.source in {CallSource.ANY, side}:
                await checks.no_loop(way, side, "body.destination")


def _check_periods(row: ForwardingException) -> None:
    if row.hours in _SPECIFIC and not row.periods:
        raise Invalid.field("body.periods", "specific hours need at least one period")
    periods = [PeriodBody.of(each).plain for each in row.periods]
    if wrong := wrong_periods(periods, "body.periods"):
        raise Invalid("The hours cannot be like this.", wrong)


def _show(row: ForwardingException) -> ExceptionOut:
    plain = ExceptionOut.model_fields.keys() - {"periods", "destination"}
    return ExceptionOut(
        **{name: getattr(row, name) for name in plain},
        periods=[PeriodBody.of(each) for each in row.periods],
        destination=DestinationBody(kind=row.destination_kind, ref=row.destination_ref),
    )
