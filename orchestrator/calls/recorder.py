"""Recorder: the recordings of one call, in parts. Asterisk writes them beside its other recordings.

    wanted by a party's setting, or asked for ──> part 1 ──pause──> (nothing) ──resume──> part 2

A part is `<tenant>/<call>-<n>.wav` in Asterisk's folder of recordings, and has the mix of the
bridge. What becomes of a finished part is for `CallPorts.recorded`. Whatever goes wrong is logged:
no call suffers from its recording.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from orchestrator.ari.client import Record
from orchestrator.ari.errors import AriError
from orchestrator.calls.schemas import RecordingState
from orchestrator.calls.waiting import play_on
from orchestrator.people.rules import RecordCalls
from orchestrator.types import TenantId

if TYPE_CHECKING:
    from orchestrator.calls.call import Call
    from orchestrator.calls.leg import Leg

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Recorded:
    """A finished part; times in seconds since the epoch. Its file is closed a moment later."""

    tenant: TenantId
    call: str
    name: str
    started_at: float
    ended_at: float


def keep(part: Recorded) -> None:
    """What happens with a part by default: it stays where it is."""
    log.info("recording-kept", call=part.call, recording=part.name)


class Recorder:
    """Belongs to its call's task. `state` may be read by anybody."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._part = ""
        self._since = 0.0
        self.state = RecordingState.OFF

    def wanted(self, *parties: Leg) -> bool:
        """Whether a party's setting has the conversation recorded from its start."""
        external = any(leg.trunk for leg in parties)
        people = self._call.tenant.people
        found = (people.get(leg.person or "") for leg in parties)
        settings = {person.record_calls for person in found if person}
        return RecordCalls.ALL in settings or (external and RecordCalls.EXTERNAL in settings)

    async def start(self) -> bool:
        """Begin a part; False when Asterisk does not record."""
        call = self._call
        await self._end_adopted()
        name = f"{call.tenant.id}/{call.id}-{len(call.entry.recordings) + 1}"
        try:
            done = await call.ari.record_bridge(call.id, Record(name))
        except AriError as error:
            log.warning("recording-failed", call=call.id, error=str(error))
            return False
        if done:
            self._part, self._since, self.state = name, call.now, RecordingState.ON
            call.entry.recordings.append(name)
            call.ports.journal.record(call.entry)
            await play_on(call)
        return done

    async def stop(self, *, paused: bool = False) -> None:
        """End the part that is being made, if there is one."""
        call, part = self._call, self._part
        self._part = ""
        self.state = RecordingState.PAUSED if paused else RecordingState.OFF
        if not part:
            return
        try:
            await call.ari.stop_recording(part)
            await play_on(call)
        except AriError as error:
            log.warning("recording-not-stopped", call=call.id, error=str(error))
        call.ports.recorded(Recorded(call.tenant.id, call.id, part, self._since, call.now))

    async def _end_adopted(self) -> None:
        """A part that runs since before an adoption ends where the next one begins."""
        call = self._call
        if call.entry.adopted and call.entry.recordings and not self._part:
            self._part, self._since = call.entry.recordings[-1], call.now
            await self.stop()
