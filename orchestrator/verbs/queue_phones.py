"""Phones: those of the agents who ring for one waiting caller.

Each agent rings for the queue's ring time from the moment in which the floor names them; with
ring-all strategies others join meanwhile.
"""

import math
from dataclasses import dataclass

from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg, LegState
from orchestrator.calls.places import Place
from orchestrator.calls.verdict import Cause, Reason, unanswered
from orchestrator.routing.caller_names import name_for_queue
from orchestrator.routing.plan import QueueLine
from orchestrator.verbs.calling import call_devices, cancel

# Events that one phone may have sent before the call reads them.
_EVENTS_OF_A_LEG = 8


@dataclass(frozen=True, slots=True)
class _Rung:
    """The phones of one agent, and until when they ring (seconds, monotonic)."""

    legs: list[Leg]
    until: float


class Phones:
    """The agents' phones that ring for the caller of `place`."""

    def __init__(self, call: Call, queue: QueueLine, place: Place) -> None:
        self.place = place
        self._call = call
        self._queue = queue
        self._rung: dict[str, _Rung] = {}
        for person in place.ringing:
            # They ring since before a restart.
            self._note(person, [leg for leg in _others(call) if leg.person == person])

    async def ring(self) -> None:
        """Ring those whom the floor has named since."""
        call = self._call
        people = call.registry.floor.take(self.place)
        if not people:
            return
        if (segment := call.entry.open_segment()) is not None:
            segment.polled += len(people)
        legs = sum(len(person.devices) for person in people) + len(call.legs)
        call.mailbox.make_room(legs * _EVENTS_OF_A_LEG)
        name = name_for_queue(call.facts, self._queue)
        rung = await call_devices(call, people, self._queue.ring_seconds, name)
        for person in people:
            self._note(person.id, [leg for leg in rung if leg.person == person.id])

    def _note(self, person: str, legs: list[Leg]) -> None:
        until = self._call.ports.clock.monotonic() + self._queue.ring_seconds
        self._rung[person] = _Rung(legs, until)

    def winner(self) -> Leg | None:
        """The first phone that answered."""
        legs = (leg for rung in self._rung.values() for leg in rung.legs)
        return next((leg for leg in legs if leg.state is LegState.UP), None)

    @property
    def patience(self) -> float:
        """Seconds until somebody's ring time is over."""
        until = min((rung.until for rung in self._rung.values()), default=math.inf)
        return max(until - self._call.ports.clock.monotonic(), 0.0)

    async def settle(self) -> None:
        """Have those rest whose time is over, or whose phones all refused."""
        now = self._call.ports.clock.monotonic()
        for person, rung in list(self._rung.items()):
            if any(leg.alive for leg in rung.legs) and now < rung.until:
                continue
            reason = await self._why(rung)
            del self._rung[person]
            for leg in rung.legs:
                self._call.drop(leg)
            self._call.registry.floor.missed(self.place, person, reason)

    async def _why(self, rung: _Rung) -> Reason:
        if any(leg.alive for leg in rung.legs):
            await cancel(self._call, rung.legs, Cause.NORMAL)
            return Reason.NO_ANSWER
        return unanswered([leg.cause for leg in rung.legs]).reason

    async def stop(self, keep: Leg | None = None) -> None:
        """End all that ring but `keep`; they show no missed call when somebody has answered."""
        cause = Cause.ANSWERED_ELSEWHERE if keep else Cause.NORMAL
        legs = [leg for rung in self._rung.values() for leg in rung.legs]
        await cancel(self._call, legs, cause, keep=keep)
        self._rung.clear()


def _others(call: Call) -> list[Leg]:
    return [leg for leg in call.legs.values() if leg is not call.caller and leg.alive]
