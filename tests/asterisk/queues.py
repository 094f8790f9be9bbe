"""Queues and their agents, for scenarios."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from orchestrator.departments.model import Department
from orchestrator.forwarding.model import UserStatus
from orchestrator.forwarding.rules import Status
from orchestrator.people.model import Extension
from orchestrator.people.rules import OwnerKind
from orchestrator.queues.agents import AgentState
from orchestrator.queues.model import Queue, QueueAgent
from orchestrator.queues.rules import Strategy
from orchestrator.types import new_id
from tests.asterisk.office import Books, Colleague, Office, until


async def write_queue(
    books: Books, number: str, agents: Sequence[Colleague], **columns: Any
) -> str:
    """Rows of a queue with `number` that is hunted in order; its id."""
    queue = new_id()
    async with books.database.transaction(books.scope) as session:
        department = await session.scalar(
            select(Department.id).where(Department.tenant_id == books.scope.tenant)
        )
        fixed = {"id": queue, "department_id": department, "strategy": Strategy.HUNT}
        session.add(Queue(**{"name": f"Queue {number}"} | fixed | columns))
        await session.flush()
        session.add(Extension(number=number, owner_kind=OwnerKind.QUEUE, owner_id=queue))
        session.add_all(
            QueueAgent(queue_id=queue, user_id=who.user_id, position=place)
            for place, who in enumerate(agents)
        )
    return queue


async def log_in(books: Books, *people: Colleague, out: bool = False) -> None:
    """Log people in to all queues, or out of them."""
    async with books.database.transaction(books.scope) as session:
        for who in people:
            wanted = select(UserStatus).where(UserStatus.user_id == who.user_id)
            row = await session.scalar(wanted)
            if row is None:
                row = UserStatus(user_id=who.user_id, status=Status.AVAILABLE)
                session.add(row)
            row.queues = not out


async def open_queue(
    office: Office, agents: Sequence[Colleague], number: str = "900", **columns: Any
) -> str:
    """A queue whose agents are logged in, once calls know of it; its id."""
    await log_in(office.books, *agents)
    queue = await write_queue(office.books, number, agents, **columns)
    await until(lambda: queue in office.plan.queues)
    await until(lambda: all(is_in(office, who) for who in agents))
    return queue


def is_in(office: Office, who: Colleague) -> bool:
    """Whether somebody is logged in to all queues, as calls know it."""
    return office.plan.people[who.user_id].forwarding.queues


def state(office: Office, who: Colleague) -> AgentState:
    """What an agent does."""
    agent = office.centrale.node.registry.floor.agent(who.user_id)
    return agent.state if agent else AgentState.IDLE


def callers(office: Office, queue: str) -> int:
    """How many wait."""
    return office.centrale.node.registry.floor.waiting(office.books.scope.tenant, queue)
