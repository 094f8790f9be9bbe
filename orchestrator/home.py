"""The run-time folder: private, writable, and used by one orchestrator at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.errors import Misconfigured


@contextmanager
def own_home(home: Path) -> Iterator[None]:
    """Make the folder if need be and hold it. Raises Misconfigured when that is impossible.

    The lock is the kernel's and goes with the process, however that ends, so nothing is left
    to clean up after `kill -9`.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Misconfigured(
            f"The run-time folder {home} cannot be used: {error.strerror}; "
            "choose another with CENTRALE_HOME"
        ) from None
    try:
        _lock(descriptor, home)
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, home: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
        raise Misconfigured(
            f"Centrale runs already in {home} (process {holder}); stop it, "
            "or choose another folder with CENTRALE_HOME"
        ) from None
