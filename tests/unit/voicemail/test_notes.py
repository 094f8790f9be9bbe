"""Notes of messages that are being left: they outlive a crash, and a broken one harms nobody."""

from pathlib import Path

import pytest

import orchestrator.voicemail.notes as notes_module
from orchestrator.voicemail.notes import Notes
from orchestrator.voicemail.rules import Note


def note(id_: str = "m1", call: str = "c1") -> Note:
    return Note(id_, "t", "user", "box", call, "102", "Bob", f"voicemail-{id_}", 1.5, 2)


def test_a_note_is_there_after_a_crash_and_gone_once_it_is_done_with(tmp_path: Path) -> None:
    assert Notes(tmp_path).add(note())
    again = Notes(tmp_path)
    assert again.all() == [note()]
    assert again.of_call("c1") == note()
    assert again.of_call("c2") is None
    again.drop(note())
    again.drop(note())
    assert Notes(tmp_path).all() == []


def test_what_a_crash_left_half_written_is_passed_over(tmp_path: Path) -> None:
    Notes(tmp_path).add(note())
    (tmp_path / "m2.json").write_text('{"id": "m2", "ten')
    (tmp_path / "m3.new").write_text("{}")
    assert Notes(tmp_path).all() == [note()]


def test_there_is_an_end_to_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes_module, "MAX_NOTES", 2)
    notes = Notes(tmp_path)
    assert [notes.add(note(f"m{n}")) for n in range(3)] == [True, True, False]


def test_a_disk_that_takes_nothing_is_told_and_raises_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    notes = Notes(folder)
    folder.rmdir()
    assert not notes.add(note())
    notes.drop(note())
