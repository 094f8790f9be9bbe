"""Holidays: entered one by one, or filled in from the calendar of a country."""

import asyncio
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, extract, or_
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.clock import Clock
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.lookup import require_department
from orchestrator.errors import Conflict, Denied, Invalid, NotFound
from orchestrator.hours.model import Holiday
from orchestrator.hours.national import public_holidays
from orchestrator.hours.rules import HolidaySource, is_whole_holiday, wrong_holiday
from orchestrator.hours.schemas import (
    HolidayCreate,
    HolidayOut,
    HolidayPatch,
    HolidayQuery,
    NationalBody,
    NationalOut,
    minute_of,
    time_of,
)
from orchestrator.hours.weeks import holiday_line
from orchestrator.prompts.lookup import require_prompt
from orchestrator.rights.rules import Right, allowed, departments_with, require
from orchestrator.schemas import Page
from orchestrator.tenants.lookup import country_of, language_of
from orchestrator.types import Scope

MAX_HOLIDAYS = 500
"""In one tenant: every call from outside looks through those of its department."""

_RIGHT = Right.OFFICE_HOURS
_KEYS = {"first_day": Holiday.first_day, "name": Holiday.name}
_FIELDS = tuple(HolidayCreate.model_fields)


class HolidayService:
    """Use cases of holidays. An actor sees those of the departments where they hold the right
    and those of all departments; the latter need the right in the whole tenant to be changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self, scope: Scope, query: HolidayQuery) -> Page[HolidayOut]:
        require(scope.actor, _RIGHT)
        statement = _filtered(_visible(scope), query)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=Holiday.id
            )
            return Page(items=[_show(row) for row in rows], next=following)

    async def get(self, scope: Scope, id: str) -> HolidayOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return _show(await _seen(session, scope, id))

    async def create(self, scope: Scope, body: HolidayCreate) -> HolidayOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            await _require_room(session, scope, 1)
            row = Holiday(tenant_id=scope.tenant)
            await _assign(session, scope, row, {name: getattr(body, name) for name in _FIELDS})
            session.add(row)
            await session.flush()
            return _show(row)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: HolidayPatch,
        version: int | None = None,
    ) -> HolidayOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await _changeable(session, scope, id, version)
            with session.no_autoflush:
                await _assign(session, scope, row, patch.changes())
            await session.flush()
            return _show(row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            await session.delete(await _changeable(session, scope, id, version))

    async def add_national(self, scope: Scope, body: NationalBody) -> NationalOut:
        """Fill in public holidays. Days that are whole holidays of the department already are
        left as they are, so that a second call adds nothing."""
        require(scope.actor, _RIGHT)
        this_year = self._clock.now().year
        async with self._database.reading() as session:
            country = body.country or await country_of(session, scope)
            language = await language_of(session, scope)
        days = await asyncio.to_thread(
            public_holidays,
            country,
            body.subdivision,
            sorted(set(body.years)) or (this_year, this_year + 1),
            language,
        )
        async with self._database.transaction(scope) as session:
            await _require_department(session, scope, body.department)
            new = await _missing(session, scope, body.department, days)
            await _require_room(session, scope, len(new))
            session.add_all(new)
            await session.flush()
            return NationalOut(
                country=country,
                subdivision=body.subdivision,
                added=[_show(row) for row in new],
                already=len(days) - len(new),
            )


async def _missing(
    session: AsyncSession, scope: Scope, department: str | None, days: list[tuple[date, str]]
) -> list[Holiday]:
    """New rows for those `days` that are no holidays of `department` yet."""
    present = await session.scalars(select_in(scope, Holiday).where(_of(department)))
    lines = [holiday_line(row) for row in present]
    return [
        Holiday(
            tenant_id=scope.tenant,
            department_id=department,
            name=name,
            first_day=day,
            last_day=day,
            source=HolidaySource.NATIONAL,
        )
        for day, name in days
        if not is_whole_holiday(lines, day)
    ]


# -- who sees and changes what -------------------------------------------------------------------


def _of(department: str | None) -> Any:
    column = Holiday.department_id
    return column.is_(None) if department is None else column == department


def _visible(scope: Scope) -> Select[Any]:
    statement = select_in(scope, Holiday)
    reach = departments_with(scope.actor, _RIGHT)
    if reach is None:
        return statement
    return statement.where(or_(_of(None), Holiday.department_id.in_(reach)))


def _filtered(statement: Select[Any], query: HolidayQuery) -> Select[Any]:
    if query.department is not None:
        statement = statement.where(or_(_of(None), _of(query.department)))
    if query.year is not None:
        begin, end = date(query.year, 1, 1), date(query.year, 12, 31)
        once = and_(Holiday.first_day <= end, Holiday.last_day >= begin)
        again = and_(Holiday.yearly, extract("year", Holiday.first_day) <= query.year)
        statement = statement.where(or_(once, again))
    return statement


async def _seen(session: AsyncSession, scope: Scope, id_: str) -> Holiday:
    row: Holiday | None = await session.scalar(_visible(scope).where(Holiday.id == id_))
    if row is None:
        raise NotFound("There is no such holiday.")
    return row


async def _changeable(
    session: AsyncSession, scope: Scope, id_: str, version: int | None
) -> Holiday:
    row = await _seen(session, scope, id_)
    await _require_department(session, scope, row.department_id)
    require_version(row, version)
    return row


async def _require_department(session: AsyncSession, scope: Scope, department: str | None) -> None:
    """Raise Denied or Invalid unless the actor may set holidays there (None: everywhere)."""
    if department is None:
        if not allowed(scope.actor, _RIGHT):
            raise Denied("Holidays of all departments need the right in all of them.")
        return
    try:
        await require_department(session, scope, department, _RIGHT)
    except NotFound as error:
        raise Invalid.field("body.department", "there is no such department") from error


async def _require_room(session: AsyncSession, scope: Scope, more: int) -> None:
    present = await session.scalar(count_in(scope, Holiday)) or 0
    if present + more > MAX_HOLIDAYS:
        raise Conflict(f"A tenant may have {MAX_HOLIDAYS} holidays.")


# -- rows ----------------------------------------------------------------------------------------


async def _assign(
    session: AsyncSession, scope: Scope, row: Holiday, changes: dict[str, object]
) -> None:
    """Put `changes`, fields of the API, into the row, and check the holiday as a whole."""
    if "department" in changes:
        department = changes["department"]
        wanted = department if isinstance(department, str) else None
        await _require_department(session, scope, wanted)
        row.department_id = wanted
    for name, value in changes.items():
        if name in {"starts", "ends"}:
            setattr(row, name, minute_of(value) if isinstance(value, str) else None)
        elif name != "department":
            setattr(row, name, value)
    await require_prompt(session, scope, row.prompt, "body.prompt")
    row.last_day = row.last_day or row.first_day
    if wrong := wrong_holiday(holiday_line(row)):
        raise Invalid("The holiday cannot be like this.", wrong)


def _show(row: Holiday) -> HolidayOut:
    return HolidayOut(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        name=row.name,
        first_day=row.first_day,
        last_day=row.last_day,
        starts=None if row.starts is None else time_of(row.starts),
        ends=None if row.ends is None else time_of(row.ends),
        yearly=row.yearly,
        prompt=row.prompt,
        department=row.department_id,
        source=row.source,
    )
