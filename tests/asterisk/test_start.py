"""The start and the stop of the whole: what fails leaves nothing, what ends does so quietly."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.asterisk.layout import Layout
from orchestrator.asterisk.process import find_running
from orchestrator.bootstrap import running
from orchestrator.errors import Misconfigured
from tests.stack import settings_for
from tests.tools import CACHE

READY_SECONDS = 60.0
STOP_SECONDS = 30.0


@pytest.fixture
def home() -> Iterator[Path]:
    """Short, for the socket in it."""
    with tempfile.TemporaryDirectory(prefix="c-") as folder:
        yield Path(folder)


async def test_given_no_connection_when_started_then_asterisk_is_ended_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestrator.node._CONNECT_SECONDS", 0.0)
    with pytest.raises(Misconfigured, match="No connection to Asterisk"):
        async with running(settings_for(home)):
            pass
    assert find_running(Layout.of(home)) is None


async def started(home: Path) -> asyncio.subprocess.Process:
    """`centrale run` as a user has it, with ports from the system."""
    settings = {
        "HOME": str(home),
        "PACKAGES": str(CACHE),
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": "0",
        "SIP_HOST": "127.0.0.1",
        "SIP_PORT": "0",
        "ASTERISK_HTTP_PORT": "0",
        "SPEAK_PROMPTS": "false",
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "orchestrator", "run"),
        env={**os.environ, **{f"CENTRALE_{name}": value for name, value in settings.items()}},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def said_until(process: asyncio.subprocess.Process, words: str) -> str:
    """What it prints up to the line with `words`."""
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(READY_SECONDS):
        while words not in said:
            line = await process.stdout.readline()
            assert line, f"ended early:\n{said}"
            said += line.decode()
    return said


async def ended(process: asyncio.subprocess.Process) -> str:
    """The rest of what it prints; killed when it does not end."""
    assert process.stdout is not None
    try:
        async with asyncio.timeout(STOP_SECONDS):
            rest = await process.stdout.read()
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return rest.decode()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_given_a_running_system_when_told_to_stop_then_it_ends_without_a_complaint(
    home: Path, number: signal.Signals
) -> None:
    process = await started(home)
    try:
        await said_until(process, "Ctrl-C")
        process.send_signal(number)
    finally:
        said = await ended(process)
    assert process.returncode == 0
    assert "Stopping" in said
    assert not {"warning", "error", "Traceback"} & set(said.replace("[", " ").split()), said
    assert find_running(Layout.of(home)) is None
