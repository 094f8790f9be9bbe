"""Deletes sounds that no table names any more, and all those of tenants that are gone.

Once after the start and then every hour; what is younger than a day stays (`media.py`). The sounds
of voicemail are not looked at here.
"""

import asyncio

import structlog

from orchestrator.db.session import Database
from orchestrator.media import MediaStore
from orchestrator.music.lookup import files_of_music
from orchestrator.music.service import AREA as MUSIC
from orchestrator.prompts.lookup import files_of_prompts
from orchestrator.prompts.service import AREA as PROMPTS
from orchestrator.tenants.lookup import tenant_ids

log = structlog.get_logger(__name__)

EVERY_SECONDS = 3600.0


class MediaSweep:
    """`run()` sweeps for ever."""

    def __init__(self, database: Database, media: MediaStore) -> None:
        self._database = database
        self._media = media

    async def run(self) -> None:
        while True:
            await self.sweep()
            await asyncio.sleep(EVERY_SECONDS)

    async def sweep(self) -> int:
        """Sweep once; how many files and folders that were."""
        async with self._database.reading() as session:
            tenants = await tenant_ids(session)
            named = {
                PROMPTS: await files_of_prompts(session),
                MUSIC: await files_of_music(session),
            }
        swept = 0
        for area, files in named.items():
            swept += await self._media.sweep(tenants, files, area)
        if swept:
            log.info("media-swept", files=swept)
        return swept
