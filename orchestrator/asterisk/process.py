"""The process of the embedded Asterisk, which outlives us.

Calls must go on when the orchestrator dies, so Asterisk runs in a session of its own, writes
to a file and not to us, and is found again by a note in the run-time folder. A process is
ours when the note's process id, start time and configuration file all agree with the kernel's:
process ids are used again.
"""

import asyncio
import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from orchestrator.asterisk.layout import Layout
from orchestrator.asterisk.ports import Ports
from orchestrator.errors import Misconfigured

# The output is kept in two files of at most this size each.
_OUTPUT_BYTES = 10_000_000
# Field 22 of /proc/<pid>/stat (proc_pid_stat(5)), counted after the closing parenthesis.
_START_TIME_FIELD = 19


class _Note(msgspec.Struct, frozen=True):
    """What is kept in `process.json`."""

    pid: int
    start_time: int
    ports: Ports


@dataclass(frozen=True, slots=True)
class AsteriskProcess:
    """A running Asterisk. `start_time` is in clock ticks since the machine's start."""

    pid: int
    start_time: int
    ports: Ports
    child: subprocess.Popen[bytes] | None = None

    def alive(self) -> bool:
        """Does it run? Also buries it, when it is a dead child of ours."""
        if self.child is not None and self.child.poll() is not None:
            return False
        return _start_time(self.pid) == self.start_time

    async def ended(self) -> None:
        """Wait until the process has ended; a child is buried."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            descriptor = None
        if descriptor is not None:
            try:
                # A process id may have been used again since the note was written.
                if self.alive():
                    await _readable(descriptor)
            finally:
                os.close(descriptor)
        if self.child is not None:
            self.child.wait()

    def exit_status(self) -> str:
        """How it ended, in words; an adopted process tells nobody."""
        code = self.child.poll() if self.child is not None else None
        if code is None:
            return "unknown status"
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"status {code}"

    async def stop(self, patience: float) -> None:
        """Ask it to end, and after `patience` seconds end it with its whole session."""
        if not self.alive():
            return
        os.kill(self.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(self.ended(), patience)
        except TimeoutError:
            os.killpg(self.pid, signal.SIGKILL)
            await self.ended()


async def _readable(descriptor: int) -> None:
    """Wait until `descriptor` can be read; that of a process can when it has ended."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


def launch(argv: Sequence[str], layout: Layout, ports: Ports) -> AsteriskProcess:
    """Start Asterisk in a session of its own and keep a note of it. Raises `Misconfigured`."""
    bound_output(layout)
    command = [*argv, "-f", "-n", "-C", str(layout.config)]
    with layout.output.open("ab") as output:
        try:
            child = subprocess.Popen(  # noqa: S603  the arguments are ours
                command,
                cwd=layout.run,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise Misconfigured(f"Asterisk does not start: {error}") from error
    process = AsteriskProcess(child.pid, _start_time(child.pid) or 0, ports, child)
    note = _Note(process.pid, process.start_time, ports)
    draft = layout.process.with_suffix(".new")
    draft.write_bytes(msgspec.json.encode(note))
    draft.replace(layout.process)
    return process


def find_running(layout: Layout) -> AsteriskProcess | None:
    """The Asterisk of this home that still runs, or None."""
    try:
        note = msgspec.json.decode(layout.process.read_bytes(), type=_Note)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    process = AsteriskProcess(note.pid, note.start_time, note.ports)
    if not process.alive() or str(layout.config) not in _command_line(note.pid):
        return None
    return process


def bound_output(layout: Layout) -> None:
    """Keep the output file bounded: what is too long is copied aside, then cut to nothing.

    Asterisk appends, so it goes on at the new end; lines written between the two are lost.
    """
    try:
        if layout.output.stat().st_size <= _OUTPUT_BYTES:
            return
        shutil.copyfile(layout.output, layout.output.with_suffix(".log.1"))
        os.truncate(layout.output, 0)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        # Better to lose old lines than to fill the disk.
        os.truncate(layout.output, 0)


def last_lines(path: Path, count: int = 5) -> str:
    """The end of what Asterisk printed, for an error message."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return " / ".join(text.splitlines()[-count:])


def _start_time(pid: int) -> int | None:
    """When the process started, in clock ticks; None when it is gone or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[_START_TIME_FIELD])


def _command_line(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
