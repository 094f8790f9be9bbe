"""Run a program of this machine to its end. Blocks: call it in a thread."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrator.errors import Misconfigured


def run_program(
    argv: Sequence[str],
    seconds: float,
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `argv` for at most `seconds`; the exit status is the caller's to judge.

    `environment` adds to our own; messages come in English. Raises `Misconfigured` when the
    program is missing, does not start or takes too long.
    """
    program = shutil.which(argv[0])
    if program is None:
        raise Misconfigured(f"{argv[0]} is missing")
    try:
        return subprocess.run(  # noqa: S603  every argument is ours, and no shell reads them
            [program, *argv[1:]],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})},
            timeout=seconds,
        )
    except OSError as error:
        raise Misconfigured(f"{program} does not start: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise Misconfigured(f"{argv[0]} took more than {seconds:.0f} s") from error
