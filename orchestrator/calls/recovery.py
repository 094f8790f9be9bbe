"""Recovery: after every connection to Asterisk, make what we believe equal to what is there.

    what is there                            what becomes of it
    ---------------------------------------  ---------------------------------------------------
    a bridge with two legs                   adopted: the conversation is steered again
    a caller who waits, ringing legs or not  adopted: routed again, legs that ring are kept
    a parked caller                          parked again
    a bridge with one leg left               its counterpart hung up meanwhile: ended
    a member of a conference room            adopted: stays in the room
    a page, its pager being there            adopted: goes on, nobody is called again
    a leg without caller or bridge           ended
    an empty bridge of ours                  removed
    an open journal entry without channels   closed: the call ended while nobody watched
    a call of ours whose channels are gone   told so, as if the event had come

Nothing here reads channel variables: the ids carry the relation (`calls/call.py`), the spool
and the read model give the rest. `sort()` is pure; `Recovery` carries it out.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field

import structlog

from orchestrator.ari.client import AriClient
from orchestrator.ari.errors import AriError
from orchestrator.ari.messages import Bridge, Channel, Event
from orchestrator.calls.admission import endpoint_of
from orchestrator.calls.adoption import (
    adopt_bridged,
    adopt_member,
    adopt_page,
    adopt_waiting,
    is_parked,
)
from orchestrator.calls.call import Call, playback_of
from orchestrator.calls.entry import RECORDING, CallEntry, is_page
from orchestrator.calls.leg import Leg, LegEvent, LegState
from orchestrator.calls.prompt_keeper import recording_of
from orchestrator.calls.registry import CallRegistry
from orchestrator.calls.rooms import room_with
from orchestrator.calls.spool import Spool
from orchestrator.calls.verdict import Cause, Outcome, Reason
from orchestrator.routing.plan import EndpointKind
from orchestrator.verbs import StepOutcome

log = structlog.get_logger(__name__)

APPLICATION = "centrale"

# Prompts of one step that may still play: an IVR says more than one, but seldom more than these.
_MOST_PROMPTS = 16


@dataclass(slots=True)
class Found:
    """What of one call is there: its bridge's members, its caller, its other legs; and the one
    that is in a conference room, `member` of `room`."""

    call_id: str
    caller: Channel | None = None
    legs: list[Channel] = field(default_factory=list)
    bridged: list[Channel] = field(default_factory=list)
    has_bridge: bool = False
    member: Channel | None = None
    room: str = ""

    @property
    def talking(self) -> bool:
        """Two parties are connected and both have answered."""
        return len(self.bridged) == 2 and all(c.state == "Up" for c in self.bridged)

    @property
    def waiting(self) -> Channel | None:
        """The party for whom a counterpart is being looked for, if there is one."""
        if self.caller is not None:
            return self.caller
        if len(self.bridged) == 2:
            # Early media: the one is being dialled, the other waits, answered or not.
            first = next((c for c in self.bridged if c.id == self.call_id), None)
            return first or next((c for c in self.bridged if c.state == "Up"), None)
        if len(self.bridged) == 1 and self.legs:
            return self.bridged[0]
        return None

    @property
    def alone(self) -> Channel | None:
        """The only party that is left, if there is one: of a parked call it waits."""
        there = self.channels()
        return there[0] if len(there) == 1 else None

    def channels(self) -> list[Channel]:
        caller = [self.caller] if self.caller else []
        member = [self.member] if self.member else []
        return list({c.id: c for c in (*caller, *self.legs, *self.bridged, *member)}.values())


def is_ours(channel: Channel) -> bool:
    """A leg we originated, or a channel in our application; not one in the survival dialplan."""
    if "~" in channel.id:
        return True
    plan = channel.dialplan
    return plan.app_name == "Stasis" and plan.app_data.split(",")[0] == APPLICATION


def sort(channels: Iterable[Channel], bridges: Iterable[Bridge]) -> dict[str, Found]:
    """Put channels and bridges together by call. A bridge holds its members, whatever their id:
    an attended transfer brings legs of another call into it."""
    by_id = {channel.id: channel for channel in channels if is_ours(channel)}
    found: dict[str, Found] = {}
    placed: set[str] = set()
    room_of: dict[str, str] = {}
    for bridge in bridges:
        if (room := room_with(bridge.id)) is not None:
            room_of |= dict.fromkeys(bridge.channels, room)
            continue
        members = [by_id[c] for c in bridge.channels if c in by_id]
        entry = found.setdefault(bridge.id, Found(bridge.id))
        entry.has_bridge = True
        entry.bridged = members
        placed.update(member.id for member in members)
    for channel in by_id.values():
        if channel.id in placed:
            continue
        call_id, leg, _ = channel.id.partition("~")
        entry = found.setdefault(call_id, Found(call_id))
        if channel.id in room_of:
            entry.member, entry.room = channel, room_of[channel.id]
        elif leg:
            entry.legs.append(channel)
        else:
            entry.caller = channel
    return found


class Recovery:
    """Stands between the ARI connection and the registry: events pass, connections reconcile.

    `connected` is told of every new connection, once calls are as they are in Asterisk.
    """

    def __init__(
        self,
        ari: AriClient,
        registry: CallRegistry,
        spool: Spool,
        connected: Callable[[], None] = lambda: None,
    ) -> None:
        self._ari = ari
        self._registry = registry
        self._spool = spool
        self._connected = connected
        self.on_event: Callable[[Event], None] = registry.on_event

    async def on_connected(self) -> None:
        await self.reconcile()
        self._connected()

    def on_disconnected(self) -> None:
        if calls := self._registry.calls():
            log.warning("calls-unsteered", calls=len(calls))

    async def reconcile(self) -> None:
        """Make the registry and the journal equal to what Asterisk has."""
        believed = [leg for call in self._registry.calls() for leg in call.legs.values()]
        channels = self._ari.channels()
        bridges = self._ari.bridges()
        there = await channels
        bridges_there = await bridges
        calls_there = sort(there, bridges_there)
        self._tell_news(believed, {channel.id: channel for channel in there})
        unknown = [
            each for each in calls_there.values() if self._registry.get(each.call_id) is None
        ]
        restored = [step for each in unknown if (step := await self._attempt(each))]
        adopted = {channel for call, _ in restored for channel in call.legs}
        await self._registry.rooms.restore(self._rooms(bridges_there, adopted))
        # Together and last: an adopted call must find the connection up when it begins.
        for call, first in restored:
            self._registry.start(call, first)
        closed = self._close_entries()
        if restored or closed:
            log.info("reconciled", adopted=len(restored), closed=closed)

    def _rooms(self, bridges: Iterable[Bridge], adopted: Container[str]) -> dict[str, list[str]]:
        """The conference rooms that are there, with those inside that a call steers."""
        return {
            room: [c for c in bridge.channels if c in adopted or self._registry.find(c)]
            for bridge in bridges
            if (room := room_with(bridge.id)) is not None
        }

    def _tell_news(self, believed: Iterable[Leg], there: Mapping[str, Channel]) -> None:
        """Calls that outlived the connection hear what happened to their legs meanwhile."""
        for leg in believed:
            channel = there.get(leg.id)
            if leg.alive and channel is None:
                self._registry.noticed(leg.id, LegEvent.GONE)
            elif leg.state is LegState.RINGING and channel and channel.state == "Up":
                self._registry.noticed(leg.id, LegEvent.ANSWERED)

    async def _attempt(self, found: Found) -> tuple[Call, StepOutcome] | None:
        """Restore one call; a fault of ours with one must not leave all the others unsteered."""
        try:
            return await self._restore(found)
        except AriError:
            raise
        except Exception:
            log.exception("adoption-crashed", call=found.call_id)
            return None

    async def _restore(self, found: Found) -> tuple[Call, StepOutcome] | None:
        """Rebuild one call with its next step, or end what is left of it."""
        known = self._spool.find_open(found.call_id)
        restored = None
        if known is not None and is_page(known):
            await self._drop_whisper(found)
            restored = adopt_page(found, known, self._registry)
        elif found.member is not None:
            restored = adopt_member(found, found.member, known, self._registry)
        elif found.talking:
            await self._drop_losers(found)
            restored = adopt_bridged(found, known, self._registry)
        elif (waiting := found.waiting or (found.alone if is_parked(known) else None)) is not None:
            await self._drop_early_media(found, waiting)
            await self._drop_unaccepted(found, waiting)
            self._stop_prompts(found, known)
            restored = adopt_waiting(found, waiting, known, self._registry)
        if restored is not None:
            return restored
        for channel in found.channels():
            await self._ari.hangup(channel.id, Cause.NORMAL)
        if found.has_bridge:
            await self._ari.destroy_bridge(found.call_id)
        return None

    async def _drop_losers(self, found: Found) -> None:
        """Devices that still ring for a call that another one has answered, and a caller who was
        held outside of the bridge while those in it consult: nobody would take them back."""
        if found.caller is not None:
            await self._ari.hangup(found.caller.id, Cause.NORMAL)
        while found.legs:
            await self._ari.hangup(found.legs.pop().id, Cause.ANSWERED_ELSEWHERE)

    async def _drop_whisper(self, found: Found) -> None:
        """What the pager was to be told was told or is late."""
        for channel in [c for c in found.legs if c.name.startswith("Snoop/")]:
            await self._ari.hangup(channel.id, Cause.NORMAL)
            found.legs.remove(channel)

    async def _drop_early_media(self, found: Found, waiting: Channel) -> None:
        """A trunk that was being dialled is dialled again: its leg cannot be watched any more
        from where it was, since its ringing and progress have passed."""
        for channel in [c for c in found.bridged if c is not waiting]:
            await self._ari.hangup(channel.id, Cause.NORMAL)
            found.bridged.remove(channel)

    async def _drop_unaccepted(self, found: Found, waiting: Channel) -> None:
        """Mobiles that ring beside the devices, or are asked whether they take the call: nobody
        knows any more what they were asked."""
        owners = self._registry.ports.plan().endpoints
        for channel in [c for c in found.legs if c is not waiting]:
            owner = owners.get(endpoint_of(channel.name))
            if owner is not None and owner.kind is EndpointKind.TRUNK:
                await self._ari.hangup(channel.id, Cause.NORMAL)
                found.legs.remove(channel)

    def _stop_prompts(self, found: Found, known: CallEntry | None) -> None:
        """What still plays to the caller would be heard before the next step, and would make
        Asterisk wait (`ari/occupied.py`). Nobody lists playbacks, but their ids are known to be
        among the next ones."""
        if known is not None and not found.legs:
            for number in range(known.sequence + 1, known.sequence + 1 + _MOST_PROMPTS):
                self._ari.stop_playback(playback_of(known.id, number))

    def _close_entries(self) -> int:
        """End the journal entries of calls that ended while nobody watched."""
        closed = 0
        now = self._registry.ports.clock.now().timestamp()
        for entry in self._spool.open_entries():
            if self._registry.get(entry.id) is None:
                segment = entry.open_segment()
                if segment is not None and segment.target_kind == RECORDING:
                    # What nobody can keep any more must not stay.
                    self._ari.delete_recording(recording_of(entry.id))
                close_unattended(entry, now)
                self._spool.record(entry)
                closed += 1
        return closed


def close_unattended(entry: CallEntry, now: float) -> None:
    """Nobody saw the end, so the end is when we found it gone; the reason says so."""
    outcome = Outcome.ANSWERED if entry.answered_at else Outcome.ABANDONED
    entry.adopted = True
    entry.close(now, outcome, Reason.ENDED_UNATTENDED)
