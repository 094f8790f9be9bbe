"""How Linux shares the cores out: among processes, not sessions, while phones are tested.

With "autogroup" Linux shares a core out among sessions first, then within each. Some kernels do it
wrongly (6.18.44 is one; upstream commit 6d71a9c61604, taken back by 101f3498b4bd): with both cores
busy, a process that only slept waited 5 s for its turn, and scenarios failed by the dozen. Asterisk
is a session of its own, so the suite and the measurements switch autogroup off where they may: as
root, outside a container.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SWITCH = Path("/proc/sys/kernel/sched_autogroup_enabled")


@contextmanager
def by_process() -> Iterator[None]:
    """Share the cores out among processes, and as before afterwards; without leave, as it is."""
    try:
        before = _SWITCH.read_text()
        _SWITCH.write_text("0")
    except OSError:
        yield
        return
    try:
        yield
    finally:
        _SWITCH.write_text(before)
