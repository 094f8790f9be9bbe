"""The scenarios on the real Asterisk, again and again while other programs keep every core busy."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_RUNS = 10
# As in `make test`, but six at once: that takes less time, and is harder.
_PYTEST = ("pytest", "tests/asterisk", "-n", "6", "--dist", "loadfile", "--no-loadscope-reorder")
_BUSY = "while True: pass"


def measure_steadiness() -> Mapping[str, float]:
    """Values of `steadiness.*`; ends with the first run that is not green, and prints that."""
    green, scenarios, longest = 0, 0, 0.0
    cores = os.cpu_count() or 1
    with _busy(cores):
        while green < _RUNS:
            begun = time.monotonic()
            run = subprocess.run(
                [sys.executable, "-m", *_PYTEST, "-q", "-p", "no:cacheprovider"],
                cwd=_ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
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
