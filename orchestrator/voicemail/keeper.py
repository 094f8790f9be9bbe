"""The keeper: carries what callers left from Asterisk into their boxes.

    beep: note on disk ──over──> fetched ──> checked ──> media store ──> database ──> mail, lamps
                                                │
                                                └── too short, silent, box gone: deleted

A note goes last, so a crash at any point repeats a step that does no harm; a database that is away
holds everything up and loses nothing.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from orchestrator.ari.client import AriClient
from orchestrator.ari.errors import AriError, NotFound
from orchestrator.ari.recordings import StoredRecordings
from orchestrator.clock import Clock
from orchestrator.errors import CentraleError, Unavailable
from orchestrator.mail.mailer import Mailer
from orchestrator.media import MediaStore
from orchestrator.routing.plan import Plan
from orchestrator.types import TenantId
from orchestrator.voicemail.counts import BoxCounts
from orchestrator.voicemail.files import AREA
from orchestrator.voicemail.mails import message_mails
from orchestrator.voicemail.notes import Notes
from orchestrator.voicemail.rules import Note
from orchestrator.voicemail.sound import Sound, look
from orchestrator.voicemail.store import MessageStore

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
"""After this time notes that could not be carried are looked at again."""
LATE_SECONDS = 0.2
"""A caller who hung up has ended the recording within this time."""
UPKEEP_SECONDS = 3600.0
SWEPT_AFTER_SECONDS = 86_400.0
MAX_RUBBISH = 10_000
"""Messages and recordings that wait to be deleted."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the keeper works with. `alive` says whether a call (id) is steered."""

    ari: AriClient
    recordings: StoredRecordings
    media: MediaStore
    mailer: Mailer
    clock: Clock
    plan: Callable[[], Plan]
    alive: Callable[[str], bool]


