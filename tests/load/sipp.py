"""Load by SIPp: callers, callees and registrations, and what it counted of them."""

import csv
import re
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.load.seed import Phone
from tests.phones.ports import free_udp_port
from tests.tools import tool

SCENARIOS = Path(__file__).parent / "scenarios"
HOST = "127.0.0.1"
# SIPp logs this, without a line end, for each request that it answers as it should.
_EXPECTED = re.compile(
    r"\d{4}-\d\d-\d\d\t\S+\t\S+ Automatic response mode [^\n]*?"
    r"(?=\d{4}-\d\d-\d\d\t|\n|$)"
)
_STARTED_SECONDS = 10.0
_STOPPED_SECONDS = 10.0


class LoadFailed(Exception):
    """SIPp could not run at all; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much load: `count` calls, begun at `rate` per second, at most `limit` at a time.

    `talk` is how long a call lasts after its answer, in seconds.
    """

    rate: float
    count: int
    limit: int = 2000
    talk: float = 2.0

    @property
    def seconds(self) -> float:
        return self.count / self.rate + self.talk


@dataclass(frozen=True, slots=True)
class Counted:
    """What SIPp saw. `answers` are (second of the INVITE since the first, delay in ms)."""

    good: int
    failed: int
    retransmissions: int
    seconds: float
    answers: tuple[tuple[float, float], ...] = ()

    def delays(self, skip: float) -> list[float]:
        """Milliseconds to answer of the calls begun more than `skip` seconds after the first."""
        return [delay for begun, delay in self.answers if begun >= skip]


class Sipp:
    """One SIPp process, its files in a new folder below `folder`."""

    def __init__(self, folder: Path, scenario: str, server: int, options: Sequence[str]) -> None:
        """Start `scenario` towards UDP port `server` on this machine."""
        self._folder = folder / f"{scenario}-{time.monotonic_ns()}"
        self._folder.mkdir(parents=True)
        self._began = time.monotonic()
        command = [
            *tool("sipp"), f"{HOST}:{server}", "-sf", str(SCENARIOS / f"{scenario}.xml"),
            "-i", HOST, "-mi", HOST, "-mp", str(free_udp_port()), "-t", "u1", "-nostdin", "-aa",
            "-timer_resol", "1", "-trace_err", "-error_file", "errors.log",
            "-trace_stat", "-stf", "counts.csv", "-fd", "1",
            "-trace_logs", "-log_file", "answers.log", *options,
        ]  # fmt: skip
        with (self._folder / "output.log").open("wb") as output:
            self._process = subprocess.Popen(
                command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def wait(self, timeout: float) -> Counted:
        """Wait until all calls are over. Raises LoadFailed when SIPp broke down or never ends."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.stop()
            raise LoadFailed(f"SIPp was not done after {timeout:g} s\n{self.story()}") from None
        # 1 says that calls failed, which is a result; others are faults of the run itself.
        if code not in (0, 1):
            raise LoadFailed(f"SIPp ended with exit code {code}\n{self.story()}")
        return self.counted()

    def counted(self) -> Counted:
        """The counts of the last whole second, or of the whole run when it is over."""
        with (self._folder / "counts.csv").open(newline="") as file:
            last = list(csv.DictReader(file, delimiter=";"))[-1]
        return Counted(
            int(last["SuccessfulCall(C)"]),
            int(last["FailedCall(C)"]),
            int(last["Retransmissions(C)"]),
            time.monotonic() - self._began,
            tuple(_answers(self._folder / "answers.log")),
        )

    def trace(self) -> str:
        """All messages, if the options asked for them (`-trace_msg -message_file messages.log`)."""
        return (self._folder / "messages.log").read_text(errors="replace")

    def story(self) -> str:
        """The first of what it complained of, for messages about failures."""
        files = (self._folder / "errors.log", self._folder / "output.log")
        texts = [file.read_text(errors="replace") for file in files if file.exists()]
        return "\n".join(_EXPECTED.sub("", text)[:1500] for text in texts)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End it at once, with whatever calls it has."""
        if self.running:
            self._process.terminate()
            try:
                self._process.wait(_STOPPED_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()


def register(folder: Path, server: int, phones: Sequence[Phone], port: int) -> Counted:
    """Register `phones` from UDP port `port`, where their calls then go, as fast as it can."""
    options = [
        *injected(folder, ((phone, "") for phone in phones)),
        "-p", str(port), "-m", str(len(phones)), "-r", "5000", "-l", "50",
    ]  # fmt: skip
    return Sipp(folder, "register", server, options).wait(120)


def callees(folder: Path, server: int, port: int, *, rtp: int = 0) -> Sipp:
    """Phones on UDP port `port` that answer every call at once; returns when they listen.

    `rtp`: the UDP port that their sound goes to; 0: any.
    """
    options = ["-p", str(port)]
    if rtp:
        process = Sipp(folder, "listener", server, [*options, "-key", "rtp", str(rtp)])
    else:
        process = Sipp(folder, "callee", server, options)
    deadline = time.monotonic() + _STARTED_SECONDS
    while not listens(port):
        if not process.running or time.monotonic() > deadline:
            raise LoadFailed(f"the callees do not listen\n{process.story()}")
        time.sleep(0.02)
    return process


def callers(
    folder: Path,
    server: int,
    calls: Sequence[tuple[Phone, str]],
    pace: Pace,
    *extra: str,
) -> Sipp:
    """Phones that call, in turn, the numbers of `calls` (who calls, what is dialled)."""
    options = [
        *injected(folder, calls), "-p", str(free_udp_port()),
        "-r", f"{pace.rate:g}", "-m", str(pace.count), "-l", str(pace.limit),
        "-d", str(round(pace.talk * 1000)), *extra,
    ]  # fmt: skip
    return Sipp(folder, "caller", server, options)


def injected(folder: Path, rows: Iterable[tuple[Phone, str]]) -> list[str]:
    """The options that give SIPp its fields: name, credentials, number."""
    lines = ["SEQUENTIAL"] + [
        f"{phone.username};[authentication username={phone.username} password={phone.secret}]"
        f";{number}"
        for phone, number in rows
    ]
    file = folder / f"fields-{time.monotonic_ns()}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
    return ["-inf", str(file)]


def _answers(log: Path) -> Iterable[tuple[float, float]]:
    """Of each answered call: when its INVITE left, after the first one (s), and the delay (ms)."""
    if not log.exists():
        return
    rows = [line.split() for line in log.read_text().splitlines() if line]
    first = min((float(left) for left, _ in rows), default=0.0)
    for left, took in rows:
        yield float(left) - first, float(took) / 1000


def listens(port: int) -> bool:
    """Whether some process is bound to UDP `port`, as /proc/net/udp says."""
    wanted = f":{port:04X}"
    lines = Path("/proc/net/udp").read_text().splitlines()[1:]
    return any(line.split()[1].endswith(wanted) for line in lines)
