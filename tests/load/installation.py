"""A Centrale of its own for measurements: temporary folder, free ports, started as a user does."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from orchestrator.asterisk.fetch import AsteriskBinary, find_asterisk
from orchestrator.asterisk.layout import Layout
from orchestrator.settings import Settings
from tests.load.processes import Meter, Usage
from tests.load.seed import Phone, seed
from tests.load.sipp import HOST
from tests.phones.ports import free_tcp_port, free_udp_port

PROJECT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "orchestrator", "run", "--no-demo")
_PATIENCE = 30.0
_POLL = 0.01
_CLI_SECONDS = 20
# What registrations set off (lamps, contacts) is done by then, and no part of an idle system.
SETTLING_SECONDS = 5.0

T = TypeVar("T")


class NotMeasurable(Exception):
    """The system under measurement did not do what the measurement needs; says what."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What the orchestrator says of a reconciliation, and how long after its start (s)."""

    seconds: float
    adopted: int
    closed: int


class Installation:
    """One installation with `phones`. Made by `installed`, which also removes it."""

    def __init__(self, home: Path, count: int, command: Sequence[str]) -> None:
        self.home = home
        self.settings = Settings(
            home=home,
            packages=PROJECT / ".centrale" / "packages",
            http_host=HOST,
            http_port=free_tcp_port(),
            sip_host=HOST,
            sip_port=free_udp_port(),
            asterisk_http_port=free_tcp_port(),
            speak_prompts=False,
        )
        self.phones: list[Phone] = seed(self.settings, count)
        self._binary: AsteriskBinary = find_asterisk(self.settings)
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._log = home / "orchestrator.log"
        self._began = 0.0

    @property
    def sip(self) -> int:
        """The UDP port of Asterisk."""
        return self.settings.sip_port

    @property
    def layout(self) -> Layout:
        return Layout.of(self.home)

    @property
    def orchestrator(self) -> int:
        """The process id of the orchestrator, which must have been started."""
        if self._process is None:
            raise NotMeasurable("the orchestrator was not started")
        return self._process.pid

    @property
    def asterisk(self) -> int:
        """The process id of Asterisk. It is no child of ours, and outlives the orchestrator."""
        for process in psutil.process_iter(["cmdline"]):
            if str(self.layout.config) in (process.info["cmdline"] or ()):
                return int(process.pid)
        raise NotMeasurable("Asterisk does not run")

    def launch(self) -> None:
        """Start the orchestrator; it starts its Asterisk, or adopts the one that runs."""
        settings = self.settings
        values = {
            "HOME": settings.home,
            "PACKAGES": settings.packages,
            "HTTP_HOST": settings.http_host,
            "HTTP_PORT": settings.http_port,
            "SIP_HOST": settings.sip_host,
            "SIP_PORT": settings.sip_port,
            "ASTERISK_HTTP_PORT": settings.asterisk_http_port,
            "LOG_FORMAT": "json",
            # What is measured must not be measured beside a machine that speaks.
            "SPEAK_PROMPTS": settings.speak_prompts,
        }
        environment = {f"CENTRALE_{name}": str(value) for name, value in values.items()}
        self._began = time.monotonic()
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=PROJECT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def start(self) -> None:
        """Launch, and wait until calls can be made."""
        self.launch()
        self.until("the connection to Asterisk", lambda: self._logged("ari connected"))

    def recovered(self) -> Recovered:
        """Wait for the first reconciliation since the launch that found something to do."""
        found = self.until("the reconciliation", lambda: self._logged("reconciled"))
        return Recovered(self.age, int(found["adopted"]), int(found["closed"]))

    @property
    def age(self) -> float:
        """Seconds since the last launch."""
        return time.monotonic() - self._began

    def kill(self) -> None:
        """End the orchestrator as a crash does; Asterisk stays."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End everything as a user does; what does not end is killed."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        try:
            asterisk = psutil.Process(self.asterisk)
        except (NotMeasurable, psutil.NoSuchProcess):
            return
        asterisk.kill()
        asterisk.wait(_PATIENCE)

    def cli(self, command: str) -> str:
        """The answer of Asterisk's command line."""
        done = subprocess.run(
            [*self._binary.argv, "-C", str(self.layout.config), "-rx", command],
            check=False,
            capture_output=True,
            text=True,
            timeout=_CLI_SECONDS,
        )
        return done.stdout.strip()

    def channels(self) -> int:
        """How many channels are there."""
        return int(self.cli("core show channels count").split()[0])

    def meter(self) -> Meter:
        return Meter(self.asterisk, self.orchestrator)

    def idle(self, seconds: float) -> Usage:
        """What both processes use while nothing is asked of them."""
        meter = self.meter()
        time.sleep(seconds)
        return meter.read()

    def until(self, what: str, look: Callable[[], T | None], timeout: float = _PATIENCE) -> T:
        """Wait until `look` gives something. Raises NotMeasurable, with the end of the log."""
        deadline = time.monotonic() + timeout
        while (found := look()) is None:
            over = self._process is None or self._process.poll() is not None
            if over or time.monotonic() > deadline:
                raise NotMeasurable(f"waited in vain for {what}\n{self._log.read_text()[-3000:]}")
            time.sleep(_POLL)
        return found

    def _logged(self, event: str) -> dict[str, str] | None:
        """The orchestrator's first log line of `event` since its launch, or None."""
        for line in self._log.read_text(errors="replace").splitlines():
            if f'"{event}"' in line and line.startswith("{"):
                entry: dict[str, str] = json.loads(line)
                return entry
        return None


@contextmanager
def installed(count: int, command: Sequence[str] = COMMAND) -> Iterator[Installation]:
    """An installation with `count` phones, not yet started; nothing of it is left afterwards."""
    # Short, because the path of a socket may have 107 characters.
    home = Path(tempfile.mkdtemp(prefix="load-"))
    installation = None
    try:
        installation = Installation(home, count, command)
        yield installation
    finally:
        if installation is not None:
            installation.stop()
        shutil.rmtree(home, ignore_errors=True)
