"""Overrides of office hours: a department, or all of them, is forced into a state for a while."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.clock import Clock
from orchestrator.db.base import utc_now
from orchestrator.db.scope import require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.lookup import require_department
from orchestrator.destinations.schemas import shown
from orchestrator.destinations.service import require_destination
from orchestrator.errors import Denied, Invalid, NotFound
from orchestrator.hours.model import HoursOverride
from orchestrator.hours.rules import OverrideState
from orchestrator.hours.schemas import OverrideBody, OverrideOut
from orchestrator.prompts.lookup import require_prompt
from orchestrator.rights.rules import Right, allowed, require
from orchestrator.types import Scope

_RIGHT = Right.OVERRIDE_OFFICE_HOURS


class OverrideService:
    """Use cases of overrides. `department` None means all departments, and needs the right in
    the whole tenant to be changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, scope: Scope, department: str | None) -> OverrideOut:
        """The override in force; NotFound when there is none, or it has expired."""
        async with self._database.reading() as session:
            await _require(session, scope, department)
            return _show(await self._in_force(session, scope, department))

    async def put(
        self,
        scope: Scope,
        department: str | None,
        body: OverrideBody,
        version: int | None = None,
    ) -> OverrideOut:
        """Force a state, in place of the override that was there."""
        _check_way(body)
        expires_at = self._expiry(body)
        async with self._database.transaction(scope) as session:
            await _require(session, scope, department)
            _require_everywhere(scope, department)
            if body.destination is not None:
                await require_destination(session, scope, body.destination)
            await require_prompt(session, scope, body.prompt, "body.prompt")
            row = await _row(session, scope, department)
            if row is None:
                row = HoursOverride(tenant_id=scope.tenant, department_id=department)
            else:
                require_version(row, version)
            row.state = body.state
            row.destination = body.destination.stored if body.destination else None
            row.prompt = body.prompt
            row.expires_at = expires_at
            row.over_holidays = body.over_holidays
            row.set_by = scope.actor.name[:120]
            row.updated_at = utc_now()
            session.add(row)
            await session.flush()
            return _show(row)

    async def delete(
        self, scope: Scope, department: str | None, version: int | None = None
    ) -> None:
        """Take the override back; the hours count again."""
        async with self._database.transaction(scope) as session:
            await _require(session, scope, department)
            row = await self._in_force(session, scope, department)
            _require_everywhere(scope, department)
            require_version(row, version)
            await session.delete(row)

    async def force(self, scope: Scope, state: OverrideState | None) -> None:
        """Force all departments into `state` until it is taken back, by None: the dial code.

        Denied unless the actor may override the hours of all departments; Invalid for `custom`,
        which needs to say where calls go.
        """
        if state is not None:
            await self.put(scope, None, OverrideBody(state=state))
            return
        require(scope.actor, _RIGHT)
        _require_everywhere(scope, None)
        async with self._database.transaction(scope) as session:
            row = await _row(session, scope, None)
            if row is not None:
                await session.delete(row)

    async def _in_force(
        self, session: AsyncSession, scope: Scope, department: str | None
    ) -> HoursOverride:
        row = await _row(session, scope, department)
        expired = row is not None and row.expires_at and row.expires_at <= self._clock.now()
        if row is None or expired:
            raise NotFound("No override is in force.")
        return row

    def _expiry(self, body: OverrideBody) -> datetime | None:
        now = self._clock.now()
        if body.duration is not None:
            if body.expires_at is not None:
                raise Invalid.field("body.duration", "give this or expires_at, not both")
            return now + timedelta(seconds=body.duration)
        if body.expires_at is not None and body.expires_at <= now:
            raise Invalid.field("body.expires_at", "must lie in the future")
        return body.expires_at


def _check_way(body: OverrideBody) -> None:
    """Only `custom` has a way of its own, and it needs one."""
    custom = body.state is OverrideState.CUSTOM
    if custom and body.destination is None and body.prompt is None:
        raise Invalid.field("body.destination", "custom needs a destination, a prompt, or both")
    if not custom and body.destination is not None:
        raise Invalid.field("body.destination", "counts for custom alone")
    if not custom and body.prompt is not None:
        raise Invalid.field("body.prompt", "counts for custom alone")


async def _require(session: AsyncSession, scope: Scope, department: str | None) -> None:
    if department is None:
        require(scope.actor, _RIGHT)
    else:
        await require_department(session, scope, department, _RIGHT)


def _require_everywhere(scope: Scope, department: str | None) -> None:
    if department is None and not allowed(scope.actor, _RIGHT):
        raise Denied("This needs the right to override the hours of all departments.")


async def _row(session: AsyncSession, scope: Scope, department: str | None) -> HoursOverride | None:
    wanted = select_in(scope, HoursOverride).where(
        HoursOverride.department_id.is_(None)
        if department is None
        else HoursOverride.department_id == department
    )
    return await session.scalar(wanted)


def _show(row: HoursOverride) -> OverrideOut:
    return OverrideOut(
        department=row.department_id,
        version=row.version,
        state=row.state,
        destination=shown(row.destination),
        prompt=row.prompt,
        expires_at=row.expires_at,
        over_holidays=row.over_holidays,
        set_by=row.set_by,
    )
