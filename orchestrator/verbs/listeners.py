"""Listeners: the phones that play one page, from their call to their hang-up.

Their legs belong to no person: a page is no call of theirs. It makes nobody busy, lights no lamp
and cannot be picked up.
"""

from collections import deque
from collections.abc import Awaitable

from orchestrator.ari.client import Originate
from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg, LegState, identity_of
from orchestrator.calls.verdict import Cause, Verdict, unanswered
from orchestrator.routing.decision import Page
from orchestrator.routing.plan import DeviceLine, Person
from orchestrator.verbs.calling import AUTO_ANSWER, attempted, cancel, to_device

# Other calls of the node get their turn on the socket after so many.
BURST = 20
# Phones that answer by themselves do within a second; whoever rings longer is left in peace.
ANSWER_SECONDS = 5
_EVENTS_OF_A_LEG = 8


class Listeners:
    """All legs of the page but the pager's."""

    def __init__(self, call: Call, data: Page) -> None:
        self._call = call
        self._data = data
        self._waiting: deque[tuple[Person, DeviceLine]] = deque(
            (person, device) for person in data.people for device in person.devices
        )
        self._multicast = data.multicast
        self._numbers: set[str] = set()
        self._late = call.ports.clock.monotonic() + ANSWER_SECONDS
        self.legs = [leg for leg in call.legs.values() if leg is not call.caller]
        for leg in self.legs:
            self._count(leg)
        call.mailbox.make_room(_EVENTS_OF_A_LEG * (len(self._waiting) + len(self.legs)))

    @property
    def more(self) -> bool:
        """Whether phones are still to be called."""
        return bool(self._waiting)

    @property
    def settled(self) -> bool:
        """Whether all have answered or been given up."""
        return not self.more and not self._ringing()

    @property
    def over(self) -> bool:
        """Whether nobody is left who hears the page, or may yet."""
        return not self.more and not any(leg.alive for leg in self.legs)

    @property
    def joined(self) -> int:
        """How many people heard the page, or a part of it."""
        return len(self._numbers)

    @property
    def why_nobody(self) -> Verdict:
        return unanswered([leg.cause for leg in self.legs])

    def patience(self) -> float:
        """Seconds until those who still ring are left in peace."""
        if self.more:
            return 0.0
        return self._late - self._call.ports.clock.monotonic() if self._ringing() else 3600.0

    async def call_more(self) -> None:
        """Call the next ones in one burst."""
        call, attempts = self._call, []
        if self._multicast is not None:
            leg = self._new("", self._data.group.number, self._data.group.name)
            attempts.append((leg, call.ari.originate(self._stream(leg, *self._multicast))))
            self._multicast = None
        caller, group = call.caller, self._data.group
        shown = f"{group.caller_name or group.name}: {caller.name}"
        identity = identity_of(shown, caller.number)
        for _ in range(min(BURST, len(self._waiting))):
            person, device = self._waiting.popleft()
            leg = self._new(device.endpoint, person.number, person.name)
            request = to_device(call, leg, ANSWER_SECONDS, identity, AUTO_ANSWER)
            attempts.append((leg, call.ari.originate(request)))
        if attempts:
            self._late = call.ports.clock.monotonic() + ANSWER_SECONDS
            await attempted(attempts)

    def arrived(self) -> list[Leg]:
        """Those that answered and do not hear the page yet."""
        bridged = self._call.bridged
        return [leg for leg in self.legs if leg.state is LegState.UP and leg.id not in bridged]

    async def let_in(self, arrived: list[Leg]) -> None:
        """Let these hear the page; who hung up in this moment is given up."""
        call = self._call
        if not await self._add(*arrived):
            # Together it is all or none.
            done = [(leg, self._add(leg)) for leg in arrived]
            arrived = [leg for leg, added in done if await added or await self._gone(leg)]
        for leg in arrived:
            call.bridged.add(leg.id)
            self._count(leg)

    async def drop_late(self) -> None:
        """Those that ring for long do not answer by themselves."""
        if self.patience() <= 0 and not self.more:
            await cancel(self._call, self._ringing(), Cause.NORMAL)

    def _add(self, *legs: Leg) -> Awaitable[bool]:
        ids = [leg.id for leg in legs]
        return self._call.ari.add_to_bridge(self._call.id, *ids, tell_identity=False, mute=True)

    async def _gone(self, leg: Leg) -> bool:
        await self._call.hang_up(leg)
        return False

    def _new(self, endpoint: str, number: str, name: str) -> Leg:
        leg = Leg(self._call.new_leg_id(), endpoint, number, name)
        self._call.add_leg(leg)
        self.legs.append(leg)
        return leg

    def _stream(self, leg: Leg, address: str, port: int) -> Originate:
        """A channel that sends what the pager says, as PCMU in packets of 20 ms."""
        source = self._call.ports.multicast_source
        options = f"c(ulaw)i({source})" if source else "c(ulaw)"
        return Originate(f"MulticastRTP/basic/{address}:{port}//{options}", leg.id)

    def _ringing(self) -> list[Leg]:
        return [leg for leg in self.legs if leg.state is LegState.RINGING]

    def _count(self, leg: Leg) -> None:
        if leg.endpoint and leg.state is LegState.UP:
            self._numbers.add(leg.number)
