"""espeak-ng: installed, or unpacked from Debian's packages as Asterisk is."""

import asyncio
import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from orchestrator.asterisk.debian import PackageTree, Progress, loader_command
from orchestrator.asterisk.fetch import SUITE
from orchestrator.asterisk.programs import run_program
from orchestrator.errors import Misconfigured, Unavailable
from orchestrator.settings import Settings

SPEAK_SECONDS = 20.0
_TREE = PackageTree("espeak-ng", ("espeak-ng",), suite=SUITE)
_LIST_SECONDS = 10
# Calls come first, and a reader that runs wild ends.
_HELD_BACK = ("prlimit", "--cpu=20", "--fsize=100000000", "--core=0", "nice", "-n", "10")
# Words per minute: slower than espeak's own pace, for a telephone.
_PACE = "150"


@dataclass(frozen=True, slots=True)
class EspeakProgram:
    """`argv` starts it; `data` is the folder that holds its `espeak-ng-data`, "" for its own."""

    argv: tuple[str, ...]
    data: str
    languages: frozenset[str]


def find_espeak(settings: Settings, progress: Progress = lambda line: None) -> EspeakProgram:
    """The installed espeak-ng, else one unpacked in the run-time folder.

    Blocks (starts programs, may download): call it in a thread. Raises `Misconfigured`.
    """
    installed = shutil.which("espeak-ng")
    if installed:
        return _examined((installed,), "")
    tree = _TREE.unpack(settings.packages_folder, progress)
    data = next(iter(sorted(tree.glob("usr/lib/*/espeak-ng-data"))), None)
    if data is None:
        raise Misconfigured(f"{tree} has no voices: remove the folder and try again")
    argv = loader_command(tree, tree / "usr/bin/espeak-ng")
    return _examined(tuple(argv), str(data.parent))


def _examined(argv: tuple[str, ...], data: str) -> EspeakProgram:
    environment = {"ESPEAK_DATA_PATH": data} if data else {}
    done = run_program([*argv, "--voices"], _LIST_SECONDS, environment=environment)
    # Pty Language       Age/Gender VoiceName ...
    lines = [line.split() for line in done.stdout.splitlines()[1:]]
    languages = frozenset(words[1][:2] for words in lines if len(words) > 1)
    if done.returncode != 0 or not languages:
        raise Misconfigured(f"espeak-ng does not start: {done.stderr.strip()[:300]}")
    return EspeakProgram(argv, data, languages)


class Espeak:
    """A speaker (`prompts/speaker.py`); found, and fetched, when it is needed first."""

    def __init__(self, settings: Settings, progress: Progress = lambda line: None) -> None:
        self._settings = settings
        self._progress = progress
        self._found: EspeakProgram | None = None
        self._finding = asyncio.Lock()

    async def languages(self) -> frozenset[str]:
        return (await self._program()).languages

    async def speak(self, text: str, language: str, target: Path) -> None:
        program = await self._program()
        voice = "en-us" if language.lower() == "en" else language.lower()
        if voice[:2] != "en":
            voice = voice[:2]
        # The text comes by the standard input: no shell and no argument ever sees it.
        process = await asyncio.create_subprocess_exec(
            *(*_HELD_BACK, *program.argv, "--stdin", "-b", "1"),
            *("-v", voice, "-s", _PACE, "-w", str(target)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={
                "PATH": os.environ.get("PATH", ""),
                "LC_ALL": "C.UTF-8",
                **({"ESPEAK_DATA_PATH": program.data} if program.data else {}),
            },
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(SPEAK_SECONDS):
                await process.communicate(text.encode())
        except TimeoutError:
            raise Unavailable("The text was not read in time.") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode != 0:
            raise Unavailable("The text could not be read aloud.")

    async def _program(self) -> EspeakProgram:
        async with self._finding:
            if self._found is None:
                self._found = await asyncio.to_thread(find_espeak, self._settings, self._progress)
            return self._found
