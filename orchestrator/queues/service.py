"""Queues of a tenant."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import utc_now
from orchestrator.db.keyed import replaced
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.lookup import check_department, default_department
from orchestrator.destinations.schemas import shown
from orchestrator.destinations.service import require_unused
from orchestrator.destinations.ways import Ways, shown_route
from orchestrator.errors import NotFound
from orchestrator.forwarding.lookup import logged_in_to_queues
from orchestrator.hours.stored import COLUMNS
from orchestrator.music.lookup import require_playlist
from orchestrator.people.lookup import require_users
from orchestrator.people.numbering import drop_number, numbers_of_kind, set_number
from orchestrator.people.rules import OwnerKind
from orchestrator.prompts.lookup import require_prompt
from orchestrator.queues.advice import warnings_of
from orchestrator.queues.crew import Agent, agents_of, managers_of
from orchestrator.queues.model import Queue, QueueAgent, QueueManager
from orchestrator.queues.schemas import (
    QueueAgentBody,
    QueueCreate,
    QueueOut,
    QueuePatch,
    QueueQuery,
)
from orchestrator.rights.rules import Right, departments_with, require
from orchestrator.schemas import Page
from orchestrator.tenants.lookup import require_room
from orchestrator.types import Destination, DestinationKind, Scope

_KEYS = {"name": Queue.name, "created_at": Queue.created_at}
_RIGHT = Right.CALL_HANDLING
_KIND = OwnerKind.QUEUE
_ROUTES = frozenset(COLUMNS.values())
_APART = frozenset({"number", "agents", "managers", "department", "music", "no_answer", *_ROUTES})
"""Fields that are not plain columns."""

MAX_QUEUES = 200
"""Queues of one tenant at most."""


class QueueService:
    """Use cases of queues, of those departments where the actor holds the right."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, scope: Scope, query: QueueQuery) -> Page[QueueOut]:
        require(scope.actor, _RIGHT)
        statement = _visible(scope)
        if query.search:
            statement = statement.where(Queue.name.icontains(query.search, autoescape=True))
        if query.department:
            statement = statement.where(Queue.department_id == query.department)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=Queue.id
            )
            return Page(items=await _show_all(session, scope, rows), next=following)

    async def get(self, scope: Scope, id: str) -> QueueOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return await _shown(session, scope, await _one(session, scope, id))

    async def create(self, scope: Scope, body: QueueCreate) -> QueueOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            present = await session.scalar(count_in(scope, Queue)) or 0
            require_room(MAX_QUEUES, present, "queues")
            fields = {name: getattr(body, name) for name in QueueCreate.model_fields}
            fields["department"] = body.department or await default_department(session, scope)
            row = Queue(tenant_id=scope.tenant, name=body.name)
            await _assign(session, scope, row, fields)
            session.add(row)
            await session.flush()
            await set_number(session, scope, _KIND, row.id, body.number)
            await _put_agents(session, scope, row, body.agents)
            await _put_managers(session, scope, row, body.managers)
            return await _shown(session, scope, row)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: QueuePatch,
        version: int | None = None,
    ) -> QueueOut:
        """Change what `patch` names; callers who wait keep their place, and who rings rings on."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await _one(session, scope, id)
            require_version(row, version)
            changes = patch.changes()
            # A change of number or people alone is a change of the queue: its version moves.
            row.updated_at = utc_now()
            if "number" in changes:
                await set_number(session, scope, _KIND, row.id, patch.number)
            with session.no_autoflush:
                await _assign(session, scope, row, changes)
            await session.flush()
            if "agents" in changes:
                await _put_agents(session, scope, row, patch.agents)
            if "managers" in changes:
                await _put_managers(session, scope, row, patch.managers)
            return await _shown(session, scope, row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        """Delete the queue; refused while calls lead there."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await _one(session, scope, id)
            require_version(row, version)
            number = await _number(session, scope, row)
            await require_unused(
                session,
                scope,
                Destination(DestinationKind.QUEUE, row.id),
                Destination(DestinationKind.EXTENSION, number),
                name=f"{number} {row.name}",
            )
            await drop_number(session, scope, _KIND, row.id)
            await session.delete(row)


# -- reading -----------------------------------------------------------------------------------


def _visible(scope: Scope) -> Select[Any]:
    statement = select_in(scope, Queue)
    reach = departments_with(scope.actor, _RIGHT)
    return statement if reach is None else statement.where(Queue.department_id.in_(reach))


async def _one(session: AsyncSession, scope: Scope, id_: str) -> Queue:
    row: Queue | None = await session.scalar(_visible(scope).where(Queue.id == id_))
    if row is None:
        raise NotFound("There is no such queue.")
    return row


