"""Looks after the sounds of tenants: Asterisk knows every playlist, and files that vanish are told.

After each change of the plan, and every minute: a file may be lost without anybody saying so. Calls
ask `media.missing` before they play a prompt; a track that is gone is left out of its playlist.
"""

import asyncio
from collections.abc import Callable, Collection

import structlog

from orchestrator.ari.client import AriClient
from orchestrator.ari.errors import AriError
from orchestrator.asterisk.layout import Layout
from orchestrator.asterisk.music import MODULE, MusicClass, music_text, write_music
from orchestrator.events.rules import Events
from orchestrator.events.service import NewEvent
from orchestrator.media import MediaStore
from orchestrator.routing.plan import Plan, TenantPlan
from orchestrator.types import TenantId

log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0
SETTLE_SECONDS = 0.05
RETRY_SECONDS = 2.0


class SoundWatch:
    """`run()` looks after each change, once at its start, and every minute."""

    def __init__(
        self,
        media: MediaStore,
        layout: Layout,
        ari: AriClient,
        plan: Callable[[], Plan],
        post: Callable[[NewEvent], None],
    ) -> None:
        self._media = media
        self._layout = layout
        self._ari = ari
        self._plan = plan
        self._post = post
        self._changed = asyncio.Event()
        self._unread = False

    def plans_changed(self, tenants: Collection[TenantId]) -> None:
        """Some tenants have a new plan; returns at once."""
        self._changed.set()

    async def run(self) -> None:
        while True:
            self._changed.clear()
            pause = EVERY_SECONDS if await self._look() else RETRY_SECONDS
            try:
                async with asyncio.timeout(pause):
                    await self._changed.wait()
                # Somebody who edits saves several times: one look for all of it.
                await asyncio.sleep(SETTLE_SECONDS)
            except TimeoutError:
                pass

    async def _look(self) -> bool:
        """Look once; False when Asterisk could not be told."""
        tenants = list(self._plan().tenants.values())
        missing, changed = await asyncio.to_thread(self._compare, tenants)
        for tenant in tenants:
            for file, what in _sounds(tenant):
                if file in missing and file not in self._media.missing:
                    text = f"The file of {what} is gone; callers hear something else."
                    self._post(NewEvent(Events.SOUND_MISSING, text, tenant=tenant.id))
        self._media.missing = missing
        self._unread |= changed
        if self._unread:
            try:
                await self._ari.reload_module(MODULE)
                self._unread = False
            except AriError as error:
                log.warning("music-not-reloaded", error=str(error))
        return not self._unread

    def _compare(self, tenants: Collection[TenantPlan]) -> tuple[frozenset[str], bool]:
        """Which files are missing, and whether the file of playlists is a new one."""
        media = self._media
        missing = frozenset(
            file
            for tenant in tenants
            for file, _ in _sounds(tenant)
            if not media.path(file).is_file()
        )
        classes = [
            MusicClass(
                line.id,
                tuple(media.root / file for file in line.files if file not in missing),
                line.shuffle,
            )
            for tenant in tenants
            for line in tenant.playlists.values()
        ]
        return missing, write_music(self._layout, music_text(classes))


def _sounds(tenant: TenantPlan) -> list[tuple[str, str]]:
    """File and readable name of everything that a tenant brought."""
    prompts = [(line.file, f"prompt {line.name}") for line in tenant.prompts.values()]
    tracks = [
        (file, "a track of music on hold")
        for line in tenant.playlists.values()
        for file in line.files
    ]
    return prompts + tracks
