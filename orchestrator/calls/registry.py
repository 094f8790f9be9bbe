"""All calls of this node: which call a channel belongs to, and the tasks that own the calls.

The ARI client hands every event to `on_event`, synchronously and in order; it goes into the
mailbox of the call that owns the channel. The first event of an unknown channel begins a call.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable

import structlog

from orchestrator.ari.errors import AriError
from orchestrator.ari.messages import Channel, Event, StasisStart
from orchestrator.calls.admission import admit, endpoint_of
from orchestrator.calls.call import Call
from orchestrator.calls.command import ENDED, Command
from orchestrator.calls.entry import is_page
from orchestrator.calls.executor import LeftForAdoption, execute
from orchestrator.calls.floor import Floor
from orchestrator.calls.leg import Leg, LegEvent, LegState
from orchestrator.calls.messages import Message, Noticed, Surrender
from orchestrator.calls.offer import Offer
from orchestrator.calls.parked import ParkedCalls
from orchestrator.calls.pins import Pins
from orchestrator.calls.ports import CallPorts
from orchestrator.calls.reports import stranger
from orchestrator.calls.rooms import Rooms
from orchestrator.calls.verdict import Cause
from orchestrator.errors import CentraleError
from orchestrator.presence.rules import QUIET, Activity
from orchestrator.types import TenantId
from orchestrator.verbs import Next, StepOutcome

log = structlog.get_logger(__name__)

# More calls at once than one node can carry; beyond it new ones are refused with 503 so that
# those in progress stay good.
MAX_CALLS = 2_000

# How long the log-out of an agent who missed too many calls may take.
_LOG_OUT_SECONDS = 10.0


def _rings_since(call: Call) -> float:
    segment = call.entry.open_segment()
    return segment.started_at if segment else call.entry.started_at


class CallRegistry:
    """Owns every call task of the node. `close()` leaves the calls in Asterisk for adoption."""

    def __init__(self, ports: CallPorts) -> None:
        self.ports = ports
        self.rooms = Rooms(ports.ari)
        self.pins = Pins(ports.clock)
        self._by_channel: dict[str, Call] = {}
        self._calls: dict[str, Call] = {}
        self._of_tenant: Counter[TenantId] = Counter()
        # Legs of each person; those that ended are thrown out when somebody counts.
        self._legs_of: dict[str, dict[str, Leg]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.parked = ParkedCalls(ports.parked)
        self.floor = Floor(ports.plan, ports.clock, self, self._log_out_of_queues)

    # -- events ------------------------------------------------------------------------------

    def on_event(self, event: Event) -> None:
        """Take one event. Never waits, never raises."""
        channel_id = event.channel_id
        call = self._by_channel.get(channel_id) if channel_id else None
        if call is not None:
            self._deliver(call, event)
        elif isinstance(event, StasisStart):
            self._arrived(event.channel)

    def _deliver(self, call: Call, message: Message) -> None:
        if not call.mailbox.put(message):
            # The owner does not read: it hangs, or somebody floods it. Ending the call is
            # better than a call that nobody steers.
            log.error("mailbox-full", call=call.id)
            self._own(self._reap(call.id, Cause.INTERWORKING), f"reap {call.id}")

    def _arrived(self, channel: Channel) -> None:
        """A channel entered the application that belongs to no call: a new caller, or a stray."""
        if "~" in channel.id:
            # A leg of ours that answered in the moment in which its call ended.
            self._own(self._reap(channel.id, Cause.NORMAL), f"reap {channel.id}")
            return
        if len(self._calls) >= MAX_CALLS:
            log.warning("node-full", calls=len(self._calls))
            self._own(self._reap(channel.id, Cause.CONGESTION), f"refuse {channel.id}")
            return
        self.admit(channel)

    def admit(self, channel: Channel) -> None:
        """Begin the call of a caller who just arrived, or who waits since before a restart."""
        plan = self.ports.plan()
        tenant = plan.tenant_of_endpoint(endpoint_of(channel.name))
        calls = self._of_tenant[tenant] if tenant else 0
        admitted = admit(plan, channel, self.ports.clock.now(), self, calls)
        if admitted is None:
            log.warning("endpoint-unknown", channel=channel.name)
            self.ports.post(stranger(endpoint_of(channel.name), channel.dialplan.exten))
            self._own(self._reap(channel.id, Cause.REJECTED), f"refuse {channel.id}")
            return
        call = Call(channel.id, admitted.tenant, admitted.caller, admitted.entry, self)
        self.start(call, Next(admitted.decision))

    # -- calls -------------------------------------------------------------------------------

    def start(self, call: Call, first: StepOutcome) -> None:
        """Give `call` its task, beginning with `first`."""
        self._calls[call.id] = call
        self._of_tenant[call.tenant.id] += 1
        for channel_id in call.legs:
            self.bind(channel_id, call)
        self._own(self._run(call, first), f"call {call.id}")

    async def _run(self, call: Call, first: StepOutcome) -> None:
        try:
            await execute(call, first)
        except LeftForAdoption:
            log.warning("call-left-for-adoption", call=call.id)
        finally:
            self.forget(call)

    def bind(self, channel_id: str, call: Call) -> None:
        """From now on events of `channel_id` go to `call`."""
        self._by_channel[channel_id] = call
        leg = call.legs.get(channel_id)
        if leg is not None and leg.person:
            self._legs_of.setdefault(leg.person, {})[channel_id] = leg
            leg.changed = self._stirred
            leg.changed(leg.person)

    def unbind(self, leg: Leg) -> None:
        """Forget a leg that is gone, while its call goes on."""
        self._by_channel.pop(leg.id, None)
        self._forget_leg(leg)

    def _stirred(self, person: str) -> None:
        """The legs of `person` changed: who shows it is told, and who waits for it."""
        self.ports.stirred(person)
        self.floor.stirred(person)

    def forget(self, call: Call) -> None:
        """Take `call` out: no event reaches it any more. May be repeated."""
        if self._calls.pop(call.id, None) is None:
            return
        self._of_tenant[call.tenant.id] -= 1
        self.parked.leave(call)
        for channel_id, owner in [(c, self._by_channel.get(c)) for c in call.legs]:
            if owner is call:
                del self._by_channel[channel_id]
                self._forget_leg(call.legs[channel_id])
        while (message := call.mailbox.take_now()) is not None:
            if isinstance(message, Surrender):
                message.answer(None)
            elif isinstance(message, Command):
                message.refuse(ENDED)
            elif isinstance(message, Offer):
                message.refuse()
            elif isinstance(message, Event) and message.channel_id in self._by_channel:
                # The leg was given to another call before this one read what had come for it.
                self._deliver(self._by_channel[message.channel_id], message)

    def _forget_leg(self, leg: Leg) -> None:
        legs = self._legs_of.get(leg.person or "")
        if legs is not None and legs.pop(leg.id, leg) and not legs:
            del self._legs_of[leg.person or ""]
        if leg.person:
            leg.changed(leg.person)

    def noticed(self, channel_id: str, event: LegEvent) -> None:
        """Something happened to a channel without an event that reached us: tell its call."""
        call = self._by_channel.get(channel_id)
        if call is not None:
            self._deliver(call, Noticed(channel_id, event))

    def find(self, channel_id: str) -> Call | None:
        """The call that owns `channel_id`."""
        return self._by_channel.get(channel_id)

    def get(self, call_id: str) -> Call | None:
        return self._calls.get(call_id)

    def calls(self) -> list[Call]:
        return list(self._calls.values())

    def calls_in(self, tenant: TenantId) -> int:
        """How many calls of `tenant` are going on."""
        return self._of_tenant[tenant]

    def paged(self) -> frozenset[str]:
        """The people whose phones play a page."""
        owners = self.ports.plan().endpoints
        pages = (call for call in self._calls.values() if is_page(call.entry))
        return frozenset(
            owner.ref
            for call in pages
            for leg in call.legs.values()
            if leg.alive and leg is not call.caller and (owner := owners.get(leg.endpoint))
        )

    def trunk_calls(self, trunk: str) -> int:
        """How many living legs run over `trunk` now."""
        return sum(
            1
            for call in self._calls.values()
            for leg in call.legs.values()
            if leg.trunk == trunk and leg.alive
        )

    def trunk_down(self, trunk: str) -> str | None:
        """Why `trunk` takes no calls at present; None: it does."""
        return self.ports.trunk_down(trunk)

    def calls_out_open(self, person: str) -> bool:
        """Whether `person` keyed in the PIN a short time ago."""
        return self.pins.calls_out_open(person)

    def calls_of(self, person: str) -> int:
        """How many living legs the devices of `person` have now."""
        legs = self._legs_of.get(person)
        if legs is None:
            return 0
        for gone in [leg_id for leg_id, leg in legs.items() if not leg.alive]:
            del legs[gone]
        if not legs:
            del self._legs_of[person]
        return len(legs)

    def ringing(self, people: Iterable[str]) -> list[Call]:
        """The calls that ring at any of these people, the one that rings longest first."""
        found: dict[str, Call] = {}
        for person in people:
            for leg in self._legs_of.get(person, {}).values():
                call = self._by_channel.get(leg.id)
                if call and leg is not call.caller and leg.state is LegState.RINGING:
                    found[call.id] = call
        return sorted(found.values(), key=_rings_since)

    def activity_of(self, person: str) -> Activity:
        """What the phones of `person` do now, for lamps and colleagues."""
        legs = [leg for leg in self._legs_of.get(person, {}).values() if leg.alive]
        if not legs:
            return QUIET
        ringing = sum(leg.state is LegState.RINGING and "~" in leg.id for leg in legs)
        held = sum(leg.held and leg.state is LegState.UP for leg in legs)
        entries = [call.entry for leg in legs if (call := self._by_channel.get(leg.id))]
        since = min((e.answered_at or e.started_at for e in entries), default=None)
        return Activity(ringing, len(legs) - ringing - held, held, since)

    async def surrendered(self, request: Surrender, timeout: float) -> Leg | None:
        """The leg that another call gives for `request`; None when it does not in time."""
        try:
            return await asyncio.wait_for(request.reply, timeout)
        except TimeoutError:
            return None

    # -- queues ------------------------------------------------------------------------------

    def _log_out_of_queues(self, tenant: TenantId, person: str) -> None:
        self._own(self._logged_out(tenant, person), f"log out {person}")

    async def _logged_out(self, tenant: TenantId, person: str) -> None:
        try:
            async with asyncio.timeout(_LOG_OUT_SECONDS):
                await self.ports.features.set_queues(tenant, person, logged_in=False)
        except (CentraleError, TimeoutError) as error:
            log.warning("agent-not-logged-out", person=person, error=str(error))

    # -- tasks -------------------------------------------------------------------------------

    async def _reap(self, channel_id: str, cause: Cause) -> None:
        try:
            await self.ports.ari.hangup(channel_id, cause)
        except AriError as error:
            log.warning("reap-failed", channel=channel_id, error=str(error))

    def _own(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def ended(self, seconds: float) -> None:
        """Wait up to `seconds` for all calls to end by themselves."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def close(self) -> None:
        """Stop steering: cancel every task. Channels and journal entries stay open."""
        self.floor.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
