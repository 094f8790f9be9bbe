"""The agents of queues by name, and how far each is logged in at an instant."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.forwarding.lookup import logged_in_to_queues
from orchestrator.people.lookup import Named, named
from orchestrator.queues.crew import Agent
from orchestrator.queues.schemas import LogIn
from orchestrator.routing.plan import AgentLine, Person, Plan
from orchestrator.routing.queues import why_logged_out
from orchestrator.types import Scope

DISABLED = "is disabled"
UNKNOWN = "is not there yet"


@dataclass(frozen=True, slots=True)
class Roll:
    """Who some agents are. `in_all` are those who are logged in to all queues.

    Statuses and hours come from the plan; who is logged in comes from the rows, for the plan hears
    of a log-in only after whoever asked for it had the answer.
    """

    names: Mapping[str, Named]
    in_all: frozenset[str]
    people: Mapping[str, Person]
    now: datetime

    def log_in(self, agent: Agent) -> LogIn:
        why = self.why_out(agent)
        return LogIn(
            logged_in=agent.logged_in,
            in_all=agent.user_id in self.in_all,
            present=why is None,
            why_not=why,
        )

    def why_out(self, agent: Agent) -> str | None:
        """Why no calls of the queue come to an agent; None: they do."""
        person = self.people.get(agent.user_id)
        if person is None:
            return DISABLED if self.names[agent.user_id].disabled else UNKNOWN
        in_all = agent.user_id in self.in_all
        if person.forwarding.queues is not in_all:
            person = replace(person, forwarding=replace(person.forwarding, queues=in_all))
        line = AgentLine(agent.user_id, agent.skill, agent.logged_in)
        return why_logged_out(line, person, self.now)


async def roll_of(
    session: AsyncSession,
    scope: Scope,
    users: Collection[str],
    plan: Plan,
    now: datetime,
) -> Roll:
    """The roll of these users (ids)."""
    tenant = plan.tenants.get(scope.tenant)
    return Roll(
        await named(session, scope, users),
        await logged_in_to_queues(session, scope, users),
        tenant.people if tenant else {},
        now,
    )
