"""The journal's spool: every state of every call entry, appended to files, one JSON line each.

The call path writes here and nowhere else; `calls/journal.py` carries complete entries into the
database later. A line reaches the kernel before `record()` returns, so it survives `kill -9` of
this process; a thread syncs it to the disk each second for the sake of power failures.

    spool/00000007.jsonl     lines; the last line of an id is its present state
    spool/position           file and offset up to which complete entries are in the database

When a file is full the next one begins with the present state of all open entries, so a file
whose lines are carried over may go, and the sum of the files is bounded.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import structlog

from orchestrator.calls.entry import CallEntry

log = structlog.get_logger(__name__)

FILE_BYTES = 8 * 1024 * 1024
TOTAL_BYTES = 512 * 1024 * 1024


class Position(NamedTuple):
    """A place in the spool: number of the file, byte offset in it."""

    file: int
    offset: int


class Spool:
    """Append with `record()`; read with `batch()` and confirm with `commit()`.

    One writer and one reader in one process. `full` counts entries that found no room
    (`TOTAL_BYTES` reached, or the disk is full): these are logged whole instead.
    """

    def __init__(
        self, folder: Path, file_bytes: int = FILE_BYTES, total: int = TOTAL_BYTES
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._file_bytes = file_bytes
        self._total_bytes = total
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(CallEntry)
        self.full = 0
        self._open: dict[str, CallEntry] = {}
        self._position = self._read_position()
        for entry in self._scan():
            if entry.complete:
                self._open.pop(entry.id, None)
            else:
                self._open[entry.id] = entry
        # A crash may have cut the last line of the newest file: never append to that one.
        numbers = self._numbers()
        self._number = (numbers[-1] if numbers else self._position.file) + 1
        self._sealed = self._bytes_on_disk()
        self._written = 0
        # Something may have been left unread by the process before us.
        self._unread = self._unsynced = True
        self._fd = self._create()

    # -- writing -----------------------------------------------------------------------------

    def record(self, entry: CallEntry) -> None:
        """Append the present state of `entry`. Never waits, never raises."""
        if entry.complete:
            self._open.pop(entry.id, None)
        else:
            self._open[entry.id] = entry
        if not self._append(entry):
            self.full += 1
            log.error("journal-spool-full", entry=self._encoder.encode(entry).decode())
        elif self._written >= self._file_bytes:
            self._rotate()

    def _append(self, entry: CallEntry) -> bool:
        line = self._encoder.encode(entry) + b"\n"
        if self._sealed + self._written + len(line) > self._total_bytes:
            return False
        try:
            written = os.write(self._fd, line)
        except OSError as error:
            log.error("journal-spool-failed", error=str(error))
            return False
        self._written += written
        self._unread = self._unsynced = True
        # A disk that is full in the middle of a line: the reader passes over the broken line.
        return written == len(line)

    def _rotate(self) -> None:
        os.close(self._fd)
        self._sealed += self._written
        self._number += 1
        self._written = 0
        self._fd = self._create()
        for entry in list(self._open.values()):
            self._append(entry)

    def _create(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        return os.open(self._path(self._number), flags, 0o600)

    def sync(self) -> None:
        """Bring what was written to the disk, if anything was. Blocks: call it in a thread."""
        if self._unsynced:
            self._unsynced = False
            os.fsync(self._fd)

    def close(self) -> None:
        os.close(self._fd)

    # -- reading -----------------------------------------------------------------------------

    def open_entries(self) -> list[CallEntry]:
        """The entries of calls that have not ended, as far as the spool knows."""
        return list(self._open.values())

    def find_open(self, call_id: str) -> CallEntry | None:
        return self._open.get(call_id)

    @property
    def unread(self) -> bool:
        """Whether a batch might find something; False spares an idle system the looking."""
        return self._unread

    def look_again(self) -> None:
        """What the last batch gave could not be stored."""
        self._unread = True

    def batch(self, limit: int) -> tuple[list[CallEntry], Position]:
        """Up to `limit` complete entries behind the confirmed position, and the place after them.

        Reads files: call it in a thread.
        """
        self._unread = False  # Before reading: what is written meanwhile asks for another look.
        found: list[CallEntry] = []
        place = self._position
        for place, entry in self._lines(self._position):  # noqa: B007
            if entry is not None and entry.complete:
                found.append(entry)
                if len(found) >= limit:
                    self._unread = True
                    break
        return found, place

    def commit(self, position: Position) -> None:
        """Everything before `position` is in the database; files that are done with are removed."""
        self._position = position
        temporary = self._folder / "position.new"
        temporary.write_text(f"{position.file} {position.offset}\n")
        temporary.replace(self._folder / "position")
        for number in self._numbers():
            if number < position.file:
                path = self._path(number)
                self._sealed -= path.stat().st_size
                path.unlink()

    @property
    def position(self) -> Position:
        return self._position

    def _lines(self, start: Position) -> Iterator[tuple[Position, CallEntry | None]]:
        """All lines from `start`, with the place behind each; None for one that is broken."""
        for number in self._numbers():
            if number < start.file:
                continue
            offset = start.offset if number == start.file else 0
            with self._path(number).open("rb") as file:
                file.seek(offset)
                yield Position(number, offset), None
                for line in file:
                    if not line.endswith(b"\n") and number == self._number:
                        break  # being written at this very moment
                    offset += len(line)
                    yield Position(number, offset), self._decode(line)

    def _decode(self, line: bytes) -> CallEntry | None:
        try:
            return self._decoder.decode(line)
        except msgspec.DecodeError:
            log.warning("journal-line-broken", bytes=len(line))
            return None

    def _scan(self) -> Iterator[CallEntry]:
        self._number = -1
        for _, entry in self._lines(Position(0, 0)):
            if entry is not None:
                yield entry

    def _read_position(self) -> Position:
        try:
            file, offset = (self._folder / "position").read_text().split()
            return Position(int(file), int(offset))
        except (FileNotFoundError, ValueError):
            # Reading again from the start is safe: the database takes each entry only once.
            return Position(0, 0)

    def _numbers(self) -> list[int]:
        return sorted(int(path.stem) for path in self._folder.glob("*.jsonl"))

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:08}.jsonl"

    def _bytes_on_disk(self) -> int:
        return sum(path.stat().st_size for path in self._folder.glob("*.jsonl"))
