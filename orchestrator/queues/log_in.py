"""Agents of queues: who serves which, and their log-in, by themselves and by those who may.

to one queue    by the agent, by its managers, and by who holds one of `STEERS_QUEUES` in its
                department
to all queues   by the agent, by who manages the user, and by who holds one of `STEERS_QUEUES` in a
                department of the user
"""

from collections.abc import Callable, Collection

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.clock import Clock
from orchestrator.db.scope import select_in
from orchestrator.db.session import Database
from orchestrator.errors import NotFound
from orchestrator.forwarding.service import ForwardingService
from orchestrator.people.lookup import require_own_or_managed
from orchestrator.people.numbering import numbers_of_kind
from orchestrator.people.rules import OwnerKind
from orchestrator.queues.crew import Agent, agents_of, queue_where, steered, watched
from orchestrator.queues.model import Queue, QueueAgent
from orchestrator.queues.roll import Roll, roll_of
from orchestrator.queues.schemas import AgentOut, AgentsOut, ServedQueueOut, UserQueuesOut
from orchestrator.rights.rules import STEERS_QUEUES, WATCHES_QUEUES
from orchestrator.routing.plan import Plan
from orchestrator.types import ActorKind, Scope


class AgentService:
    """Use cases of agents. `-` is the actor wherever a user is named."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        plan: Callable[[], Plan],
        forwarding: ForwardingService,
    ) -> None:
        self._database = database
        self._clock = clock
        self._plan = plan
        self._forwarding = forwarding

    async def list(self, scope: Scope, queue: str) -> AgentsOut:
        """The agents of a queue that the actor serves or may look at."""
        async with self._database.reading() as session:
            allowed = watched(scope, *WATCHES_QUEUES, *STEERS_QUEUES)
            row = await queue_where(session, scope, queue, allowed)
            agents = (await agents_of(session, scope, [row.id]))[row.id]
            roll = await self._roll(session, scope, [each.user_id for each in agents])
            return AgentsOut(items=[_show(roll, each) for each in agents])

    async def log_in(self, scope: Scope, queue: str, user: str, *, on: bool) -> AgentOut:
        """Log an agent in to one queue, or out of it. Who may not, and who asks for an agent that
        the queue has not, hears the same."""
        own = scope.actor.id if scope.actor.kind is ActorKind.USER else ""
        steers = select(Queue.id).where(steered(scope, *STEERS_QUEUES))
        wanted = select_in(scope, QueueAgent).where(
            QueueAgent.queue_id == queue,
            QueueAgent.user_id == (own if user == "-" else user),
            or_(QueueAgent.user_id == own, QueueAgent.queue_id.in_(steers)),
        )
        async with self._database.transaction(scope) as session:
            agent = await session.scalar(wanted)
            if agent is None:
                raise NotFound("There is no such agent.")
            agent.logged_in = on
            await session.flush()
            shown = Agent(agent.queue_id, agent.user_id, agent.skill, agent.logged_in)
            return _show(await self._roll(session, scope, [agent.user_id]), shown)

    async def of_user(self, scope: Scope, user: str) -> UserQueuesOut:
        """The queues that `user` serves."""
        async with self._database.reading() as session:
            user = await require_own_or_managed(session, scope, user, *STEERS_QUEUES)
            return await self._queues_of(session, scope, user)

    async def log_in_to_all(self, scope: Scope, user: str, *, on: bool) -> UserQueuesOut:
        """Log `user` in to all queues, or out of them; who is logged out of one stays out of it."""
        await self._forwarding.set_queues(scope, user, on)
        return await self.of_user(scope, user)

    async def _queues_of(self, session: AsyncSession, scope: Scope, user: str) -> UserQueuesOut:
        serves = select(QueueAgent.queue_id).where(QueueAgent.user_id == user)
        served = select_in(scope, Queue).where(Queue.id.in_(serves)).order_by(Queue.name)
        rows = (await session.scalars(served)).all()
        of_all = await agents_of(session, scope, [row.id for row in rows])
        agents = {
            each.queue_id: each for row in rows for each in of_all[row.id] if each.user_id == user
        }
        roll = await self._roll(session, scope, [user])
        numbers = await numbers_of_kind(session, scope, OwnerKind.QUEUE, agents)
        return UserQueuesOut(
            user=user,
            in_all=user in roll.in_all,
            queues=[
                ServedQueueOut(
                    **roll.log_in(agents[row.id]).model_dump(),
                    queue=row.id,
                    number=numbers.get(row.id, ""),
                    name=row.name,
                    skill=agents[row.id].skill,
                )
                for row in rows
            ],
        )

    async def _roll(self, session: AsyncSession, scope: Scope, users: Collection[str]) -> Roll:
        return await roll_of(session, scope, users, self._plan(), self._clock.now())


def _show(roll: Roll, agent: Agent) -> AgentOut:
    who = roll.names[agent.user_id]
    return AgentOut(
        **roll.log_in(agent).model_dump(),
        user=agent.user_id,
        number=who.number,
        name=who.name,
        skill=agent.skill,
    )
