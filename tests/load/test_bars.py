"""The files that `make bench` writes: judged against the bars, replaced entry by entry."""

import json
from pathlib import Path

import pytest

from tests.load import bars
from tests.load.parts import MEASURES


@pytest.mark.parametrize(
    ("bar", "value", "expected"),
    [
        ("<= 30", 30.0, True),
        ("<= 30", 30.1, False),
        (">= 60", 60.0, True),
        (">= 60", 40.0, False),
        ("== 0", 0.0, True),
        ("== 0", 1.0, False),
        ("", 5.0, None),
    ],
)
def test_a_value_is_held_against_its_bar(bar: str, value: float, expected: bool | None) -> None:
    assert bars.met(bar, value) is expected


def test_ids_are_unique_and_every_bar_can_be_read() -> None:
    assert len({measure.id for measure in MEASURES}) == len(MEASURES)
    for measure in MEASURES:
        bars.met(measure.bar, 1.0)


def test_an_unknown_id_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        bars.entries({"calls.guessed": 1.0})


def test_one_part_replaces_only_its_own_entries(tmp_path: Path) -> None:
    bars.write(bars.entries({"calls.failed": 3, "idle.asterisk_mb": 80}), tmp_path)
    bars.write(bars.entries({"calls.failed": 0}), tmp_path)

    written = json.loads((tmp_path / "measurements.json").read_text())
    assert [(each["id"], each["value"], each["ok"]) for each in written] == [
        ("calls.failed", 0, True),
        ("idle.asterisk_mb", 80, True),
    ]
    assert set(written[0]) == {"id", "value", "unit", "bar", "ok", "against", "cores"}
    text = (tmp_path / "measurements.md").read_text()
    assert "| `idle.asterisk_mb` | 80 MB | <= 120 | met |" in text
