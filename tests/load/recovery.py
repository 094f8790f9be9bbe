"""The orchestrator is killed while calls are up: what becomes of them."""

import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from tests.load.installation import Installation, NotMeasurable
from tests.load.measures import NOTHING, Measure
from tests.load.rig import Rig, Way, rigged
from tests.load.sipp import Pace, Sipp

RECOVERY = (
    Measure(
        "recovery.seconds",
        "s",
        "<= 3",
        NOTHING,
        "`kill -9` of the orchestrator with 40 calls up, then started again: from that start to "
        "all 40 adopted.",
    ),
    Measure("recovery.adopted", "calls", "== 40", NOTHING, "calls that are steered again."),
    Measure(
        "recovery.dropped",
        "calls",
        "== 0",
        NOTHING,
        "calls of these that did not last until their callers hung up.",
    ),
    Measure(
        "recovery.journal_entries",
        "calls",
        "== 40",
        NOTHING,
        "journal entries afterwards that are complete (answered, ended, with a verdict and at "
        "least one segment); one per call.",
    ),
    Measure(
        "recovery.journal_incomplete",
        "",
        "== 0",
        NOTHING,
        "journal entries of these calls that are not complete, or that one call has too many.",
    ),
    Measure(
        "recovery.orphan_channels",
        "",
        "== 0",
        NOTHING,
        "channels that are left in Asterisk when the callers have hung up.",
    ),
    Measure(
        "recovery.down_seconds",
        "s",
        "<= 3",
        NOTHING,
        "the same with 40 calls of which 20 callers hang up while the orchestrator is down: from "
        "its start to the other legs of those 20 ended and the other 20 calls adopted.",
    ),
    Measure("recovery.down_adopted", "calls", "== 20", NOTHING, "of these, calls steered again."),
    Measure("recovery.down_dropped", "calls", "== 0", NOTHING, "of the 20 that go on."),
    Measure(
        "recovery.down_journal_entries",
        "calls",
        "== 40",
        NOTHING,
        "complete journal entries afterwards, one per call.",
    ),
    Measure(
        "recovery.down_journal_incomplete",
        "",
        "== 0",
        NOTHING,
        "journal entries of these calls that are not complete, or that one call has too many.",
    ),
    Measure("recovery.down_orphan_channels", "", "== 0", NOTHING, "channels that are left."),
)

CALLS = 40
_RATE = 20.0
# Calls of the first measurement end this long after the restart at the earliest.
_LONG_SECONDS = 20.0
_SHORT_SECONDS = 5.0
_DOWN_SECONDS = 1.0
_SETTLE_SECONDS = 15.0
_HEARD_SECONDS = 1.0

_ALL = "SELECT count(*) FROM calls"
# A complete entry has all its times, a verdict, and a journey of at least one ended step.
_COMPLETE = """
    SELECT count(*) FROM calls c
    WHERE c.answered_at IS NOT NULL AND c.ended_at IS NOT NULL AND c.verdict = 'answered'
    AND EXISTS (SELECT 1 FROM segments s WHERE s.call_id = c.id)
    AND NOT EXISTS (SELECT 1 FROM segments s WHERE s.call_id = c.id AND s.ended_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What is left when all callers have hung up."""

    dropped: int
    journal_entries: int
    journal_incomplete: int
    orphan_channels: int


def measure_recovery() -> Mapping[str, float]:
    """Values of `recovery.*`."""
    with rigged() as rig:
        return {**_all_go_on(rig), **_some_hang_up(rig)}


def _all_go_on(rig: Rig) -> Mapping[str, float]:
    """Kill with 40 calls up, start again, let the callers hang up."""
    installation = rig.installation
    calls = rig.calls(Way.CENTRALE, Pace(_RATE, CALLS, talk=_LONG_SECONDS))
    _until_up(installation, CALLS)
    installation.kill()
    time.sleep(_DOWN_SECONDS)
    installation.launch()
    recovered = installation.recovered()
    left = _afterwards(installation, calls, before=0)
    return {
        "recovery.seconds": recovered.seconds,
        "recovery.adopted": recovered.adopted,
        "recovery.dropped": left.dropped,
        "recovery.journal_entries": left.journal_entries,
        "recovery.journal_incomplete": left.journal_incomplete,
        "recovery.orphan_channels": left.orphan_channels,
    }


def _some_hang_up(rig: Rig) -> Mapping[str, float]:
    """Kill with 40 calls up; half of the callers hang up before it is started again."""
    installation = rig.installation
    before = _complete(installation)
    half = CALLS // 2
    # Those that go on begin first, and are all answered before the short ones run out.
    long = rig.calls(Way.CENTRALE, Pace(_RATE, half, talk=_LONG_SECONDS))
    _until_up(installation, half)
    short = rig.calls(Way.CENTRALE, Pace(_RATE, half, talk=_SHORT_SECONDS))
    _until_up(installation, CALLS)
    installation.kill()
    counted = short.wait(_SHORT_SECONDS + 30)
    installation.launch()
    recovered = installation.recovered()
    _until_channels(installation, 2 * half)
    seconds = installation.age
    left = _afterwards(installation, long, before)
    return {
        "recovery.down_seconds": max(seconds, recovered.seconds),
        "recovery.down_adopted": recovered.adopted,
        "recovery.down_dropped": left.dropped + half - counted.good,
        "recovery.down_journal_entries": left.journal_entries,
        "recovery.down_journal_incomplete": left.journal_incomplete,
        "recovery.down_orphan_channels": left.orphan_channels,
    }


def _until_up(installation: Installation, calls: int) -> None:
    """Wait until so many calls are connected: two channels each in a bridge, and a moment more,
    so that the orchestrator has heard of it."""

    def connected() -> bool | None:
        # The last field of a channel is the bridge it is in.
        lines = installation.cli("core show channels concise").splitlines()
        return sum("!Up!" in line and not line.endswith("!") for line in lines) == 2 * calls or None

    installation.until(f"{calls} calls that are up", connected)
    time.sleep(_HEARD_SECONDS)


def _until_channels(installation: Installation, wanted: int) -> None:
    installation.until(
        f"{wanted} channels", lambda: True if installation.channels() <= wanted else None
    )


def _afterwards(installation: Installation, calls: Sipp, before: int) -> Afterwards:
    """Let the callers hang up, wait until all is quiet, and look what is there.

    `before` is how many complete journal entries there were.
    """
    counted = calls.wait(_LONG_SECONDS + 60)
    deadline = time.monotonic() + _SETTLE_SECONDS
    while installation.channels() and time.monotonic() < deadline:
        time.sleep(0.1)
    entries = 0
    while entries != CALLS and time.monotonic() < deadline:
        time.sleep(0.1)
        entries = _complete(installation) - before
    incomplete = _count(installation, _ALL) - before - entries
    return Afterwards(counted.failed, entries, incomplete, installation.channels())


def _complete(installation: Installation) -> int:
    """How many complete journal entries there are."""
    return _count(installation, _COMPLETE)


def _count(installation: Installation, query: str) -> int:
    with closing(sqlite3.connect(installation.home / "centrale.db", timeout=10)) as database:
        row = database.execute(query).fetchone()
    if row is None:
        raise NotMeasurable("the journal could not be counted")
    return int(row[0])
