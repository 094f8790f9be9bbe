"""Says in the event log that somebody unknown calls (30051), from what Asterisk writes."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from orchestrator.events.rules import Events
from orchestrator.events.service import NewEvent
from orchestrator.trunks.sources import Told, sources

READ_SECONDS = 2.0
# More between two looks is a flood: what is left out has the same sources.
_MOST_BYTES = 200_000


class Strangers:
    """`run()` follows the log of the embedded Asterisk from its present end, for ever."""

    def __init__(self, log: Path, post: Callable[[NewEvent], None]) -> None:
        self._log = log
        self._post = post
        self._told = Told()
        self._at: int | None = None

    async def run(self) -> None:
        while True:
            for source in sources(await asyncio.to_thread(self._new_lines)):
                if self._told.is_news(source, time.monotonic()):
                    self._post(_event(source))
            await asyncio.sleep(READ_SECONDS)

    def _new_lines(self) -> str:
        """Whole lines since the last time; the file is cut to nothing when it is too long."""
        try:
            with self._log.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if self._at is None:
                    self._at = size
                if self._at > size:
                    self._at = 0
                file.seek(max(self._at, size - _MOST_BYTES))
                text = file.read(_MOST_BYTES)
                self._at = file.tell() - (len(text) - text.rfind(b"\n") - 1)
        except FileNotFoundError:
            return ""
        return text[: text.rfind(b"\n") + 1].decode(errors="replace")


def _event(source: str) -> NewEvent:
    return NewEvent(
        Events.SOURCE_UNKNOWN,
        f"{source} calls, and is no trunk and no device of ours: refused.",
        details={"source": source},
    )
