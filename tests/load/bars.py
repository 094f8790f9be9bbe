"""What is measured, the bars that must be met, and the two files that tell how it went.

`docs/measurements.json` holds one entry per id, in the order of `MEASURES`; ids are stable.
A run of one part replaces only its own entries. An entry without a bar is there for comparison
and has `"ok": null`.
"""

import json
import operator
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.load.measures import Measure
from tests.load.parts import MEASURES

DOCS = Path(__file__).parents[2] / "docs"
_COMPARE = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}


@dataclass(frozen=True, slots=True)
class Entry:
    """One measured value, as it stands in the JSON file."""

    id: str
    value: float
    unit: str
    bar: str
    ok: bool | None
    against: str
    cores: int


def judge(measure: Measure, value: float) -> Entry:
    """`value` against the bar of `measure`."""
    return Entry(
        measure.id,
        round(value, 2),
        measure.unit,
        measure.bar,
        met(measure.bar, value),
        measure.against,
        os.cpu_count() or 1,
    )


def met(bar: str, value: float) -> bool | None:
    """Whether `value` satisfies a bar like "<= 30"; None when there is no bar."""
    if not bar:
        return None
    sign, limit = bar.split()
    return bool(_COMPARE[sign](value, float(limit)))


def entries(values: Mapping[str, float]) -> list[Entry]:
    """Entries of all `values`, by id. Raises KeyError for an id that no measure has."""
    known = {measure.id: measure for measure in MEASURES}
    return [judge(known[name], value) for name, value in values.items()]


def read(folder: Path = DOCS) -> list[Entry]:
    """The entries of earlier runs; none when there was no run."""
    try:
        text = (folder / "measurements.json").read_text()
    except FileNotFoundError:
        return []
    return [Entry(**each) for each in json.loads(text)]


def write(new: Iterable[Entry], folder: Path = DOCS) -> list[Entry]:
    """Put `new` in place of entries with the same ids, in both files; returns all entries."""
    found = {entry.id: entry for entry in (*read(folder), *new)}
    kept = [found[measure.id] for measure in MEASURES if measure.id in found]
    rows = [{name: getattr(entry, name) for name in Entry.__slots__} for entry in kept]
    lines = ",\n".join("  " + json.dumps(row) for row in rows)
    folder.mkdir(exist_ok=True)
    (folder / "measurements.json").write_text(f"[\n{lines}\n]\n" if rows else "[]\n")
    (folder / "measurements.md").write_text(page(kept))
    return kept


def page(kept: Iterable[Entry]) -> str:
    """The Markdown page: one table per part, and under it how each value is measured."""
    known = {measure.id: measure for measure in MEASURES}
    parts: dict[str, list[Entry]] = {}
    for entry in kept:
        parts.setdefault(entry.id.partition(".")[0], []).append(entry)
    text = _INTRODUCTION
    for part, group in parts.items():
        text += f"\n## {part}\n\n| | measured | bar | |\n|---|---:|---|---|\n"
        for entry in group:
            text += f"| `{entry.id}` | {shown(entry)} | {entry.bar} | {_WORDS[entry.ok]} |\n"
        text += "\n"
        text += "".join(f"- `{entry.id}`: {known[entry.id].how}\n" for entry in group)
    return text


def shown(entry: Entry) -> str:
    """The value with its unit: `21.4 ms`."""
    return f"{entry.value:g} {entry.unit}".rstrip()


_WORDS = {True: "met", False: "**not met**", None: ""}
_INTRODUCTION = """# Measurements

Written by `make bench`; one part alone with `make bench NAME=calls`. SIPp is at both ends and
runs on the same machine and cores as Asterisk and the orchestrator. Native `Dial()` and
`Queue()` run in the same Asterisk, with the same devices, in turns with Centrale, so that only
the logic of the call differs. As root the cores are shared out by process while it measures
(`tests/scheduling.py` says why). Values without a bar are there for comparison.
"""
