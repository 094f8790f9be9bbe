"""Crews: the agents of each queue as its strategy sees them, kept present.

A call centre of hundreds of agents asks for them at every turn of a call. So who is free, and how
everybody stands, is not looked up each time: it is gathered once from the plan, and afterwards
only the agent is looked at of whom something changed. What time changes by itself (hours,
temporary statuses) is seen when a crew is gathered anew, after a few seconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.calls.places import Agent
from orchestrator.clock import Clock
from orchestrator.queues.agents import AgentState
from orchestrator.queues.books import Book
from orchestrator.queues.rules import Standing
from orchestrator.routing.facts import Live
from orchestrator.routing.plan import AgentLine, QueueLine, TenantPlan
from orchestrator.routing.queues import agents_of, why_logged_out, why_silent

GOOD_SECONDS = 5.0


@dataclass(slots=True)
class Crew:
    """The agents of one queue in its order, of those the free ones; good until `until`, seconds
    of the monotonic clock, and as long as the plan is `tenant`."""

    tenant: TenantPlan
    queue: QueueLine
    until: float
    lines: dict[str, AgentLine] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    free: set[str] = field(default_factory=set)


class Crews:
    """The crews of queues in which somebody waits, or waited lately."""

    def __init__(
        self,
        clock: Clock,
        live: Live,
        agents: Mapping[str, Agent],
        book: Callable[[QueueLine], Book],
    ) -> None:
        self._clock = clock
        self._live = live
        self._agents = agents
        self._book = book
        self._crews: dict[str, Crew] = {}
        self._serve: dict[str, set[str]] = {}

    def of(self, tenant: TenantPlan, queue: QueueLine) -> Crew:
        """The crew of `queue` at this instant."""
        crew = self._crews.get(queue.id)
        now = self._clock.monotonic()
        if crew is None or crew.tenant is not tenant or now >= crew.until:
            crew = self._crews[queue.id] = self._gathered(tenant, queue, now + GOOD_SECONDS)
        return crew

    def changed(self, person: str) -> None:
        """Something of an agent changed: calls, state or counts."""
        queues = self._serve.get(person)
        if queues:
            now = self._clock.now()
            for queue in queues:
                crew = self._crews[queue]
                if person in crew.lines:
                    self._look(crew, person, now)

    def _gathered(self, tenant: TenantPlan, queue: QueueLine, until: float) -> Crew:
        crew, now = Crew(tenant, queue, until), self._clock.now()
        for line, person in agents_of(tenant, queue):
            crew.lines[person.id] = line
            self._serve.setdefault(person.id, set()).add(queue.id)
            self._look(crew, person.id, now)
        return crew

    def _look(self, crew: Crew, person: str, now: datetime) -> None:
        line, agent, book = crew.lines[person], self._agents.get(person), self._book(crew.queue)
        count = book.agents.get(person)
        here = why_logged_out(line, crew.tenant.people[person], now) is None
        crew.standings[person] = Standing(
            person,
            line.skill,
            agent.free_since if agent else 0.0,
            count.talk_seconds if count else 0.0,
            count.answered if count else 0,
            here,
        )
        if here and self._may_ring(crew, person, agent, now):
            crew.free.add(person)
        else:
            crew.free.discard(person)

    def _may_ring(self, crew: Crew, person: str, agent: Agent | None, now: datetime) -> bool:
        """Whether the phones of an agent who is logged in may ring."""
        if agent is not None and agent.state is not AgentState.IDLE:
            return False
        return why_silent(crew.queue, crew.tenant.people[person], now, self._live) is None
