"""Office hours of departments and users: their weeks, routes, and the state at an instant."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.clock import Clock
from orchestrator.db.base import utc_now
from orchestrator.db.scope import require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.lookup import department_zones, require_department
from orchestrator.destinations.schemas import DestinationBody
from orchestrator.destinations.service import require_destination
from orchestrator.errors import Invalid, NotFound, Stale
from orchestrator.hours.model import Holiday, HoursOverride, HoursRoute, HoursSchedule
from orchestrator.hours.rules import HoursState, next_change, state_at, wrong_periods
from orchestrator.hours.schemas import (
    DepartmentHoursBody,
    DepartmentHoursOut,
    HoursRouteBody,
    HoursStateOut,
    PeriodBody,
    RoutedState,
    UserHoursBody,
    UserHoursOut,
    WeekBody,
)
from orchestrator.hours.weeks import HoursRows, Weeks
from orchestrator.people.lookup import require_managed
from orchestrator.prompts.lookup import require_prompt
from orchestrator.rights.rules import Right, require
from orchestrator.tenants.lookup import timezone_of
from orchestrator.types import Destination, DestinationKind, Scope

_RIGHT = Right.OFFICE_HOURS
_OF_USERS = Right.MANAGE_USERS_SAME_DEPARTMENT
_SEES_STATE = Right.SEE_GROUP_MEMBERS


class HoursService:
    """Use cases of office hours. Departments where the actor lacks the right look like none."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # -- departments -------------------------------------------------------------------------

    async def of_department(self, scope: Scope, department: str) -> DepartmentHoursOut:
        async with self._database.reading() as session:
            await require_department(session, scope, department, _RIGHT)
            return await _show_department(session, scope, department)

    async def set_department(
        self,
        scope: Scope,
        department: str,
        body: DepartmentHoursBody,
        version: int | None = None,
    ) -> DepartmentHoursOut:
        """Replace the week and the routes of a department."""
        _check_week(body)
        async with self._database.transaction(scope) as session:
            await require_department(session, scope, department, _RIGHT)
            for state, route in body.routes.items():
                field = f"body.routes.{state}.destination"
                await require_destination(session, scope, route.destination, field)
                if route.destination.plain == Destination(DestinationKind.DEPARTMENT, department):
                    raise Invalid.field(f"{field}.ref", "leads back to this department")
                await require_prompt(session, scope, route.prompt, f"body.routes.{state}.prompt")
            new = HoursSchedule(tenant_id=scope.tenant, department_id=department)
            row = _at(await _week_of_department(session, scope, department), version, new)
            await _put_week(session, row, body)
            await _put_routes(session, scope, department, body.routes)
            return await _show_department(session, scope, department)

    async def state(
        self, scope: Scope, department: str, at: datetime | None = None
    ) -> HoursStateOut:
        """How the department is now, or `at` another instant, and until when."""
        now = at or self._clock.now()
        async with self._database.reading() as session:
            await require_department(session, scope, department, _SEES_STATE)
            weeks = await _weeks(session, scope)
        schedule = weeks.of_department(department)
        found = state_at(schedule, now)
        return HoursStateOut(
            department=department,
            at=now,
            state=found.state,
            why=found.why,
            until=next_change(schedule, now),
            holiday=found.holiday.name if found.holiday else None,
            custom=found.custom is not None,
        )

    # -- users -------------------------------------------------------------------------------

    async def of_user(self, scope: Scope, user: str) -> UserHoursOut:
        require(scope.actor, _OF_USERS)
        async with self._database.reading() as session:
            await require_managed(session, scope, user, "user")
            return _show_user(user, await _week_of_user(session, scope, user))

    async def set_user(
        self, scope: Scope, user: str, body: UserHoursBody, version: int | None = None
    ) -> UserHoursOut:
        """Give a user hours of their own."""
        require(scope.actor, _OF_USERS)
        _check_week(body)
        async with self._database.transaction(scope) as session:
            await require_managed(session, scope, user, "user")
            new = HoursSchedule(tenant_id=scope.tenant, user_id=user)
            row = _at(await _week_of_user(session, scope, user), version, new)
            await _put_week(session, row, body)
            return _show_user(user, row)

    async def clear_user(self, scope: Scope, user: str, version: int | None = None) -> None:
        """Let the hours of the main department count again."""
        require(scope.actor, _OF_USERS)
        async with self._database.transaction(scope) as session:
            await require_managed(session, scope, user, "user")
            row = await _week_of_user(session, scope, user)
            if row is None:
                raise NotFound("This user has no hours of their own.")
            require_version(row, version)
            await session.delete(row)


