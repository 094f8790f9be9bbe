"""Outbound rules of a tenant, in their order, and its emergency numbers."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.errors import Conflict, Invalid
from orchestrator.rights.rules import Right, require
from orchestrator.routing.model import EmergencyNumber, OutboundRule
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
)
from orchestrator.schemas import Page
from orchestrator.trunks.lookup import require_trunk
from orchestrator.types import Scope

MAX_RULES = 500
MAX_EMERGENCY_NUMBERS = 50

_RIGHT = Right.OUTBOUND_RULES


class OutboundRuleService:
    """Use cases of outbound rules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, scope: Scope, query: OutboundRuleQuery) -> Page[OutboundRuleOut]:
        require(scope.actor, _RIGHT)
        statement = select_in(scope, OutboundRule)
        if query.trunk is not None:
            statement = statement.where(OutboundRule.trunk_id == query.trunk)
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
            await _assign(session, scope, row, body.model_dump())
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
            shown = [EmergencyNumberOut.model_validate(row) for row in rows]
            return Page(items=shown, next=following)

    async def get(self, scope: Scope, id: str) -> EmergencyNumberOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            row = await get_in(session, scope, EmergencyNumber, id)
            return EmergencyNumberOut.model_validate(row)

    async def create(self, scope: Scope, body: EmergencyNumberCreate) -> EmergencyNumberOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            present = await session.scalar(count_in(scope, EmergencyNumber)) or 0
            if present >= MAX_EMERGENCY_NUMBERS:
                raise Conflict(f"A tenant may have {MAX_EMERGENCY_NUMBERS} emergency numbers.")
            row = EmergencyNumber(tenant_id=scope.tenant, number=body.number)
            session.add(row)
            await session.flush()
            return EmergencyNumberOut.model_validate(row)

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
    for name, value in changes.items():
        if name == "trunk":
            await require_trunk(session, scope, str(value))
            row.trunk_id = str(value)
        else:
            setattr(row, name, value)
    if row.max_length and row.max_length < row.min_length:
        raise Invalid.field("body.max_length", "must not be below min_length")


def _show(row: OutboundRule) -> OutboundRuleOut:
    plain = OutboundRuleOut.model_fields.keys() - {"trunk"}
    return OutboundRuleOut(**{name: getattr(row, name) for name in plain}, trunk=row.trunk_id)
