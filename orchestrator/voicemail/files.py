"""The files of voicemail, as its services need them; `orchestrator/media.py` keeps them."""

import asyncio
import shutil
from pathlib import Path
from typing import Protocol

from orchestrator.types import TenantId

AREA = "voicemail"
"""The folder of a tenant's greetings and messages in the media store."""


class Files(Protocol):
    """Files below a folder, by names without an ending. Nothing here blocks the event loop."""

    root: Path

    def path(self, file: str) -> Path:
        """Where the sound `file` lies."""

    def new(self, tenant: TenantId, area: str) -> str:
        """A name that no file has."""

    async def keep(self, source: Path, file: str) -> int:
        """Move `source` to `file`; its size. Raises Unavailable when the disk has no room."""

    async def remove(self, file: str) -> None:
        """Delete the sound; nothing happens when it is gone."""


async def duplicate(files: Files, file: str, tenant: TenantId) -> str:
    """Another file of `tenant` with the same sound. Raises Unavailable, FileNotFoundError."""
    copy = files.new(tenant, AREA)
    source = files.path(file)
    passing = source.with_name(f"{copy.rpartition('/')[2]}.copy")
    await asyncio.to_thread(shutil.copyfile, source, passing)
    await files.keep(passing, copy)
    return copy
