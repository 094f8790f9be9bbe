"""The scenarios on the real Asterisk, again and again while other programs keep every core busy."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.load.installation import NotMeasurable
from tests.load.measures import NOTHING, Measure

STEADINESS = (
    Measure(
        "steadiness.green_runs",
        "runs",
        "== 10",
        NOTHING,
        "runs in a row of all scenarios on the real Asterisk (`tests/asterisk`) without one that "
        "fails, eight at once, while a program that never waits runs for each core. It takes an "
        "hour, so only by its name: `make bench NAME=steadiness`.",
    ),
    Measure("steadiness.scenarios", "scenarios", "", NOTHING, "in each of these runs."),
    Measure("steadiness.busy_programs", "programs", "", NOTHING, "that ran beside them."),
    Measure("steadiness.longest_seconds", "s", "", NOTHING, "the longest of these runs."),
)

_ROOT = Path(__file__).parents[2]
_RUNS = 10
_LIMIT = 3600.0
"""Seconds after which a run hangs."""
# As in `make test`, but eight at once: that takes less time, and is harder.
_PYTEST = ("pytest", "tests/asterisk", "-n", "8", "--dist", "loadfile", "--no-loadscope-reorder")
_BUSY = "while True: pass"


def measure_steadiness() -> Mapping[str, float]:
    """Values of `steadiness.*`; ends with the first run that is not green, and prints that.

    Raises NotMeasurable when a run hangs.
    """
    green, scenarios, longest = 0, 0, 0.0
    cores = os.cpu_count() or 1
    with _busy(cores):
        while green < _RUNS:
            begun = time.monotonic()
            run = _run()
            longest = max(longest, time.monotonic() - begun)
            summary = run.stdout.rstrip().rpartition("\n")[2]
            print(f"steadiness: run {green + 1} of {_RUNS}: {summary}", file=sys.stderr, flush=True)
            if run.returncode:
                print(run.stdout, file=sys.stderr, flush=True)
                break
            green += 1
            scenarios = _passed(summary)
    return {
        "steadiness.green_runs": green,
        "steadiness.scenarios": scenarios,
        "steadiness.busy_programs": cores,
        "steadiness.longest_seconds": longest,
    }


def _run() -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [sys.executable, "-m", *_PYTEST, "-q", "-p", "no:cacheprovider"],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_LIMIT,
        )
    except subprocess.TimeoutExpired as error:
        raise NotMeasurable(f"the scenarios were not done after {_LIMIT:g} s") from error


def _passed(summary: str) -> int:
    found = re.search(r"(\d+) passed", summary)
    return int(found.group(1)) if found else 0


@contextmanager
def _busy(programs: int) -> Iterator[None]:
    """As many programs beside us that never wait."""
    running = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(programs)]
    try:
        yield
    finally:
        for program in running:
            program.kill()
            program.wait()
