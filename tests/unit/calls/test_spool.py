"""The journal's spool keeps every entry through crashes, full disks and rotation."""

from pathlib import Path

import pytest

from orchestrator.calls.entry import CallEntry, Segment
from orchestrator.calls.spool import Position, Spool
from orchestrator.calls.verdict import Outcome, Reason


def entry(number: int) -> CallEntry:
    return CallEntry(f"node1-{number}", "tenant", "internal", "100", "Ann", "101", 1000.0 + number)


def ended(number: int) -> CallEntry:
    made = entry(number)
    made.close(made.started_at + 5, Outcome.ANSWERED, Reason.CALLER_HUNG_UP)
    return made


def all_complete(spool: Spool) -> list[str]:
    found: list[str] = []
    while True:
        batch, behind = spool.batch(3)
        found += [each.id for each in batch]
        if behind == spool.position:
            return found
        spool.commit(behind)


def test_complete_entries_are_read_once_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(10):
        spool.record(entry(number))
    for number in range(10):
        spool.record(ended(number))
    assert all_complete(spool) == [f"node1-{n}" for n in range(10)]
    assert all_complete(spool) == []
    assert spool.open_entries() == []
    spool.close()


def test_open_entries_are_found_after_a_crash(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    talking = entry(1)
    talking.segments.append(Segment("100", "user", "u1", "101", 1001.0, answered_at=1003.0))
    spool.record(talking)
    spool.record(ended(2))
    # No close(): the process was killed.
    again = Spool(tmp_path)
    assert [each.id for each in again.open_entries()] == ["node1-1"]
    assert again.find_open("node1-1") == talking
    assert all_complete(again) == ["node1-2"]
    again.close()


def test_unconfirmed_entries_are_read_again_after_a_crash(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.record(ended(1))
    batch, behind = spool.batch(10)
    assert [each.id for each in batch] == ["node1-1"]
    assert behind != spool.position
    again = Spool(tmp_path)
    assert all_complete(again) == ["node1-1"]
    again.close()


def test_a_line_cut_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.record(ended(1))
    newest = max(tmp_path.glob("*.jsonl"))
    with newest.open("ab") as file:
        file.write(b'{"id":"node1-2","tenant":"ten')
    again = Spool(tmp_path)
    again.record(ended(3))
    assert all_complete(again) == ["node1-1", "node1-3"]
    again.close()


def test_full_files_rotate_and_carried_files_go(tmp_path: Path) -> None:
    spool = Spool(tmp_path, file_bytes=500)
    spool.record(entry(0))
    for number in range(1, 40):
        spool.record(ended(number))
    assert len(list(tmp_path.glob("*.jsonl"))) > 3
    assert all_complete(spool) == [f"node1-{n}" for n in range(1, 40)]
    assert len(list(tmp_path.glob("*.jsonl"))) <= 2
    again = Spool(tmp_path)
    assert [each.id for each in again.open_entries()] == ["node1-0"]
    again.close()


def test_a_full_spool_counts_what_found_no_room(tmp_path: Path) -> None:
    spool = Spool(tmp_path, total=400)
    for number in range(10):
        spool.record(ended(number))
    kept = len(all_complete(spool))
    assert kept + spool.full == 10
    assert 0 < kept < 10
    spool.close()


def test_room_returns_when_files_are_carried_over(tmp_path: Path) -> None:
    spool = Spool(tmp_path, file_bytes=300, total=900)
    for number in range(100):
        spool.record(ended(number))
        all_complete(spool)
    assert spool.full == 0
    spool.close()


@pytest.mark.parametrize("text", ["", "x y", "7"], ids=["empty", "words", "half"])
def test_a_broken_position_means_reading_from_the_start(tmp_path: Path, text: str) -> None:
    spool = Spool(tmp_path)
    spool.record(ended(1))
    spool.close()
    (tmp_path / "position").write_text(text)
    again = Spool(tmp_path)
    assert again.position == Position(0, 0)
    assert all_complete(again) == ["node1-1"]
    again.close()


def test_files_are_private(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.record(ended(1))
    assert max((tmp_path / "spool").glob("*.jsonl")).stat().st_mode & 0o077 == 0
    spool.close()
