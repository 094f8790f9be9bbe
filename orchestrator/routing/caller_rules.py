"""Caller rules of a tenant, in their order: where calls of certain callers go."""

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.destinations.schemas import DestinationBody, shown
from orchestrator.destinations.service import require_destination
from orchestrator.errors import Conflict
from orchestrator.rights.rules import Right, require
from orchestrator.routing.model import CallerRule
from orchestrator.routing.order import moved
from orchestrator.routing.schemas import (
    CallerRuleCreate,
    CallerRuleMove,
    CallerRuleOut,
    CallerRulePatch,
    CallerRuleQuery,
)
from orchestrator.schemas import Page
from orchestrator.trunks.lookup import require_trunk
from orchestrator.types import Scope

MAX_CALLER_RULES = 500

_RIGHT = Right.VOICE_AND_CHAT
_KEYS = {"position": CallerRule.position, "name": CallerRule.name}
_FIELDS = tuple(CallerRuleCreate.model_fields)
_OTHERWISE = ("closed", "on_break", "holiday")


class CallerRuleService:
    """Use cases of caller rules."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, scope: Scope, query: CallerRuleQuery) -> Page[CallerRuleOut]:
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session,
                select_in(scope, CallerRule),
                query,
                keys=_KEYS,
                id_column=CallerRule.id,
            )
            return Page(items=[_show(row) for row in rows], next=following)

    async def get(self, scope: Scope, id: str) -> CallerRuleOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return _show(await get_in(session, scope, CallerRule, id))

    async def create(self, scope: Scope, body: CallerRuleCreate) -> CallerRuleOut:
        """A new rule after all others."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            if (await session.scalar(count_in(scope, CallerRule)) or 0) >= MAX_CALLER_RULES:
                raise Conflict(f"A tenant may have {MAX_CALLER_RULES} caller rules.")
            last = await session.scalar(
                select(func.max(CallerRule.position)).where(CallerRule.tenant_id == scope.tenant)
            )
            row = CallerRule(tenant_id=scope.tenant, position=0 if last is None else last + 1)
            await _assign(session, scope, row, {name: getattr(body, name) for name in _FIELDS})
            session.add(row)
            await session.flush()
            return _show(row)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: CallerRulePatch,
        version: int | None = None,
    ) -> CallerRuleOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, CallerRule, id)
            require_version(row, version)
            with session.no_autoflush:
                await _assign(session, scope, row, patch.changes())
            await session.flush()
            return _show(row)

    async def move(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        body: CallerRuleMove,
        version: int | None = None,
    ) -> CallerRuleOut:
        """One place up or down; at the end of the list nothing happens."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, CallerRule, id)
            require_version(row, version)
            rows = await session.scalars(
                select_in(scope, CallerRule).order_by(CallerRule.position, CallerRule.id)
            )
            moved(rows.all(), row, body.direction)
            await session.flush()
            return _show(row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, CallerRule, id)
            require_version(row, version)
            await session.delete(row)


async def _assign(
    session: AsyncSession, scope: Scope, row: CallerRule, changes: Mapping[str, object]
) -> None:
    """Put `changes`, fields of the API, into the row, once what they refer to was found."""
    for name, value in changes.items():
        if isinstance(value, DestinationBody):
            await require_destination(session, scope, value, f"body.{name}")
            if name == "destination":
                row.destination_kind, row.destination_ref = value.kind, value.ref
            else:
                setattr(row, name, value.stored)
        elif name == "trunks":
            row.trunks = list(dict.fromkeys(cast(Sequence[str], value)))
            for index, trunk in enumerate(row.trunks):
                await require_trunk(session, scope, trunk, f"body.trunks.{index}")
        else:
            setattr(row, name, value)


def _show(row: CallerRule) -> CallerRuleOut:
    plain = CallerRuleOut.model_fields.keys() - {"destination", *_OTHERWISE}
    return CallerRuleOut(
        **{name: getattr(row, name) for name in plain},
        destination=DestinationBody(kind=row.destination_kind, ref=row.destination_ref),
        **{name: shown(getattr(row, name)) for name in _OTHERWISE},
    )
