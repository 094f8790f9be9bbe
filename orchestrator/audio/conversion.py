"""Whatever people bring becomes WAV, PCM 16 bit, 8 kHz, mono, at an even loudness.

The work is done by a child process (`child.py`) with limits; at most `CHILDREN` at a time, so that
calls keep their processor. Nothing here blocks the event loop.
"""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

from orchestrator.errors import FieldError, Invalid, Unavailable

CHILDREN = 2
SECONDS = 90.0
"""How long one conversion may take by the clock; `child.py` limits its processor time."""

MAX_UPLOAD = 50_000_000
"""Bytes of a file that somebody brings."""

_CHILD = Path(__file__).with_name("child.py")
_MOST_ANSWER = 200
_WHY = {
    "empty": "the file is empty",
    "not-audio": "this is no audio file that can be read",
    "silent": "there is nothing to hear in it",
    "too-long": "it is too long",
}


class NotPlayable(Invalid):
    """The file is refused; `id` says why: empty, not-audio, silent, too-long."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(f"body.file: {message}", [FieldError("body.file", message)], id=why)


class Converter:
    """Converts files, a few at a time."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(CHILDREN)

    async def convert(self, source: Path, target: Path, longest: float) -> float:
        """Write `source` as `target`; its length in seconds. `longest` is what is let through.

        Raises NotPlayable; then, and when it is cancelled, there is no `target`.
        """
        async with self._room:
            try:
                said = await _run(source, target, longest)
            except BaseException:
                await asyncio.to_thread(target.unlink, missing_ok=True)
                raise
        word, _, rest = said.partition(" ")
        if word == "ok":
            return float(rest)
        await asyncio.to_thread(target.unlink, missing_ok=True)
        # A child that died by a limit or by a bug of its decoder found no audio either.
        why = word if word in _WHY else "not-audio"
        most = f": at most {longest:g} s" if why == "too-long" else ""
        raise NotPlayable(why, f"{_WHY[why]}{most}")


async def _run(source: Path, target: Path, longest: float) -> str:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", str(_CHILD), str(source), str(target), f"{longest:g}"),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=target.parent,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        raise Unavailable("The sound was not converted in time.") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return output[:_MOST_ANSWER].decode(errors="replace").strip()