class MessageKeeper:
    """The `MessageTaker` of calls (`calls/mailboxes.py`); `run()` is a task of `bootstrap.py`."""

    def __init__(
        self, folder: Path, store: MessageStore, counts: BoxCounts, around: Surroundings
    ) -> None:
        self._notes = Notes(folder)
        self._folder = folder
        self._store = store
        self._counts = counts
        self._around = around
        self._finished: set[str] = set()
        self._taken_back: deque[str] = deque(maxlen=MAX_RUBBISH)
        self._heard: deque[tuple[TenantId, str]] = deque(maxlen=MAX_RUBBISH)
        self._unwanted: deque[tuple[TenantId, str]] = deque(maxlen=MAX_RUBBISH)
        self._wake = asyncio.Event()
        self._upkeep_at = 0.0

    # -- for calls ---------------------------------------------------------------------------

    def full(self, tenant: TenantId) -> bool:
        return self._counts.full(tenant)

    def begin(self, note: Note) -> bool:
        return self._notes.add(note)

    def finish(self, note: Note) -> None:
        self._finished.add(note.id)
        self._wake.set()

    def drop(self, note: Note) -> None:
        self._notes.drop(note)
        self._taken_back.append(note.recording)
        self._wake.set()

    def under_way(self, call: str) -> Note | None:
        return self._notes.of_call(call)

    def heard(self, tenant: TenantId, message: str) -> None:
        self._heard.append((tenant, message))
        self._wake.set()

    def discard(self, tenant: TenantId, message: str) -> None:
        self._unwanted.append((tenant, message))
        self._wake.set()

    # -- the task ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Carry what is ready, delete what is not wanted, for ever."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._work()
            except (CentraleError, AriError, OSError) as error:
                log.warning("voicemail-waits", error=str(error))
                await asyncio.sleep(LOOK_SECONDS)

    async def _work(self) -> None:
        around = self._around
        if not around.ari.connected:
            return
        while self._taken_back:
            await around.ari.delete_recording(self._taken_back[0])
            self._taken_back.popleft()
        for note in self._notes.all():
            if note.id in self._finished or not around.alive(note.call):
                await self._try_to_carry(note)
        await self._change_messages()
        if around.clock.monotonic() >= self._upkeep_at:
            await self._keep_up()
            self._upkeep_at = around.clock.monotonic() + UPKEEP_SECONDS

    async def _try_to_carry(self, note: Note) -> None:
        """A message that something is wrong with must not hold up the others."""
        try:
            await self._carry(note)
        except (CentraleError, AriError, OSError) as error:
            log.warning("voicemail-waits", message=note.id, error=str(error))

    async def _carry(self, note: Note) -> None:
        """One message on its way; it stays where it is when something is in the way."""
        around = self._around
        file = f"{note.tenant}/{AREA}/{note.id}"
        if await around.ari.recording(note.recording) is not None:
            asyncio.get_running_loop().call_later(LATE_SECONDS, self._wake.set)
            return
        sound = await self._fetch(note, file)
        if sound is None:
            await self._forget(note)
            return
        mailing = await self._store.add(note, file, sound.seconds, sound.size)
        if mailing is None:
            log.warning("voicemail-box-gone", message=note.id, tenant=note.tenant)
            await around.media.remove(file)
        elif tenant := around.plan().tenants.get(TenantId(note.tenant)):
            recording = (around.media.path(file), sound.seconds, sound.size)
            mails = message_mails(
                tenant, note, mailing, recording, lambda: self.discard(tenant.id, note.id)
            )
            for mail in mails:
                around.mailer.post(mail)
            log.info("voicemail-kept", message=note.id, tenant=note.tenant, call=note.call)
        await self._forget(note)
        self._counts.stirred(TenantId(note.tenant))

    async def _fetch(self, note: Note, file: str) -> Sound | None:
        """Bring the recording into the media store; None when nothing was said."""
        around, passing = self._around, self._folder / f"{note.id}.wav"
        try:
            await around.recordings.fetch(note.recording, passing)
        except NotFound:
            kept = around.media.path(file)
            # A crash after the recording was deleted, and before the note was.
            return await asyncio.to_thread(look, kept) if kept.exists() else None
        sound = await asyncio.to_thread(look, passing)
        if not sound.spoken or sound.seconds < note.min_seconds:
            log.info("voicemail-not-kept", message=note.id, seconds=round(sound.seconds, 1))
            await asyncio.to_thread(passing.unlink)
            return None
        await around.media.keep(passing, file)
        return sound

    async def _forget(self, note: Note) -> None:
        await self._around.ari.delete_recording(note.recording)
        self._notes.drop(note)
        self._finished.discard(note.id)

    async def _change_messages(self) -> None:
        """What was heard, and what was deleted, in boxes that were opened by telephone."""
        while self._heard:
            tenant, message = self._heard[0]
            await self._store.heard(tenant, [message], self._around.clock.now())
            self._heard.popleft()
            self._counts.stirred(tenant)
        while self._unwanted:
            tenant, message = self._unwanted[0]
            await self._throw_away(await self._store.remove(tenant, [message]))
            self._unwanted.popleft()
            self._counts.stirred(tenant)

    async def _keep_up(self) -> None:
        """Delete what is older than the tenants keep."""
        now = self._around.clock.now()
        for tenant in list(self._around.plan().tenants.values()):
            days = tenant.options.voicemail.keep_days
            if not days:
                continue
            gone = await self._store.remove_older(tenant.id, now - timedelta(days=days))
            await self._throw_away(gone)
            if gone:
                log.info("voicemail-expired", tenant=tenant.id, messages=len(gone))
                self._counts.stirred(tenant.id)
        for tenant in list(self._around.plan().tenants.values()):
            await self._sweep(tenant.id)

    async def _sweep(self, tenant: TenantId) -> None:
        """Delete sounds that no row names any more: their user was deleted. What is younger than a
        day may be on its way into a row."""
        folder = self._around.media.root / tenant / AREA
        before = self._around.clock.now().timestamp() - SWEPT_AFTER_SECONDS
        old = await asyncio.to_thread(_older, folder, before)
        if old:
            named = await self._store.files_of(tenant)
            found = {f"{tenant}/{AREA}/{name}" for name in old}
            await self._throw_away(sorted(found - named))

    async def _throw_away(self, files: list[str]) -> None:
        for file in files:
            try:
                await self._around.media.remove(file)
            except (OSError, Unavailable) as error:
                log.warning("voicemail-file-not-removed", file=file, error=str(error))


def _older(folder: Path, before: float) -> set[str]:
    """The names of sounds in `folder` that were last written before that time. Blocks."""
    if not folder.is_dir():
        return set()
    return {path.stem for path in folder.glob("*.wav") if path.stat().st_mtime < before}
