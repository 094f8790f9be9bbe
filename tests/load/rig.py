"""One installation under load: callers, callees, and native ways to connect them.

A number as it is goes to Centrale. With a digit before it, it goes to an extension of the same
dialplan context that the measurement adds, and so to native `Dial()` or `Queue()`, with the same
devices, transports and views: only the logic of the call differs.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from math import gcd
from pathlib import Path

from tests.load.installation import SETTLING_SECONDS, Installation, NotMeasurable, installed
from tests.load.processes import Usage
from tests.load.seed import QUEUE as QUEUE_NUMBER
from tests.load.seed import Phone, seed_queue
from tests.load.sipp import Counted, Pace, Sipp, callees, callers, register
from tests.phones.ports import free_udp_port

# More callees than calls at once, so that a native queue always has a free agent.
CALLERS = 100
CALLEES = 300
_IDLE_SECONDS = 3.0
_SETTLED_SECONDS = 10.0
# A run in which other programs kept more cores busy than this is made again, so many times.
_QUIET_CORES = 0.2
_TRIES = 2
# The first calls find cold caches; they are made, and not counted.
_WARM_SECONDS = 2.0


class Way(StrEnum):
    """How a call is connected; the value is what is dialled before the number, or in its place."""

    CENTRALE = ""
    DIAL = "8"
    QUEUE = "9"
    CENTRALE_QUEUE = QUEUE_NUMBER

    def dialled(self, number: str) -> str:
        """What a caller dials who is to reach `number`, or any agent of a queue."""
        return self.value if self is Way.CENTRALE_QUEUE else self.value + number


@dataclass(slots=True)
class Sample:
    """What one way of connecting calls cost, over all its runs."""

    calls: int = 0
    failed: int = 0
    delays: list[float] = field(default_factory=list)
    asterisk_seconds: float = 0.0
    orchestrator_seconds: float = 0.0
    disturbed: float = 0.0

    def add(self, pace: Pace, counted: Counted, usage: Usage) -> None:
        self.calls += pace.count
        self.failed += pace.count - counted.good
        self.delays += counted.delays(_WARM_SECONDS)
        self.asterisk_seconds += usage.asterisk
        self.orchestrator_seconds += usage.orchestrator
        self.disturbed = max(self.disturbed, usage.disturbed)

    @property
    def asterisk_ms(self) -> float:
        """Asterisk's CPU per call, in milliseconds."""
        return 1000 * self.asterisk_seconds / self.calls

    @property
    def orchestrator_ms(self) -> float:
        """The orchestrator's CPU per call, in milliseconds."""
        return 1000 * self.orchestrator_seconds / self.calls

    def percentile(self, percent: float) -> float:
        """Milliseconds to answer that `percent` of the calls did not exceed."""
        if not self.delays:
            raise NotMeasurable("no call was answered")
        ordered = sorted(self.delays)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class Rig:
    """A started installation whose callees are registered and answer. Made by `rigged`."""

    def __init__(self, installation: Installation, folder: Path) -> None:
        phones = installation.phones
        self.installation = installation
        self.callers: Sequence[Phone] = phones[:CALLERS]
        self.callees: Sequence[Phone] = phones[CALLERS:]
        self._folder = folder
        self._port = free_udp_port()
        self._answering: Sipp | None = None
        self._idle: Usage | None = None

    def answer(self) -> Sipp:
        """Register the callees and have them answer."""
        registered = register(self._folder, self.installation.sip, self.callees, self._port)
        if registered.good != len(self.callees):
            raise NotMeasurable(f"only {registered.good} callees could register")
        self._answering = callees(self._folder, self.installation.sip, self._port)
        return self._answering

    def add_native(self) -> None:
        """Make `8<number>` a native Dial() to a number, and `9<number>` a native Queue()."""
        members = "".join(f"member => PJSIP/{phone.username}\n" for phone in self.callees)
        (self.installation.layout.etc / "queues.conf").write_text(
            "[general]\nautofill = yes\n[load]\nstrategy = rrmemory\nringinuse = no\n" + members
        )
        for command in (
            "module load app_queue.so",
            "dialplan add extension _8XXXX,1,Dial(PJSIP/phone${EXTEN:1},30) into device",
            "dialplan add extension _9XXXX,1,Queue(load) into device",
        ):
            said = self.installation.cli(command)
            if "oaded" not in said and "added" not in said:
                raise NotMeasurable(f"{command}: {said}")

    def calls(self, way: Way, pace: Pace) -> Sipp:
        """Start calls at `pace`, every caller and every callee in turn."""
        pairs = len(self.callers) * len(self.callees) // gcd(len(self.callers), len(self.callees))
        rows = (
            (
                self.callers[i % len(self.callers)],
                way.dialled(self.callees[i % len(self.callees)].number),
            )
            for i in range(pairs)
        )
        return callers(self._folder, self.installation.sip, list(islice(rows, pairs)), pace)

    def run(self, way: Way, pace: Pace) -> tuple[Counted, Usage]:
        """Make calls and wait for their end; what SIPp counted, and CPU beyond an idle system.

        Of runs that other programs disturb, the one that they disturbed least counts.
        """
        runs = []
        for _ in range(_TRIES):
            runs.append(self._run(way, pace))
            if runs[-1][1].disturbed <= _QUIET_CORES:
                break
        return min(runs, key=lambda run: run[1].disturbed)

    def _run(self, way: Way, pace: Pace) -> tuple[Counted, Usage]:
        if self._idle is None:
            self.installation.idle(SETTLING_SECONDS)
            self._idle = self.installation.idle(_IDLE_SECONDS)
        meter = self.installation.meter()
        process = self.calls(way, pace)
        counted = process.wait(pace.seconds + 60)
        usage = meter.read().beyond(self._idle)
        if counted.good < pace.count:
            failed = pace.count - counted.good
            print(
                f"{way.name} at {pace.rate:g}/s: {failed} of {pace.count} calls failed, "
                f"other programs used {usage.disturbed:.1f} cores\n{process.story()[:1500]}",
                file=sys.stderr,
            )
        self.settle()
        return counted, usage

    def settle(self) -> None:
        """Wait until no channel is left, so that a run does not carry the load of the last."""
        installation = self.installation
        installation.until(
            "the end of all channels",
            lambda: True if installation.channels() == 0 else None,
            _SETTLED_SECONDS,
        )

    def stop(self) -> None:
        if self._answering is not None:
            self._answering.stop()


@contextmanager
def rigged(count: int = CALLERS + CALLEES) -> Iterator[Rig]:
    """A running installation with callees that answer; everything is gone afterwards. They serve
    a queue too."""
    with installed(count) as installation:
        seed_queue(installation.settings, installation.phones[CALLERS:])
        installation.start()
        rig = Rig(installation, installation.home / "sipp")
        try:
            rig.answer()
            yield rig
        finally:
            rig.stop()
