"""Queues at this instant: who waits, what agents do, and what was done since the statistics began.

For the managers and agents of a queue, and for who holds one of `WATCHES_QUEUES` in its department.
Screens ask every second: what agents do is taken from memory, the floor and the plan.
"""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from orchestrator.clock import Clock
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import select_in
from orchestrator.db.session import Database
from orchestrator.queues.agents import AgentState
from orchestrator.queues.crew import queue_where, steered, watched
from orchestrator.queues.live import FloorView, QueueTotals, WaitingCaller
from orchestrator.queues.model import Queue
from orchestrator.queues.schemas import (
    AgentNowOut,
    CallerState,
    QueueLiveOut,
    QueueLiveQuery,
    QueueTotalsOut,
    StatisticsOut,
    WaitingCallerOut,
)
from orchestrator.rights.rules import WATCHES_QUEUES, Right
from orchestrator.routing.facts import Idle
from orchestrator.routing.plan import Plan, QueueLine, TenantPlan
from orchestrator.routing.queues import agents_of, why_logged_out, why_silent
from orchestrator.schemas import Page
from orchestrator.types import Scope

_KEYS = {"name": Queue.name}
_AT_REST = frozenset({AgentState.IDLE, AgentState.RESTING, AgentState.BUSY})
"""States of which it tells more that the agent is logged out."""


class BoardService:
    """Use cases of the wallboard; `floor` tells what goes on."""

    def __init__(
        self, database: Database, clock: Clock, plan: Callable[[], Plan], floor: FloorView
    ) -> None:
        self._database = database
        self._clock = clock
        self._plan = plan
        self._floor = floor

    async def list(self, scope: Scope, query: QueueLiveQuery) -> Page[QueueLiveOut]:
        """All queues that the actor may watch."""
        statement = select_in(scope, Queue).where(watched(scope, *WATCHES_QUEUES))
        if query.department:
            statement = statement.where(Queue.department_id == query.department)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=Queue.id
            )
        items = []
        for row in rows:
            items.append(self._show(scope, row))
            # Many queues with many agents take time: calls have a turn between them.
            await asyncio.sleep(0)
        return Page(items=items, next=following)

    async def get(self, scope: Scope, queue: str) -> QueueLiveOut:
        async with self._database.reading() as session:
            row = await queue_where(session, scope, queue, watched(scope, *WATCHES_QUEUES))
        return self._show(scope, row)

    async def reset_statistics(self, scope: Scope, queue: str) -> StatisticsOut:
        """Have calls and talk time count from now on; for managers and who handles calls."""
        async with self._database.transaction(scope) as session:
            row = await queue_where(session, scope, queue, steered(scope, Right.CALL_HANDLING))
            row.statistics_since = self._clock.now()
            return StatisticsOut(queue=row.id, since=row.statistics_since)

    def _show(self, scope: Scope, row: Queue) -> QueueLiveOut:
        tenant = self._plan().tenants.get(scope.tenant)
        line = tenant.queues.get(row.id) if tenant else None
        waiting = self._floor.waiting(scope.tenant, row.id)
        totals = self._floor.totals(scope.tenant, row.id)
        return QueueLiveOut(
            queue=row.id,
            number=line.number if line else "",
            name=row.name,
            department=row.department_id,
            waiting=[_caller(each) for each in waiting],
            agents=list(self._agents(tenant, line)) if tenant and line else [],
            totals=_totals(totals, row.statistics_since, len(waiting)),
        )

    def _agents(self, tenant: TenantPlan, queue: QueueLine) -> Iterator[AgentNowOut]:
        busy = {each.user: each for each in self._floor.agents(tenant.id, queue.id)}
        now = self._clock.now()
        for line, person in agents_of(tenant, queue):
            known = busy.get(person.id)
            state = known.state if known else AgentState.IDLE
            if state in _AT_REST and why_logged_out(line, person, now) is not None:
                state = AgentState.LOGGED_OUT
            elif state is AgentState.IDLE and why_silent(queue, person, now, Idle()) is not None:
                state = AgentState.AWAY
            yield AgentNowOut.model_construct(
                user=person.id,
                number=person.number,
                name=person.name,
                state=state,
                since=_time(known.since) if known and known.state is state else None,
            )


def _caller(each: WaitingCaller) -> WaitingCallerOut:
    return WaitingCallerOut(
        call=each.call,
        number=each.number,
        name=each.name,
        since=_time(each.since),
        position=each.position,
        state=CallerState.RINGING if each.rings else CallerState.WAITING,
        rings=list(each.rings),
    )


def _totals(totals: QueueTotals, since: datetime, waiting: int) -> QueueTotalsOut:
    heard, talks = totals.served + totals.abandoned, totals.talks
    return QueueTotalsOut(
        since=since,
        waiting=waiting,
        served=totals.served,
        abandoned=totals.abandoned,
        average_wait_seconds=round(totals.waited_seconds / heard, 1) if heard else 0.0,
        longest_wait_seconds=round(totals.longest_wait_seconds, 1),
        average_talk_seconds=round(totals.talk_seconds / talks, 1) if talks else 0.0,
    )


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
