"""A call as its verbs see it: legs, a bridge, and the events that come.

Only the task that owns the call (`calls/executor.py`) uses these methods; nobody else sends
commands for its channels. Ids carry the relation, so that a restarted orchestrator can tell
what belongs together without having stored anything:

    call id          the unique id of the first channel       node1-1732345.12
    further legs     <call id>~<n>                            node1-1732345.12~1
    its bridge       <call id>
    its playbacks    <call id>!<n>
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING

from orchestrator.ari.messages import (
    ChannelDestroyed,
    ChannelHold,
    ChannelStateChange,
    ChannelTransfer,
    ChannelUnhold,
    StasisEnd,
    StasisStart,
)
from orchestrator.calls.command import Command, steer
from orchestrator.calls.entry import CallEntry, Segment
from orchestrator.calls.leg import Leg, LegEvent, LegState
from orchestrator.calls.mailbox import Mailbox
from orchestrator.calls.messages import Dismiss, Message, Noticed
from orchestrator.calls.recorder import Recorder
from orchestrator.calls.verdict import Cause, Reason
from orchestrator.calls.waiting import taken_back
from orchestrator.routing.facts import Facts
from orchestrator.routing.inbound import as_it_came
from orchestrator.routing.music import music_of
from orchestrator.routing.plan import TenantPlan

if TYPE_CHECKING:
    from orchestrator.calls.registry import CallRegistry


class CallerGone(Exception):
    """The caller hung up. Ends the verb wherever it waits; caught once, in the executor."""


def playback_of(call_id: str, number: int) -> str:
    """The id of a playback of a call."""
    return f"{call_id}!{number}"


class Call:
    """One call. `caller` is the leg on whose behalf steps are taken."""

    def __init__(
        self,
        id: str,  # noqa: A002
        tenant: TenantPlan,
        caller: Leg,
        entry: CallEntry,
        registry: CallRegistry,
    ) -> None:
        self.id = id
        self._tenant = tenant
        self.caller = caller
        self.entry = entry
        self.registry = registry
        self.ports = registry.ports
        self.ari = registry.ports.ari
        self.mailbox: Mailbox[Message] = Mailbox()
        self.legs: dict[str, Leg] = {caller.id: caller}
        self.bridged: set[str] = set()
        self.partner: Leg | None = None
        """Who the caller talks with; None as long as the call is on its way to somebody."""
        self.recorder = Recorder(self)
        self.ringing = False
        self.hears_music = False
        """The caller hears music in place of ringing."""
        self._sequence = 0
        self._has_bridge = False
        self._shown = ""
        self._kept_music = ""
        self._early: dict[str, ChannelTransfer] = {}

    @property
    def tenant(self) -> TenantPlan:
        """The tenant as it is now; as it was when the call began if it is gone meanwhile."""
        return self.ports.plan().tenants.get(self._tenant.id, self._tenant)

    @property
    def facts(self) -> Facts:
        """What decisions of this moment are made from, on behalf of the caller."""
        tenant, caller = self.tenant, self.caller
        facts = Facts(
            tenant,
            self.ports.clock.now(),
            caller=caller.number,
            name=caller.name,
            person=tenant.people.get(caller.person or ""),
            hot_desk=tenant.hot_desks.get(caller.endpoint),
            trunk=tenant.trunks.get(caller.trunk or ""),
            live=self.registry,
            tried=self.entry.tried,
        )
        return as_it_came(facts, self.entry.dialled)

    @property
    def music(self) -> str:
        """The class of music that a party of this call hears while waiting: that of the queue that
        brought the call, of the department of the last person who had it, or of the tenant."""
        tenant = self.tenant
        queue = tenant.queues.get(self.entry.last_queue())
        if queue is not None:
            return music_of(tenant, queue.department, queue.music)
        person = tenant.people.get(self.entry.last_person() or self.caller.person or "")
        return music_of(tenant, person.department if person else None)

    @property
    def language(self) -> str:
        """What the caller is spoken to in; a department or an IVR on the way may change it."""
        return self.language_of(self.caller)

    @language.setter
    def language(self, language: str) -> None:
        self.caller.language = language

    def language_of(self, leg: Leg) -> str:
        """What the party behind `leg` is spoken to in: what a menu chose, its own, the tenant's."""
        person = self.tenant.people.get(leg.person or "")
        return leg.language or (person.language if person else self.tenant.language)

    # -- events ------------------------------------------------------------------------------

    async def next(self, timeout: float | None = None) -> Message | None:
        """The next message, already applied to the legs; None when `timeout` seconds passed.

        Raises CallerGone when the caller's channel ended, and Steered when a command ends the
        present step.
        """
        message = await self._take(timeout)
        if isinstance(message, StasisStart | ChannelStateChange):
            self._see(message)
        elif isinstance(message, ChannelDestroyed):
            self.lose(message.channel.id, message.cause)
        elif isinstance(message, StasisEnd):
            self._left_us(message.channel.id)
        elif isinstance(message, Noticed):
            self._notice(message)
        elif isinstance(message, ChannelHold | ChannelUnhold) and (
            leg := self.legs.get(message.channel.id)
        ):
            leg.hold(isinstance(message, ChannelHold))
            if not leg.held:
                await taken_back(self, leg)
        elif isinstance(message, ChannelTransfer) and self.partner is None:
            await self._asked_early(message)
        if isinstance(message, Dismiss) or not self.caller.alive:
            raise CallerGone
        if isinstance(message, Command) and self.partner is None:
            steer(self, message)
        return message

    async def _asked_early(self, message: ChannelTransfer) -> None:
        """A phone hands the call on that is no conversation. One that has just answered is heard
        once it is connected, its last word alone; a caller who is alone has nobody to hand on."""
        if message.channel_id == self.caller.id:
            await self.ari.transfer_progress(self.caller.id, "channel_declined")
        else:
            self._early[message.channel_id] = message

    async def _take(self, timeout: float | None) -> Message | None:
        """The mailbox's next message, looking after the channels when nothing comes."""
        remaining = timeout
        while True:
            patience = self.ports.sanity_seconds
            if remaining is not None:
                patience = min(patience, remaining)
            message = await self.mailbox.take(patience)
            if message is not None:
                return message
            if remaining is not None:
                remaining -= patience
                if remaining <= 0:
                    return None
            missing = await self._missing()
            if missing is not None:
                return missing

    async def _missing(self) -> Noticed | None:
        """A channel that ended without telling us (its event was lost), if there is one."""
        for leg in [leg for leg in self.legs.values() if leg.alive]:
            if await self.ari.channel(leg.id) is None:
                return Noticed(leg.id, LegEvent.GONE)
        return None

    def _see(self, message: StasisStart | ChannelStateChange) -> None:
        """A leg counts as answered when it is up and ours: the two come in either order."""
        leg = self.legs.get(message.channel.id)
        if leg is not None:
            leg.ours |= isinstance(message, StasisStart)
            if leg.ours and message.channel.state == "Up":
                leg.apply(LegEvent.ANSWERED)

    def _notice(self, message: Noticed) -> None:
        if message.event is LegEvent.GONE:
            self.lose(message.channel, Cause.UNKNOWN)
        elif leg := self.legs.get(message.channel):
            leg.apply(message.event)

    def _left_us(self, channel_id: str) -> None:
        """Take a StasisEnd: all that tells us of a caller who hangs up, for Asterisk sends
        ChannelDestroyed only for channels that we made, or that are in a bridge of ours.

        Of a leg that we made and that was not answered it does not say why: the
        ChannelDestroyed that follows has the cause.
        """
        leg = self.legs.get(channel_id)
        if leg is None or leg.state is LegState.UP or "~" not in channel_id:
            self.lose(channel_id, Cause.NORMAL)

    def lose(self, channel_id: str, cause: int) -> None:
        """Note that a channel is gone."""
        leg = self.legs.get(channel_id)
        if leg is not None and leg.apply(LegEvent.GONE):
            leg.cause = cause
        self.bridged.discard(channel_id)

    # -- commands ----------------------------------------------------------------------------

    def new_leg_id(self) -> str:
        self._sequence += 1
        return f"{self.id}~{self._sequence}"

    def new_playback_id(self) -> str:
        self._sequence += 1
        return playback_of(self.id, self._sequence)

    def skip_to(self, sequence: int) -> None:
        """After adoption: number on behind the ids that are in use."""
        self._sequence = max(self._sequence, sequence)

    def add_leg(self, leg: Leg) -> None:
        self.legs[leg.id] = leg
        self.registry.bind(leg.id, self)

    def give_leg(self, channel_id: str) -> Leg | None:
        """Let go of a living leg that is answered, for another call to take."""
        leg = self.legs.get(channel_id)
        if leg is None or leg.state is not LegState.UP:
            return None
        del self.legs[channel_id]
        self.bridged.discard(channel_id)
        return leg

    async def ring_caller(self, callee: Leg | None = None) -> None:
        """Tell the caller that it rings, and where; once, and not to one who hears music."""
        if not self.ringing and not self.hears_music:
            self.ringing = True
            shown = self._show(callee) if callee else []
            rung = self.ari.ring(self.caller.id)
            for step in (*shown, rung):
                await step

    def _show(self, other: Leg) -> list[Awaitable[object]]:
        """Have the caller's phone, which rings, show whom it reaches with the next answer it gets.

        So 180 and 200 bear the name already, and no UPDATE needs to follow. A caller of the
        outside world is not told our names and numbers.
        """
        same = self._shown == other.identity
        if same or self.caller.trunk or self.caller.state is not LegState.RINGING:
            return []
        self._shown = other.identity
        return [self.ari.set_variable(self.caller.id, "CONNECTEDLINE(all,i)", other.identity)]

    async def play_music(self, playlist: str) -> None:
        """Let the caller, who is answered, wait with music."""
        if self.ringing:
            self.ringing = False
            await self.ari.stop_ring(self.caller.id)
        self.hears_music = True
        await self.ari.moh_start(self.caller.id, playlist)

    async def keep_music(self, playlist: str) -> None:
        """Have the caller hear `playlist` whenever a telephone holds the call; "" as usual."""
        if playlist != self._kept_music:
            self._kept_music = playlist
            await self.ari.set_variable(self.caller.id, "CHANNEL(musicclass)", playlist)

    async def stop_music(self) -> None:
        if self.hears_music:
            self.hears_music = False
            await self.ari.moh_stop(self.caller.id)

    async def connect(self, other: Leg) -> bool:
        """Bridge the caller with `other`; False when either went away meanwhile.

        The requests go out in one burst: Asterisk handles those of one socket in order, so the
        caller hears the other after one round trip. The answer is noted first: a crash in
        between must not turn a call that somebody pays for into an abandoned one.
        """
        self.answered()
        caller = self.caller
        steps = self._show(other)
        answering = caller.state is LegState.RINGING
        answer: Awaitable[bool] | None = None
        if answering:
            answer = self.ari.answer(caller.id)
            steps.append(answer)
        elif self.ringing:
            steps.append(self.ari.stop_ring(caller.id))
        elif self.hears_music:
            steps.append(self.ari.moh_stop(caller.id))
        if not self._has_bridge:
            self._has_bridge = True
            steps.append(self.ari.create_bridge(self.id))
        joining = [leg.id for leg in (caller, other) if leg.id not in self.bridged]
        if joining:
            # The other was told when it rang, maybe with the name of a queue, and keeps that.
            steps.append(self.ari.add_to_bridge(self.id, *joining, tell_identity=False))
        if not answering and not caller.trunk:
            told = self.ari.set_variable(caller.id, "CONNECTEDLINE(all)", other.identity)
            steps.append(told)
        done = [await step for step in steps]
        if answer is not None and await answer:
            caller.apply(LegEvent.ANSWERED)
        if not all(done):
            return False
        self.bridged.update(joining)
        self.ringing = self.hears_music = False
        for early in self._early.values():
            self.mailbox.put(early)
        self._early.clear()
        return True

    def adopt_bridge(self, members: Sequence[str]) -> None:
        """After adoption: the bridge is there and holds `members`."""
        self._has_bridge = True
        self.bridged.update(members)

    async def open_bridge(self, kind: str = "mixing") -> None:
        """Make the bridge before an answer, so that early media can be heard, or others join."""
        if not self._has_bridge:
            self._has_bridge = True
            await self.ari.create_bridge(self.id, kind)

    async def close_bridge(self) -> None:
        """Remove the bridge, if there is one; who is in it stays with us, alone."""
        if self._has_bridge:
            self._has_bridge = False
            self.bridged.clear()
            await self.ari.destroy_bridge(self.id)

    def drop(self, leg: Leg) -> None:
        """Forget a leg that is gone: a caller who waits long has many rung."""
        self.legs.pop(leg.id, None)
        self.registry.unbind(leg)

    async def hang_up(self, leg: Leg, cause: Cause = Cause.NORMAL) -> None:
        """End one leg; nothing happens when it is gone already."""
        if leg.alive:
            self.lose(leg.id, cause)
            await self.ari.hangup(leg.id, cause)

    async def clear(self, cause: Cause) -> None:
        """End everything that is left of the call: all legs, then the bridge."""
        steps: list[Awaitable[bool]] = [
            self.ari.hangup(leg.id, cause) for leg in self.legs.values() if leg.alive
        ]
        if self._has_bridge:
            self._has_bridge = False
            steps.append(self.ari.destroy_bridge(self.id))
        for step in steps:
            await step

    # -- journal -----------------------------------------------------------------------------

    @property
    def now(self) -> float:
        return self.ports.clock.now().timestamp()

    def begin_segment(self, kind: str, ref: str, target: str, by: str = "") -> Segment:
        """Start a step of the journey, and keep it safe from a crash."""
        segment = Segment(self.caller.number, kind, ref, target, self.now, by=by)
        self.entry.segments.append(segment)
        self.entry.sequence = self._sequence
        self.ports.journal.record(self.entry)
        return segment

    def answered(self) -> None:
        """Note that the present step was answered, and keep it safe from a crash."""
        self.entry.answer(self.now)
        self.ports.journal.record(self.entry)

    def end_segment(self, reason: Reason) -> None:
        self.entry.close_segment(self.now, reason)
