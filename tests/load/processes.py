"""What processes cost, read from /proc: CPU seconds and memory."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
# Places of utime and stime behind the closing parenthesis of the name in /proc/<pid>/stat.
_UTIME, _STIME = 11, 12
# Of the first line of /proc/stat: user, nice, system, irq and softirq; not idle, iowait, steal.
_BUSY = (0, 1, 2, 5, 6)


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
    """CPU seconds over `seconds` of time: of Asterisk, of the orchestrator, and of all that has
    nothing to do with the measurement."""

    seconds: float
    asterisk: float
    orchestrator: float
    others: float

    def beyond(self, idle: "Usage") -> "Usage":
        """What is left when the load of an idle system, as measured in `idle`, is taken off."""
        part = self.seconds / idle.seconds
        return Usage(
            self.seconds,
            max(0.0, self.asterisk - idle.asterisk * part),
            max(0.0, self.orchestrator - idle.orchestrator * part),
            self.others,
        )

    @property
    def disturbed(self) -> float:
        """How many cores were busy with other things."""
        return self.others / self.seconds


class Meter:
    """CPU of the two processes, and of strangers, from the moment this is made."""

    def __init__(self, asterisk: int, orchestrator: int) -> None:
        self._pids = asterisk, orchestrator
        self._began = self._now()

    def read(self) -> Usage:
        return Usage(*(now - then for now, then in zip(self._now(), self._began, strict=True)))

    def _now(self) -> tuple[float, float, float, float]:
        asterisk, orchestrator = (cpu_seconds(pid) for pid in self._pids)
        return time.monotonic(), asterisk, orchestrator, _busy_seconds() - asterisk - _own_seconds()


def _busy_seconds() -> float:
    """CPU time of everything on this machine since it started."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    return sum(int(fields[place]) for place in _BUSY) / _TICKS_PER_SECOND


def _own_seconds() -> float:
    """CPU time of this process and of what it started, running or ended."""
    own = os.times()
    total = own.user + own.system + own.children_user + own.children_system
    for child in psutil.Process().children():
        try:
            total += cpu_seconds(child.pid)
        except FileNotFoundError:
            continue
    return total