# -- reading -----------------------------------------------------------------------------------


async def _weeks(session: AsyncSession, scope: Scope) -> Weeks:
    """The schedules of the tenant, made as those of calls are."""
    rows = HoursRows(
        list(await session.scalars(select_in(scope, HoursSchedule))),
        list(
            await session.scalars(select_in(scope, Holiday).order_by(Holiday.first_day, Holiday.id))
        ),
        list(await session.scalars(select_in(scope, HoursOverride))),
    )
    zones = await department_zones(session, scope)
    return Weeks(await timezone_of(session, scope), zones, rows)


async def _week_of_department(
    session: AsyncSession, scope: Scope, department: str
) -> HoursSchedule | None:
    wanted = select_in(scope, HoursSchedule).where(HoursSchedule.department_id == department)
    return await session.scalar(wanted)


async def _week_of_user(session: AsyncSession, scope: Scope, user: str) -> HoursSchedule | None:
    return await session.scalar(
        select_in(scope, HoursSchedule).where(HoursSchedule.user_id == user)
    )


async def _routes_of(session: AsyncSession, scope: Scope, department: str) -> list[HoursRoute]:
    wanted = select_in(scope, HoursRoute).where(HoursRoute.department_id == department)
    return list(await session.scalars(wanted))


# -- writing -----------------------------------------------------------------------------------


def _check_week(body: WeekBody) -> None:
    wrong = [
        *wrong_periods([period.plain for period in body.periods], "body.periods"),
        *wrong_periods([period.plain for period in body.breaks], "body.breaks"),
    ]
    if wrong:
        raise Invalid("The week cannot be like this.", wrong)


def _at(row: HoursSchedule | None, version: int | None, new: HoursSchedule) -> HoursSchedule:
    """The row that is there, if it is at `version`; else `new`, which is at 0."""
    if row is not None:
        require_version(row, version)
    elif version:
        raise Stale("These hours were taken back since you read them. Read them again.")
    return row or new


async def _put_week(session: AsyncSession, row: HoursSchedule, body: WeekBody) -> None:
    """Write the week into `row`. Its version moves, also when only routes change."""
    row.periods = [period.stored for period in body.periods]
    row.breaks = [period.stored for period in body.breaks]
    row.ignore_holidays = body.ignore_holidays
    row.updated_at = utc_now()
    session.add(row)
    await session.flush()


async def _put_routes(
    session: AsyncSession,
    scope: Scope,
    department: str,
    routes: dict[RoutedState, HoursRouteBody],
) -> None:
    """Make the routes of a department those of `routes`; rows that stay as they are stay."""
    present = {row.state: row for row in await _routes_of(session, scope, department)}
    wanted = {HoursState(state.value): route for state, route in routes.items()}
    for state in present.keys() - wanted.keys():
        await session.delete(present[state])
    for state, route in wanted.items():
        row = present.get(state)
        if row is None:
            row = HoursRoute(tenant_id=scope.tenant, department_id=department, state=state)
            session.add(row)
        row.destination_kind, row.destination_ref = route.destination.kind, route.destination.ref
        row.prompt = route.prompt
    await session.flush()


# -- showing -----------------------------------------------------------------------------------


async def _show_department(
    session: AsyncSession, scope: Scope, department: str
) -> DepartmentHoursOut:
    row = await _week_of_department(session, scope, department)
    routes = await _routes_of(session, scope, department)
    return DepartmentHoursOut(
        department=department,
        version=row.version if row else 0,
        periods=[PeriodBody.of(each) for each in row.periods] if row else [],
        breaks=[PeriodBody.of(each) for each in row.breaks] if row else [],
        ignore_holidays=row.ignore_holidays if row else False,
        routes={
            RoutedState(route.state.value): _show_route(route)
            for route in sorted(routes, key=lambda each: each.state)
        },
    )


def _show_route(row: HoursRoute) -> HoursRouteBody:
    destination = DestinationBody(kind=row.destination_kind, ref=row.destination_ref)
    return HoursRouteBody(destination=destination, prompt=row.prompt)


def _show_user(user: str, row: HoursSchedule | None) -> UserHoursOut:
    return UserHoursOut(
        user=user,
        version=row.version if row else 0,
        own=row is not None,
        periods=[PeriodBody.of(each) for each in row.periods] if row else [],
        breaks=[PeriodBody.of(each) for each in row.breaks] if row else [],
        ignore_holidays=row.ignore_holidays if row else False,
    )
