"""The floor as the API looks at it (`queues/live.py: FloorView`)."""

from collections.abc import Callable, Iterator, Sequence

from orchestrator.calls.floor import Floor
from orchestrator.presence.rules import Activity
from orchestrator.queues.agents import AgentState
from orchestrator.queues.live import AgentNow, QueueTotals, WaitingCaller
from orchestrator.routing.plan import Plan, QueueLine
from orchestrator.types import TenantId


class FloorWatch:
    """Answers at once, from what the floor has in memory."""

    def __init__(
        self, floor: Floor, activity_of: Callable[[str], Activity], plan: Callable[[], Plan]
    ) -> None:
        self._floor = floor
        self._activity = activity_of
        self._plan = plan

    def waiting(self, tenant: TenantId, queue: str) -> Sequence[WaitingCaller]:
        places = self._floor.callers(tenant, queue)
        return [
            WaitingCaller(
                call=place.call.id,
                number=place.call.caller.number,
                name=place.call.caller.name,
                since=place.since,
                position=position,
                rings=tuple(sorted(place.ringing)),
            )
            for position, place in enumerate(places, 1)
        ]

    def agents(self, tenant: TenantId, queue: str) -> Sequence[AgentNow]:
        line = self._line(tenant, queue)
        return list(self._states(line)) if line else ()

    def totals(self, tenant: TenantId, queue: str) -> QueueTotals:
        line = self._line(tenant, queue)
        if line is None:
            return QueueTotals()
        book = self._floor.book(line)
        return QueueTotals(
            since=book.since,
            served=book.served,
            abandoned=book.abandoned,
            waited_seconds=book.waited_seconds,
            longest_wait_seconds=book.longest_wait_seconds,
            talk_seconds=book.talk_seconds,
            talks=book.talks,
        )

    def _states(self, line: QueueLine) -> Iterator[AgentNow]:
        for each in line.agents:
            agent = self._floor.agent(each.person)
            if agent is not None and agent.state is not AgentState.IDLE:
                yield AgentNow(each.person, agent.state, agent.since)
            elif since := self._activity(each.person).since:
                yield AgentNow(each.person, AgentState.BUSY, since)

    def _line(self, tenant: TenantId, queue: str) -> QueueLine | None:
        found = self._plan().tenants.get(tenant)
        return found.queues.get(queue) if found else None
