"""Outbound rules of a tenant, in their order, and its emergency numbers."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import utc_now
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.lookup import department_names
from orchestrator.errors import Conflict, Invalid
from orchestrator.rights.rules import Right, require
from orchestrator.routing.model import EmergencyNumber, OutboundRoute, OutboundRule
from orchestrator.routing.schemas import (
    Direction,
    EmergencyNumberCreate,
    EmergencyNumberOut,
    EmergencyNumberQuery,
    OutboundRuleCreate,
    OutboundRuleMove,
    OutboundRuleOut,
    OutboundRulePatch,
    OutboundRuleQuery,
    RouteBody,
)
from orchestrator.schemas import Page
from orchestrator.trunks.lookup import require_trunk
from orchestrator.types import Scope

MAX_RULES = 500
MAX_EMERGENCY_NUMBERS = 50

_RIGHT = Right.OUTBOUND_RULES
_FIELDS = tuple(OutboundRuleCreate.model_fields)


class OutboundRuleService:
    """Use cases of outbound rules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, scope: Scope, query: OutboundRuleQuery) -> Page[OutboundRuleOut]:
        require(scope.actor, _RIGHT)
        statement = select_in(scope, OutboundRule)
        if query.trunk is not None:
            by_trunk = select(OutboundRoute.rule_id).where(OutboundRoute.trunk_id == query.trunk)
            statement = statement.where(OutboundRule.id.in_(by_trunk))
        keys = {"position": OutboundRule.position, "name": OutboundRule.name}
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=keys, id_column=OutboundRule.id
            )
            return Page(items=[_show(row) for row in rows], next=following)

    async def get(self, scope: Scope, id: str) -> OutboundRuleOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return _show(await get_in(session, scope, OutboundRule, id))

    async def create(self, scope: Scope, body: OutboundRuleCreate) -> OutboundRuleOut:
        """A new rule after all others."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            if (await session.scalar(count_in(scope, OutboundRule)) or 0) >= MAX_RULES:
                raise Conflict(f"A tenant may have {MAX_RULES} outbound rules.")
            last = await session.scalar(
                select(func.max(OutboundRule.position)).where(
                    OutboundRule.tenant_id == scope.tenant
                )
            )
            row = OutboundRule(tenant_id=scope.tenant, position=0 if last is None else last + 1)
            await _assign(session, scope, row, {n: getattr(body, n) for n in _FIELDS})
            session.add(row)
            await session.flush()
            return _show(row)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: OutboundRulePatch,
        version: int | None = None,
    ) -> OutboundRuleOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, OutboundRule, id)
            require_version(row, version)
            with session.no_autoflush:
                await _assign(session, scope, row, patch.changes())
            await session.flush()
            return _show(row)

    async def move(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        body: OutboundRuleMove,
        version: int | None = None,
    ) -> OutboundRuleOut:
        """One place up or down; at the end of the list nothing happens."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            found = await session.scalars(
                select_in(scope, OutboundRule).order_by(OutboundRule.position, OutboundRule.id)
            )
            rows = list(found)
            row = await get_in(session, scope, OutboundRule, id)
            require_version(row, version)
            place = rows.index(row)
            wanted = place + (-1 if body.direction is Direction.UP else 1)
            if 0 <= wanted < len(rows):
                rows[place], rows[wanted] = rows[wanted], rows[place]
            for position, each in enumerate(rows):
                each.position = position
            await session.flush()
            return _show(row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, OutboundRule, id)
            require_version(row, version)
            await session.delete(row)


class EmergencyNumberService:
    """Use cases of emergency numbers: they are added and removed, never changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, scope: Scope, query: EmergencyNumberQuery) -> Page[EmergencyNumberOut]:
        require(scope.actor, _RIGHT)
        keys = {"number": EmergencyNumber.number}
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session,
                select_in(scope, EmergencyNumber),
                query,
                keys=keys,
                id_column=EmergencyNumber.id,
            )
            shown = [_show_emergency(row) for row in rows]
            return Page(items=shown, next=following)

    async def get(self, scope: Scope, id: str) -> EmergencyNumberOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            row = await get_in(session, scope, EmergencyNumber, id)
            return _show_emergency(row)

    async def create(self, scope: Scope, body: EmergencyNumberCreate) -> EmergencyNumberOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            present = await session.scalar(count_in(scope, EmergencyNumber)) or 0
            if present >= MAX_EMERGENCY_NUMBERS:
                raise Conflict(f"A tenant may have {MAX_EMERGENCY_NUMBERS} emergency numbers.")
            if body.trunk is not None:
                await require_trunk(session, scope, body.trunk)
            row = EmergencyNumber(tenant_id=scope.tenant, number=body.number, trunk_id=body.trunk)
            session.add(row)
            await session.flush()
            return _show_emergency(row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, EmergencyNumber, id)
            require_version(row, version)
            await session.delete(row)


async def _assign(
    session: AsyncSession, scope: Scope, row: OutboundRule, changes: dict[str, object]
) -> None:
    """Put `changes`, fields of the API, into the row, and check the rule as a whole."""
    # A change of its routes alone is a change of the rule: its version must move.
    row.updated_at = utc_now()
    for name, value in changes.items():
        if name == "routes":
            await _assign_routes(session, scope, row, cast(list[RouteBody], value))
        elif name == "departments":
            row.departments = list(dict.fromkeys(cast(list[str], value)))
            await _require_departments(session, scope, row.departments)
        else:
            setattr(row, name, value)
    if not row.blocked and not row.routes:
        raise Invalid.field("body.routes", "a rule that does not block needs a route")


async def _assign_routes(
    session: AsyncSession, scope: Scope, row: OutboundRule, routes: Sequence[RouteBody]
) -> None:
    for index, route in enumerate(routes):
        await require_trunk(session, scope, route.trunk, f"body.routes.{index}.trunk")
    row.routes = [
        OutboundRoute(
            tenant_id=scope.tenant,
            position=position,
            trunk_id=route.trunk,
            **route.model_dump(exclude={"trunk"}),
        )
        for position, route in enumerate(routes)
    ]


async def _require_departments(
    session: AsyncSession, scope: Scope, departments: Sequence[str]
) -> None:
    known = await department_names(session, scope)
    for index, department in enumerate(departments):
        if department not in known:
            raise Invalid.field(f"body.departments.{index}", "there is no such department")


def _show(row: OutboundRule) -> OutboundRuleOut:
    plain = OutboundRuleOut.model_fields.keys() - {"routes"}
    return OutboundRuleOut(
        **{name: getattr(row, name) for name in plain},
        routes=[_show_route(route) for route in row.routes],
    )


def _show_route(row: OutboundRoute) -> RouteBody:
    plain = RouteBody.model_fields.keys() - {"trunk"}
    return RouteBody(trunk=row.trunk_id, **{name: getattr(row, name) for name in plain})


def _show_emergency(row: EmergencyNumber) -> EmergencyNumberOut:
    plain = EmergencyNumberOut.model_fields.keys() - {"trunk"}
    return EmergencyNumberOut(trunk=row.trunk_id, **{name: getattr(row, name) for name in plain})
