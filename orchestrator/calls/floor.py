"""The floor: who waits in which queue, what the agents do, and who is rung for whom.

    call that waits                     floor
      │ enter, ready ────────────────────>│ place in the order of arrival
      │<──────────────── AgentsFree ──────┤ reserved agents: ringing from now on
      │ take: rings their phones          │
      │ missed ──────────────────────────>│ rests a while; the next ones
      │ connected ───────────────────────>│ talks, then wrap-up; the others are spared
      │ gave_up, leave ──────────────────>│ all are spared

Everything here is memory and takes effect at once, in one turn of the loop: an agent who is
reserved for one caller is free for no other. Callers are served in the order of their arrival,
those of priority queues first. Whatever may set somebody free (a call that ended, a log-in, time)
leads to `_serve`, which looks at one tenant. `queues/rules.py` chooses, `routing/queues.py` says
whose phones may ring.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from orchestrator.calls.crews import GOOD_SECONDS, Crew, Crews
from orchestrator.calls.leg import Leg
from orchestrator.calls.messages import AGENTS_FREE
from orchestrator.calls.places import Agent, Place
from orchestrator.calls.verdict import Reason
from orchestrator.clock import Clock
from orchestrator.queues.agents import AgentEvent, AgentState
from orchestrator.queues.books import Book
from orchestrator.queues.rules import (
    REST_SECONDS,
    Strategy,
    Turn,
    choose,
    expected_wait,
)
from orchestrator.routing.facts import Live
from orchestrator.routing.plan import Person, Plan, QueueLine, TenantPlan
from orchestrator.routing.queues import agents_of, staffed, why_logged_out
from orchestrator.types import TenantId

if TYPE_CHECKING:
    from orchestrator.calls.call import Call

# Statuses change with the hours, and groups by skill open with time: nobody tells of that.
_TICK_SECONDS = GOOD_SECONDS

_ALL_TOGETHER = frozenset({Strategy.RING_ALL, Strategy.SKILLS_RING_ALL})
"""Strategies where an agent who becomes free joins those who ring."""

_COUNTS_AS_MISSED = frozenset({Reason.NO_ANSWER, Reason.DECLINED})


class Floor:
    """The waiting callers and the agents of all tenants.

    `log_out` is told of an agent who missed too many calls; it returns at once.
    """

    def __init__(
        self,
        plan: Callable[[], Plan],
        clock: Clock,
        live: Live,
        log_out: Callable[[TenantId, str], None] = lambda tenant, person: None,
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._live = live
        self._log_out = log_out
        self._places: dict[TenantId, list[Place]] = {}
        self._agents: dict[str, Agent] = {}
        self._books: dict[str, Book] = {}
        self._crews = Crews(clock, live, self._agents, self.book)
        self._ticking: asyncio.TimerHandle | None = None

    # -- callers -----------------------------------------------------------------------------

    def enter(self, call: Call, queue: QueueLine, since: float) -> Place:
        """A place for a caller who came at `since`. Nobody is rung before the caller is `ready`;
        agents whose phones ring since before a restart are taken as rung."""
        place = Place(call, call.tenant.id, queue.id, since)
        self._places.setdefault(place.tenant, []).append(place)
        for leg in call.legs.values():
            agent = self._agent(place.tenant, leg.person) if leg.person else None
            if agent and leg is not call.caller and leg.alive:
                self._reserve(place, agent)
        self._tick_on()
        return place

    def ready(self, place: Place) -> None:
        """The caller has heard what comes first: agents may ring."""
        place.ready = True
        self._serve(place.tenant)

    def take(self, place: Place) -> list[Person]:
        """The agents whose phones are to ring now, for the call to do."""
        wanted, place.wanted = place.wanted, []
        tenant = self._plan().tenants.get(place.tenant)
        people = tenant.people if tenant else {}
        for gone in [agent for agent in wanted if agent not in people]:
            self.missed(place, gone, Reason.NO_DEVICE)
        return [people[agent] for agent in wanted if agent in people]

    def missed(self, place: Place, agent: str, reason: Reason) -> None:
        """The phones of `agent` rang in vain, or could not ring."""
        found = self._agents.get(agent)
        if agent not in place.ringing or found is None:
            return
        place.ringing.discard(agent)
        if self._apply(found, AgentEvent.MISSED):
            self._until_over(found, REST_SECONDS.get(reason, REST_SECONDS[Reason.NO_ANSWER]))
        queue = self._line(place)
        if queue is not None and reason in _COUNTS_AS_MISSED:
            found.missed += 1
            if queue.log_out_after_missed and found.missed >= queue.log_out_after_missed:
                found.missed = 0
                self._log_out(place.tenant, agent)
        self._serve(place.tenant)

    def connected(self, place: Place, leg: Leg) -> None:
        """The caller talks, with the agent behind `leg` or with a colleague who picked the call
        up; nobody rings any more."""
        if not self._remove(place):
            return
        queue, agent = self._line(place), self._agents.get(leg.person or "")
        if agent is not None and agent.person in place.ringing:
            place.ringing.discard(agent.person)
            if self._apply(agent, AgentEvent.ANSWERED):
                agent.leg, agent.queue, agent.missed = leg, place.queue, 0
                if queue is not None:
                    self.book(queue).answered(agent.person)
        if queue is not None:
            self.book(queue).was_served(self._now - place.since)
        self._spare(place)

    def gave_up(self, place: Place) -> None:
        """The caller leaves unserved, after a wait that was too long."""
        if place in self._places.get(place.tenant, ()) and (queue := self._line(place)):
            self.book(queue).gave_up(self._now - place.since)
        self.leave(place)

    def leave(self, place: Place) -> None:
        """The caller waits no longer; nothing happens when that is known already."""
        if self._remove(place):
            self._spare(place)

    def talks_on(self, tenant: TenantId, queue: str, leg: Leg, since: float) -> None:
        """After a restart: an agent talks with a caller of `queue` since `since`."""
        agent = self._agent(tenant, leg.person or "")
        agent.state, agent.since = AgentState.TALKING, since
        agent.leg, agent.queue = leg, queue

    # -- questions ---------------------------------------------------------------------------

    def full(self, tenant: TenantId, queue: QueueLine) -> bool:
        """Whether the queue takes no more callers."""
        return bool(queue.max_callers) and self.waiting(tenant, queue.id) >= queue.max_callers

    def staffed(self, place: Place) -> bool:
        """Whether anybody is logged in to the queue of `place`; a queue that is gone has nobody."""
        tenant, queue = self._plan().tenants.get(place.tenant), self._line(place)
        return bool(tenant and queue and staffed(tenant, queue, self._clock.now()))

    def waiting(self, tenant: TenantId, queue: str) -> int:
        """How many callers a queue has."""
        return sum(each.queue == queue for each in self._places.get(tenant, ()))

    def talking(self, queue: str) -> int:
        """How many callers of a queue talk with an agent."""
        states = (agent.state for agent in self._agents.values() if agent.queue == queue)
        return sum(state is AgentState.TALKING for state in states)

    def callers(self, tenant: TenantId, queue: str) -> list[Place]:
        """Who waits in a queue, in the order of arrival."""
        found = [each for each in self._places.get(tenant, ()) if each.queue == queue]
        return sorted(found, key=lambda each: each.since)

    def position(self, place: Place) -> int:
        """Which one of the waiting callers it is, from 1 on."""
        ahead = (each for each in self._places.get(place.tenant, ()) if each.queue == place.queue)
        return 1 + sum(each.since < place.since for each in ahead)

    def expected_wait(self, place: Place) -> int:
        """Seconds until it will probably be this caller's turn; 0: nobody can tell."""
        queue, tenant = self._line(place), self._plan().tenants.get(place.tenant)
        if queue is None or tenant is None:
            return 0
        now, book = self._clock.now(), self.book(queue)
        here = sum(why_logged_out(line, who, now) is None for line, who in agents_of(tenant, queue))
        each = book.mean_talk
        return expected_wait(
            self.position(place), here, each + queue.wrap_up_seconds if each else 0.0
        )

    def agent(self, person: str) -> Agent | None:
        """What an agent does for the queues; None: nothing so far."""
        return self._agents.get(person)

    def book(self, queue: QueueLine) -> Book:
        """What counts in a queue; it begins anew when its statistics are reset."""
        book = self._books.get(queue.id)
        if book is None or book.since != queue.since:
            book = self._books[queue.id] = Book(queue.since, book.last if book else "")
        return book

    def restore(self, queue: str, before: Book) -> None:
        """Add what counted in a queue before this process began."""
        book = self._books.get(queue)
        if book is None:
            self._books[queue] = before
        elif book.since == before.since:
            book.add(before)

    # -- what may set somebody free ----------------------------------------------------------

    def stirred(self, person: str) -> None:
        """The legs of a person changed."""
        self._crews.changed(person)
        agent = self._agents.get(person)
        if agent is not None and agent.state is AgentState.TALKING and not self._talks(agent):
            self._hung_up(agent)
        if self._places:
            tenants = self._plan().tenants
            for tenant in list(self._places):
                if tenant in tenants and person in tenants[tenant].people:
                    self._serve(tenant)

    def plans_changed(self, tenants: Iterable[TenantId]) -> None:
        """Somebody logged in or out, a queue was changed."""
        for tenant in tenants:
            if tenant in self._places:
                self._serve(tenant)
                self._tell_deserted(tenant)

    def close(self) -> None:
        """Stop all timers."""
        for timer in (self._ticking, *(agent.timer for agent in self._agents.values())):
            if timer is not None:
                timer.cancel()

    def _talks(self, agent: Agent) -> bool:
        """Whether the call goes on. One that is left for adoption may never come back: the agent
        is free until it does."""
        going_on = agent.leg is not None and agent.leg.alive
        return going_on and bool(self._live.calls_of(agent.person))

    def _hung_up(self, agent: Agent) -> None:
        now = self._now
        tenant = self._plan().tenants.get(agent.tenant)
        queue = tenant.queues.get(agent.queue) if tenant else None
        if queue is not None:
            self.book(queue).talked(agent.person, now - agent.since)
        agent.leg, agent.free_since = None, now
        self._apply(agent, AgentEvent.HUNG_UP)
        self._until_over(agent, queue.wrap_up_seconds if queue else 0.0)

    def _apply(self, agent: Agent, event: AgentEvent) -> bool:
        """Have `agent` take `event`; whoever chooses among agents sees it at once."""
        taken = agent.apply(event, self._now)
        self._crews.changed(agent.person)
        return taken

    def _until_over(self, agent: Agent, seconds: float) -> None:
        """End the wrap-up or the rest of `agent` after `seconds`."""
        if agent.timer is not None:
            agent.timer.cancel()
        loop = asyncio.get_running_loop()
        agent.timer = loop.call_later(seconds, self._over, agent) if seconds else None
        if not seconds:
            self._apply(agent, AgentEvent.OVER)

    def _over(self, agent: Agent) -> None:
        agent.timer = None
        if self._apply(agent, AgentEvent.OVER):
            self._serve(agent.tenant)

    def _tick_on(self) -> None:
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().call_later(_TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        self._ticking = None
        for tenant in list(self._places):
            self._serve(tenant)
            self._tell_deserted(tenant)
        if self._places:
            self._tick_on()

    def _tell_deserted(self, tenant: TenantId) -> None:
        """Callers of a queue that the last agent left go elsewhere."""
        seen: dict[str, bool] = {}
        for place in self._places.get(tenant, ()):
            if place.queue not in seen:
                seen[place.queue] = self.staffed(place)
            if not seen[place.queue]:
                place.call.mailbox.put(AGENTS_FREE)

    # -- who rings for whom ------------------------------------------------------------------

    def _serve(self, tenant_id: TenantId) -> None:
        """Ring agents for those callers of a tenant whose turn it is."""
        tenant = self._plan().tenants.get(tenant_id)
        places = self._places.get(tenant_id)
        if tenant is None or not places:
            return
        for place in _in_order(tenant, places):
            queue = tenant.queues[place.queue]
            if not place.ready or (place.ringing and queue.strategy not in _ALL_TOGETHER):
                continue
            crew = self._crews.of(tenant, queue)
            if crew.free and (chosen := self._choose(place, crew)):
                for person in chosen:
                    self._reserve(place, self._agent(tenant_id, person))
                    place.wanted.append(person)
                place.call.mailbox.put(AGENTS_FREE)

    def _choose(self, place: Place, crew: Crew) -> tuple[str, ...]:
        queue = crew.queue
        turn = Turn(
            frozenset(place.tried),
            self.book(queue).last,
            max(self._now - place.since, 0.0),
            queue.skill_wait_seconds,
            place.rung,
            frozenset(place.ringing),
        )
        standings = list(crew.standings.values())
        # An agent may call the own queue, and wants a colleague.
        free = crew.free - {place.call.caller.person or ""}
        chosen = choose(queue.strategy, standings, free, turn, secrets.randbelow)
        if chosen.new_round:
            place.tried = set(place.ringing)
        return chosen.agents

    def _reserve(self, place: Place, agent: Agent) -> None:
        if self._apply(agent, AgentEvent.RUNG):
            place.ringing.add(agent.person)
            place.tried.add(agent.person)
            place.rung = agent.person

    def _spare(self, place: Place) -> None:
        """Nobody rings for `place` any more; those who did are free for others."""
        for person in place.ringing:
            self._apply(self._agents[person], AgentEvent.SPARED)
        place.ringing.clear()
        place.wanted.clear()
        self._serve(place.tenant)

    def _remove(self, place: Place) -> bool:
        """Take the caller out; False when that was done before."""
        places = self._places.get(place.tenant, [])
        if place not in places:
            return False
        places.remove(place)
        if not places:
            del self._places[place.tenant]
        return True

    def _agent(self, tenant: TenantId, person: str) -> Agent:
        return self._agents.setdefault(person, Agent(person, tenant))

    def _line(self, place: Place) -> QueueLine | None:
        tenant = self._plan().tenants.get(place.tenant)
        return tenant.queues.get(place.queue) if tenant else None

    @property
    def _now(self) -> float:
        return self._clock.now().timestamp()


def _in_order(tenant: TenantPlan, places: Iterable[Place]) -> list[Place]:
    """Those of priority queues first, then by arrival; not those whose queue is gone."""
    known = [place for place in places if place.queue in tenant.queues]
    return sorted(known, key=lambda each: (not tenant.queues[each.queue].priority, each.since))
