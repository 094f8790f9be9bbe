"""Who reads texts aloud. espeak-ng is the one that works everywhere, without a network.

A speaker turns text into a sound file, of whatever format: what becomes of it is the conversion's
(`audio/conversion.py`).
"""

from pathlib import Path
from typing import Protocol

from orchestrator.errors import Unavailable

MAX_TEXT = 2000
"""Characters; some three minutes."""


class Speaker(Protocol):
    """Reads aloud. Must be told nothing secret by its callers: others may send texts away."""

    async def languages(self) -> frozenset[str]:
        """The languages (`nl`) that there are voices for.

        Raises Misconfigured when the speaker does not work here, and says why.
        """

    async def speak(self, text: str, language: str, target: Path) -> None:
        """Write `text`, read in `language` (`nl`, `nl-BE`), to the sound file `target`.

        Raises Misconfigured as `languages`, Unavailable when it takes too long.
        """


class Silent:
    """No speaker at all: for parts of the product that run without one."""

    async def languages(self) -> frozenset[str]:
        return frozenset()

    async def speak(self, text: str, language: str, target: Path) -> None:
        raise Unavailable("Nothing reads texts aloud here.")
