"""The agents and managers of queues as they are stored, and who may watch over a queue."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.errors import NotFound
from orchestrator.queues.model import Queue, QueueAgent, QueueManager
from orchestrator.rights.rules import Right, departments_with
from orchestrator.types import ActorKind, Scope


class Agent(NamedTuple):
    """What `QueueAgent` keeps, without what makes a row expensive: a list of queues may have
    thousands of them."""

    queue_id: str
    user_id: str
    skill: int
    logged_in: bool


async def agents_of(
    session: AsyncSession, scope: Scope, queues: Collection[str]
) -> Mapping[str, list[Agent]]:
    """Queue (id) -> its agents, in its order."""
    columns = (getattr(QueueAgent, name) for name in Agent._fields)
    of_queues = (QueueAgent.tenant_id == scope.tenant, QueueAgent.queue_id.in_(queues))
    wanted = select(*columns).where(*of_queues).order_by(QueueAgent.position, QueueAgent.id)
    found: defaultdict[str, list[Agent]] = defaultdict(list)
    for row in await session.execute(wanted):
        found[row.queue_id].append(Agent(*row))
    return found


async def managers_of(
    session: AsyncSession, scope: Scope, queues: Collection[str]
) -> Mapping[str, list[str]]:
    """Queue (id) -> its managers (users), who came first first."""
    of_queues = (QueueManager.tenant_id == scope.tenant, QueueManager.queue_id.in_(queues))
    wanted = select(QueueManager.queue_id, QueueManager.user_id).where(*of_queues)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for queue, user in await session.execute(wanted.order_by(QueueManager.id)):
        found[queue].append(user)
    return found


def steered(scope: Scope, *rights: Right) -> ColumnElement[bool]:
    """A condition on queues: the actor manages it, or holds one of `rights` in its department."""
    managers = select(QueueManager.id).where(QueueManager.user_id == _user(scope))
    manages = managers.where(QueueManager.queue_id == Queue.id).exists()
    return or_(manages, *(_within(scope, right) for right in rights))


def watched(scope: Scope, *rights: Right) -> ColumnElement[bool]:
    """A condition on queues: as `steered`, or the actor serves it."""
    agents = select(QueueAgent.id).where(QueueAgent.user_id == _user(scope))
    return or_(agents.where(QueueAgent.queue_id == Queue.id).exists(), steered(scope, *rights))


async def queue_where(
    session: AsyncSession, scope: Scope, queue: str, allowed: ColumnElement[bool]
) -> Queue:
    """The queue, if the condition holds; raises NotFound as if it did not exist."""
    row = await session.scalar(select_in(scope, Queue).where(Queue.id == queue, allowed))
    if row is None:
        raise NotFound("There is no such queue.")
    return row


def _user(scope: Scope) -> str:
    """The id of the actor, if that is a user."""
    return scope.actor.id if scope.actor.kind is ActorKind.USER else ""


def _within(scope: Scope, right: Right) -> ColumnElement[bool]:
    reach = departments_with(scope.actor, right)
    if reach is None:
        return true()
    return Queue.department_id.in_(reach) if reach else false()
