"""What processes cost, read from /proc: CPU seconds and memory."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# Places of utime and stime behind the closing parenthesis of the name in /proc/<pid>/stat.
_UTIME, _STIME = 11, 12


def cpu_seconds(pid: int) -> float:
    """CPU time, user and system, of all threads of process `pid` since it started."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS_PER_SECOND


def proportional_megabytes(pid: int) -> float:
    """Memory of a process as PSS: its own pages, and its share of those it shares."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"process {pid} has no Pss in smaps_rollup")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds of Asterisk and of the orchestrator, over `seconds` of time."""

    seconds: float
    asterisk: float
    orchestrator: float

    def beyond(self, idle: "Usage") -> "Usage":
        """What is left when the load of an idle system, as measured in `idle`, is taken off."""
        part = self.seconds / idle.seconds
        return Usage(
            self.seconds,
            max(0.0, self.asterisk - idle.asterisk * part),
            max(0.0, self.orchestrator - idle.orchestrator * part),
        )


class Meter:
    """CPU of the two processes from the moment this is made."""

    def __init__(self, asterisk: int, orchestrator: int) -> None:
        self._pids = asterisk, orchestrator
        self._began = self._now()

    def read(self) -> Usage:
        began, now = self._began, self._now()
        return Usage(now[0] - began[0], now[1] - began[1], now[2] - began[2])

    def _now(self) -> tuple[float, float, float]:
        asterisk, orchestrator = self._pids
        return time.monotonic(), cpu_seconds(asterisk), cpu_seconds(orchestrator)
