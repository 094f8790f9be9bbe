"""Queues at this instant: who waits, what agents do, and what was done since the statistics began.

For the managers and agents of a queue, and for who holds one of `WATCHES_QUEUES` in its department.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.clock import Clock
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import select_in
from orchestrator.db.session import Database
from orchestrator.people.numbering import numbers_of_kind
from orchestrator.people.rules import OwnerKind
from orchestrator.queues.agents import AgentState
from orchestrator.queues.crew import agents_of, queue_where, steered, watched
from orchestrator.queues.live import AgentNow, FloorView, QueueTotals, WaitingCaller
from orchestrator.queues.model import Queue, QueueAgent
from orchestrator.queues.roll import Roll, roll_of
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
from orchestrator.routing.plan import Plan
from orchestrator.schemas import Page
from orchestrator.types import Scope, TenantId

_KEYS = {"name": Queue.name}
_AT_REST = frozenset({AgentState.IDLE, AgentState.RESTING, AgentState.BUSY})
"""States in which it tells more that an agent is logged out."""


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
            return Page(items=await self._show_all(session, scope, rows), next=following)

    async def get(self, scope: Scope, queue: str) -> QueueLiveOut:
        async with self._database.reading() as session:
            row = await queue_where(session, scope, queue, watched(scope, *WATCHES_QUEUES))
            (shown,) = await self._show_all(session, scope, [row])
            return shown

    async def reset_statistics(self, scope: Scope, queue: str) -> StatisticsOut:
        """Have calls and talk time count from now on; for managers and who handles calls."""
        async with self._database.transaction(scope) as session:
            row = await queue_where(session, scope, queue, steered(scope, Right.CALL_HANDLING))
            row.statistics_since = self._clock.now()
            return StatisticsOut(queue=row.id, since=row.statistics_since)

    async def _show_all(
        self, session: AsyncSession, scope: Scope, rows: Sequence[Queue]
    ) -> Sequence[QueueLiveOut]:
        ids = [row.id for row in rows]
        numbers = await numbers_of_kind(session, scope, OwnerKind.QUEUE, ids)
        agents = await agents_of(session, scope, ids)
        users = {each.user_id for row in rows for each in agents[row.id]}
        roll = await roll_of(session, scope, users, self._plan(), self._clock.now())
        return [
            self._show(row, numbers.get(row.id, ""), agents[row.id], roll, scope.tenant)
            for row in rows
        ]

    def _show(
        self, row: Queue, number: str, agents: Sequence[QueueAgent], roll: Roll, tenant: TenantId
    ) -> QueueLiveOut:
        waiting = self._floor.waiting(tenant, row.id)
        busy = {each.user: each for each in self._floor.agents(tenant, row.id)}
        totals = self._floor.totals(tenant, row.id)
        return QueueLiveOut(
            queue=row.id,
            number=number,
            name=row.name,
            department=row.department_id,
            waiting=[_caller(each) for each in waiting],
            agents=[_agent(roll, each, busy.get(each.user_id)) for each in agents],
            totals=_totals(totals, row.statistics_since, len(waiting)),
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


def _agent(roll: Roll, agent: QueueAgent, now: AgentNow | None) -> AgentNowOut:
    who, state = roll.names[agent.user_id], _state(roll, agent, now)
    return AgentNowOut(
        user=agent.user_id,
        number=who.number,
        name=who.name,
        state=state,
        since=_time(now.since) if now is not None and now.state is state else None,
    )


def _state(roll: Roll, agent: QueueAgent, now: AgentNow | None) -> AgentState:
    """What the floor says, unless the agent only waits there: then the log-in and the status tell
    more."""
    state = now.state if now is not None else AgentState.IDLE
    if state in _AT_REST and roll.why_out(agent) is not None:
        return AgentState.LOGGED_OUT
    if state is AgentState.IDLE and roll.is_silent(agent):
        return AgentState.AWAY
    return state


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