async def _number(session: AsyncSession, scope: Scope, row: Queue) -> str:
    return (await numbers_of_kind(session, scope, _KIND, [row.id])).get(row.id, "")


# -- writing -----------------------------------------------------------------------------------


async def _assign(
    session: AsyncSession, scope: Scope, row: Queue, changes: Mapping[str, Any]
) -> None:
    """Put `changes`, fields of the API, into the row, once what they refer to was found."""
    number = await _number(session, scope, row) if row.id else ""
    ways = Ways(session, scope, Destination(DestinationKind.QUEUE, row.id or ""), number)
    for name, value in changes.items():
        if name == "department":
            await check_department(session, scope, value, _RIGHT)
            row.department_id = value
        elif name == "music":
            await require_playlist(session, scope, value, "body.music")
            row.music_id = value
        elif name == "no_answer":
            row.no_answer = await ways.destination(value, "body.no_answer")
        elif name in _ROUTES:
            setattr(row, name, await ways.route(value, f"body.{name}"))
        elif name not in _APART:
            setattr(row, name, value)
    await require_prompt(session, scope, row.greeting, "body.greeting")
    for place, prompt in enumerate(row.comfort_prompts):
        await require_prompt(session, scope, prompt, f"body.comfort_prompts.{place}")


async def _put_agents(
    session: AsyncSession, scope: Scope, row: Queue, wanted: Sequence[QueueAgentBody]
) -> None:
    """Make the agents of a queue those of `wanted`; who stays stays logged in or out."""
    users = [each.user for each in wanted]
    await require_users(session, scope, users, "body.agents.{}.user")

    def agent(user: str) -> QueueAgent:
        return QueueAgent(tenant_id=scope.tenant, queue_id=row.id, user_id=user, logged_in=True)

    of_queue = select_in(scope, QueueAgent).where(QueueAgent.queue_id == row.id)
    present = {each.user_id: each for each in await session.scalars(of_queue)}
    rows = await replaced(session, present, users, agent)
    for position, (each, body) in enumerate(zip(rows, wanted, strict=True)):
        each.position, each.skill = position, body.skill
    await session.flush()


async def _put_managers(
    session: AsyncSession, scope: Scope, row: Queue, wanted: Sequence[str]
) -> None:
    await require_users(session, scope, wanted, "body.managers.{}")

    def manager(user: str) -> QueueManager:
        return QueueManager(tenant_id=scope.tenant, queue_id=row.id, user_id=user)

    of_queue = select_in(scope, QueueManager).where(QueueManager.queue_id == row.id)
    present = {each.user_id: each for each in await session.scalars(of_queue)}
    await replaced(session, present, wanted, manager)
    await session.flush()


# -- showing -----------------------------------------------------------------------------------


async def _shown(session: AsyncSession, scope: Scope, row: Queue) -> QueueOut:
    (found,) = await _show_all(session, scope, [row])
    return found


async def _show_all(session: AsyncSession, scope: Scope, rows: Sequence[Queue]) -> list[QueueOut]:
    ids = [row.id for row in rows]
    numbers = await numbers_of_kind(session, scope, _KIND, ids)
    agents = await agents_of(session, scope, ids)
    managers = await managers_of(session, scope, ids)
    users = {each.user_id for row in rows for each in agents[row.id]}
    present = await logged_in_to_queues(session, scope, users)
    return [
        _show(
            row,
            numbers.get(row.id, ""),
            agents[row.id],
            managers[row.id],
            present,
        )
        for row in rows
    ]


def _show(
    row: Queue,
    number: str,
    agents: Sequence[Agent],
    managers: list[str],
    present: frozenset[str],
) -> QueueOut:
    """`present`: who is logged in to all queues."""
    plain = QueueOut.model_fields.keys() - _APART - {"warnings"}
    logged_in = sum(each.logged_in and each.user_id in present for each in agents)
    return QueueOut(
        **{name: getattr(row, name) for name in plain},
        number=number,
        department=row.department_id,
        agents=[_body(each) for each in agents],
        managers=managers,
        no_answer=shown(row.no_answer),
        music=row.music_id,
        warnings=warnings_of(row.strategy, [each.skill for each in agents], logged_in),
        **{name: shown_route(getattr(row, name)) for name in _ROUTES},
    )


def _body(agent: Agent) -> QueueAgentBody:
    """Checked when it was stored."""
    return QueueAgentBody.model_construct(user=agent.user_id, skill=agent.skill)
