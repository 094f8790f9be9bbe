"""Notes of messages that are being left: one small file each, so that a crash loses none.

    <folder>/<message id>.json

A note is written before the beep and goes when its message is in its box, or was none. It reaches
the kernel before the caller speaks, so it outlives a crash of this process.
"""

from pathlib import Path

import msgspec
import structlog

from orchestrator.voicemail.rules import Note

log = structlog.get_logger(__name__)

MAX_NOTES = 5_000
"""Notes at most: beyond it, when the database has been away for long, no messages are taken."""


class Notes:
    """`add` and `drop` are quick, and never raise: calls use them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._notes: dict[str, Note] = {}
        for path in sorted(folder.glob("*.json")):
            self._read(path)

    def _read(self, path: Path) -> None:
        try:
            note = msgspec.json.decode(path.read_bytes(), type=Note)
        except (msgspec.MsgspecError, OSError) as error:
            log.warning("voicemail-note-broken", note=path.name, error=str(error))
            return
        self._notes[note.id] = note

    def all(self) -> list[Note]:
        """All notes, oldest first."""
        return list(self._notes.values())

    def add(self, note: Note) -> bool:
        """Keep `note`; False when there is no room for it."""
        if len(self._notes) >= MAX_NOTES:
            log.error("voicemail-notes-full", notes=len(self._notes))
            return False
        path = self._path(note)
        passing = path.with_suffix(".new")
        try:
            passing.write_bytes(msgspec.json.encode(note))
            passing.replace(path)
        except OSError as error:
            log.error("voicemail-note-not-written", error=str(error))
            return False
        self._notes[note.id] = note
        return True

    def drop(self, note: Note) -> None:
        """`note` is done with."""
        self._notes.pop(note.id, None)
        try:
            self._path(note).unlink(missing_ok=True)
        except OSError as error:
            log.error("voicemail-note-not-removed", error=str(error))

    def of_call(self, call: str) -> Note | None:
        """The message that `call` is leaving."""
        return next((note for note in self._notes.values() if note.call == call), None)

    def __contains__(self, note: Note) -> bool:
        return note.id in self._notes

    def _path(self, note: Note) -> Path:
        return self._folder / f"{note.id}.json"
