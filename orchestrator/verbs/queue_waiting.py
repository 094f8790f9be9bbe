"""Waiting: what a caller hears in a queue, and what happens with time.

    greeting ──> music ──announcement due──> place, wait, comfort prompt ──> music ──> ...

An announcement takes the place of the music while it is spoken. Agents' phones ring meanwhile, and
an answer ends whatever is heard.
"""

import math

from orchestrator.ari.messages import PlaybackFinished
from orchestrator.calls.call import Call
from orchestrator.calls.messages import Message
from orchestrator.calls.places import Place
from orchestrator.calls.reports import sla_breached
from orchestrator.queues.announcements import said
from orchestrator.routing.music import music_of
from orchestrator.routing.plan import QueueLine
from orchestrator.verbs.speech import begin

# How long nothing may be heard of a prompt before we ask whether it still plays.
_ASKING_SECONDS = 5.0


class Waiting:
    """The wait of one caller. Times are seconds of the monotonic clock."""

    def __init__(self, call: Call, queue: QueueLine, place: Place) -> None:
        self._call = call
        self._queue = queue
        self._place = place
        self._playing = ""
        self._asks_at = math.inf
        self._comforted = 0
        now, waited = self._now, max(call.now - place.since, 0.0)
        spoken = queue.announce_position or queue.announce_wait
        self._announces_at = now + queue.announce_seconds if spoken else math.inf
        self._comforts_at = now + queue.comfort_seconds if queue.comfort_prompts else math.inf
        self._ends_at = _at(now, queue.max_wait_seconds, waited)
        self._late_at = _at(now, queue.sla_seconds, waited)
        if waited > queue.sla_seconds:
            # It was reported before a restart.
            self._late_at = math.inf

    @property
    def too_long(self) -> bool:
        """Whether the caller has waited as long as anybody may."""
        return self._now >= self._ends_at

    @property
    def patience(self) -> float:
        """Seconds until something is due."""
        due = [self._ends_at, self._late_at]
        due += [self._asks_at] if self._playing else [self._announces_at, self._comforts_at]
        return max(min(due) - self._now, 0.0)

    async def begin(self, greeting: str | None) -> None:
        """Say the greeting, then play music."""
        if greeting:
            await self._say((greeting,))
        else:
            await self._music()

    async def go_on(self) -> None:
        """Do what is due."""
        now = self._now
        if now >= self._late_at:
            self._late_at = math.inf
            self._report()
        if self._playing:
            if now >= self._asks_at:
                await self._ask()
        elif prompts := self._due(now):
            await self._say(prompts)

    async def heard(self, message: Message | None) -> None:
        """Music again once a prompt is over."""
        if isinstance(message, PlaybackFinished) and message.playback.id == self._playing:
            await self._music()

    async def stop(self) -> None:
        """Let the caller hear nothing more of the queue."""
        if self._playing:
            await self._call.ari.stop_playback(self._playing)
            self._playing = ""
        await self._call.stop_music()

    def _due(self, now: float) -> tuple[str, ...]:
        queue, floor = self._queue, self._call.registry.floor
        prompts: tuple[str, ...] = ()
        if now >= self._announces_at:
            self._announces_at = now + queue.announce_seconds
            position = floor.position(self._place) if queue.announce_position else 0
            seconds = floor.expected_wait(self._place) if queue.announce_wait else 0
            prompts += said(position, seconds, self._call.language)
        if now >= self._comforts_at:
            self._comforts_at = now + queue.comfort_seconds
            prompts += (queue.comfort_prompts[self._comforted % len(queue.comfort_prompts)],)
            self._comforted += 1
        return prompts

    async def _say(self, prompts: tuple[str, ...]) -> None:
        await self._call.stop_music()
        self._playing = self._call.new_playback_id()
        self._asks_at = self._now + _ASKING_SECONDS
        await begin(self._call, prompts, self._playing)

    async def _ask(self) -> None:
        """The event that told of the end may have been lost with a connection."""
        self._asks_at = self._now + _ASKING_SECONDS
        if await self._call.ari.playback(self._playing) is None:
            await self._music()

    async def _music(self) -> None:
        self._playing = ""
        queue, tenant = self._queue, self._call.tenant
        await self._call.play_music(music_of(tenant, queue.department, queue.music))

    def _report(self) -> None:
        call, floor = self._call, self._call.registry.floor
        waiting = len(floor.callers(self._place.tenant, self._queue.id))
        talking = floor.talking(self._queue.id)
        waited = round(call.now - self._place.since)
        call.ports.post(sla_breached(call.entry, self._queue, waiting, talking, waited))

    @property
    def _now(self) -> float:
        return self._call.ports.clock.monotonic()


def _at(now: float, seconds: int, waited: float) -> float:
    """When `seconds` of a wait are over of which `waited` have passed; 0: never."""
    return now + max(seconds - waited, 0.0) if seconds else math.inf
