"""Stored recordings of Asterisk, fetched over HTTP: the one thing that the WebSocket cannot carry.

`GET /ari/recordings/stored/{name}/file` (Asterisk REST Interface). Works for an Asterisk on another
machine as for our own; `FakeRecordings` ships for tests without one.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import aiohttp

from orchestrator.ari.errors import NotFound, Unavailable
from orchestrator.ari.transport import AriAddress

FETCH_SECONDS = 60.0
_CHUNK = 64 * 1024


class StoredRecordings(Protocol):
    """Recordings that have ended, by the name under which they were made."""

    async def fetch(self, name: str, target: Path) -> int:
        """Write the file of recording `name` to `target`; its size in bytes.

        Raises NotFound when there is none, Unavailable when Asterisk does not give it in time.
        """


class HttpRecordings:
    """The recordings of the Asterisk at `address`."""

    def __init__(self, address: AriAddress) -> None:
        self._address = address

    async def fetch(self, name: str, target: Path) -> int:
        address = self._address
        url = f"{address.url}/ari/recordings/stored/{quote(name, safe='')}/file"
        login = {"Authorization": aiohttp.encode_basic_auth(address.user, address.password)}
        limit = aiohttp.ClientTimeout(total=FETCH_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(headers=login, timeout=limit) as session,
                session.get(url) as answer,
            ):
                if answer.status == 404:
                    raise NotFound(f"there is no recording {name}")
                answer.raise_for_status()
                return await _write(answer.content, target)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"recording {name} not fetched: {error}") from error


async def _write(content: aiohttp.StreamReader, target: Path) -> int:
    size = 0
    with await asyncio.to_thread(target.open, "wb") as file:
        async for chunk in content.iter_chunked(_CHUNK):
            size += await asyncio.to_thread(file.write, chunk)
    return size


class FakeRecordings:
    """Recordings in memory: name -> the bytes of the file."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files = dict(files or {})

    async def fetch(self, name: str, target: Path) -> int:
        if name not in self.files:
            raise NotFound(f"there is no recording {name}")
        return await asyncio.to_thread(target.write_bytes, self.files[name])
