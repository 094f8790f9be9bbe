"""The media store: sounds that tenants bring or record, as files that Asterisk plays.

    <root>/<tenant>/<area>/<id>.wav         what is played: WAV, PCM 16 bit, 8 kHz, mono
    <root>/<tenant>/<area>/<id>.original    the file as it came in, whatever it is

Tables hold the path below the root without the ending. A file is never written twice: new words
get a new name, since the old file may be playing, and a half-written file is never seen.
"""

import asyncio
import re
import shutil
import time
from collections.abc import Collection
from pathlib import Path

from orchestrator.errors import Unavailable
from orchestrator.types import TenantId, new_id

SOUND = ".wav"
ORIGINAL = ".original"

KEEP_SECONDS = 86_400.0
"""What no table names is deleted when it is older: new words may still be on their way into one,
and old ones may be playing."""

SPARE_BYTES = 500_000_000
"""The disk is full for us when less is free: calls and the database need the rest."""

_INCOMING = "incoming"
_PART = re.compile(r"[A-Za-z0-9_-]{1,64}")


class MediaStore:
    """Files below `root`. Nothing here blocks the event loop."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.missing: frozenset[str] = frozenset()
        """Files that tables name and that are not there (`soundwatch.py`)."""

    def playable(self, file: str) -> str:
        """What Asterisk plays, as ARI names it: no ending, for it chooses the format."""
        return f"sound:{self.root / file}"

    def path(self, file: str, ending: str = SOUND) -> Path:
        """Where `file` of a table lies. Raises ValueError for anything that leaves the store."""
        if not all(_PART.fullmatch(part) for part in file.split("/")):
            raise ValueError(f"not a file of the store: {file!r}")
        return self.root / f"{file}{ending}"

    def new(self, tenant: TenantId, area: str) -> str:
        """A name that no file has."""
        return f"{tenant}/{area}/{new_id()}"

    async def incoming(self) -> Path:
        """Where a file that comes in is written before it is looked at; nobody else has it.

        Whoever asks deletes it, or moves it into the store. Raises Unavailable when the disk has
        no room.
        """
        return await asyncio.to_thread(self._incoming)

    def _incoming(self) -> Path:
        folder = self.root / _INCOMING
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < SPARE_BYTES:
            raise Unavailable("There is no room on the disk for more sounds.")
        return folder / new_id()

    async def exists(self, file: str, ending: str = SOUND) -> bool:
        """Whether `file` of a table is there."""
        return await asyncio.to_thread(self.path(file, ending).is_file)

    async def keep(self, source: Path, file: str, ending: str = SOUND) -> int:
        """Move `source`, from wherever it is, into the store; its size in bytes.

        Raises Unavailable when the disk has no room.
        """
        return await asyncio.to_thread(self._keep, source, self.path(file, ending))

    def _keep(self, source: Path, target: Path) -> int:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        size = source.stat().st_size
        if shutil.disk_usage(self.root).free - size < SPARE_BYTES:
            raise Unavailable("There is no room on the disk for more sounds.")
        if source.stat().st_dev == target.parent.stat().st_dev:
            source.replace(target)
        else:
            passing = target.with_suffix(".part")
            shutil.copyfile(source, passing)
            passing.replace(target)
            source.unlink()
        return size

    async def remove(self, file: str) -> None:
        """Delete the sound and its original; nothing happens when they are gone."""
        await asyncio.to_thread(self._remove, file)

    def _remove(self, file: str) -> None:
        for ending in (SOUND, ORIGINAL):
            self.path(file, ending).unlink(missing_ok=True)

    async def sweep(self, tenants: Collection[str], files: Collection[str], area: str) -> int:
        """Delete what nobody has any use for; how much that was.

        That are folders of tenants that are not among `tenants`, files of `area` that are not
        among `files`, and what came in and was forgotten. What is younger than `KEEP_SECONDS`
        stays: it may be about to be named.
        """
        return await asyncio.to_thread(self._sweep, set(tenants), set(files), area)

    def _sweep(self, tenants: set[str], files: set[str], area: str) -> int:
        before, swept = time.time() - KEEP_SECONDS, 0
        for folder in _inside(self.root):
            if folder.name != _INCOMING and folder.name not in tenants:
                if folder.stat().st_mtime < before:
                    shutil.rmtree(folder, ignore_errors=True)
                    swept += 1
                continue
            for path in _inside(folder if folder.name == _INCOMING else folder / area):
                named = f"{folder.name}/{area}/{path.name.split('.', 1)[0]}" in files
                if not named and path.is_file() and path.stat().st_mtime < before:
                    path.unlink(missing_ok=True)
                    swept += 1
        return swept

    async def remove_tenant(self, tenant: TenantId) -> None:
        """Delete everything of a tenant that is gone."""
        await asyncio.to_thread(shutil.rmtree, self.root / tenant, ignore_errors=True)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
