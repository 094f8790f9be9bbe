"""An extension call of Centrale against native Dial() and Queue(), in the same Asterisk."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing

from tests.load.measures import NOTHING, Measure
from tests.load.rig import Rig, Sample, Way, rigged
from tests.load.sipp import Pace

_DIAL = "Dial() in the same run"
_NATIVE_QUEUE = "Queue() in the same run"

CALLS = (
    Measure(
        "calls.added_ms_p50",
        "ms",
        "<= 6",
        _DIAL,
        "from the INVITE with credentials to its 200, at the caller, at 20 calls/s: median of "
        "Centrale less that of Dial().",
    ),
    Measure("calls.added_ms_p95", "ms", "", _DIAL, "the same, 95th percentiles."),
    Measure("calls.added_ms_p99", "ms", "<= 30", _DIAL, "the same, 99th percentiles."),
    Measure(
        "calls.asterisk_cpu_ratio",
        "",
        "<= 1.45",
        _DIAL,
        "CPU seconds of all threads of Asterisk per call, idle load taken off: Centrale over "
        "Dial(), at 20 calls/s.",
    ),
    Measure(
        "calls.orchestrator_cpu_ms",
        "ms",
        "<= 4",
        NOTHING,
        "CPU of the orchestrator's process per call, journal and database included.",
    ),
    Measure(
        "calls.disturbed_cores",
        "cores",
        "",
        NOTHING,
        "how many cores other programs kept busy at most, in one of the runs behind these "
        "values: with a whole core, the times are those of the machine and not of Centrale.",
    ),
    Measure(
        "calls.failed",
        "calls",
        "== 0",
        NOTHING,
        "calls of Centrale at 20 calls/s that did not go as the scenario says.",
    ),
    Measure(
        "calls.held_per_second",
        "calls/s",
        ">= 60",
        NOTHING,
        "the highest of 20, 40, 60, 80 and 100 calls/s, ten seconds each, without a failed call "
        "and with at most 1 % of the requests sent again.",
    ),
    Measure("calls.dial_held_per_second", "calls/s", "", NOTHING, "the same for Dial()."),
    Measure("calls.centrale_ms_p50", "ms", "", NOTHING, "time to answer, Centrale, median."),
    Measure("calls.centrale_ms_p99", "ms", "", NOTHING, "its 99th percentile."),
    Measure("calls.dial_ms_p50", "ms", "", NOTHING, "time to answer, Dial(), median."),
    Measure("calls.dial_ms_p99", "ms", "", NOTHING, "its 99th percentile."),
    Measure("calls.centrale_asterisk_cpu_ms", "ms", "", NOTHING, "Asterisk per Centrale call."),
    Measure("calls.dial_asterisk_cpu_ms", "ms", "", NOTHING, "Asterisk per Dial() call."),
)
QUEUE = (
    Measure(
        "queue.added_ms_p50",
        "ms",
        "",
        _NATIVE_QUEUE,
        "a caller in a queue of Centrale less one in native Queue(), round robin over 300 agents "
        "of whom enough are free: medians of the time until an agent has answered, at 20 calls/s. "
        "Of Queue() it is the caller's 200; Centrale has answered by then, and its journal tells.",
    ),
    Measure("queue.added_ms_p99", "ms", "", _NATIVE_QUEUE, "the same, 99th percentiles."),
    Measure(
        "queue.asterisk_cpu_ratio",
        "",
        "",
        _NATIVE_QUEUE,
        "CPU of Asterisk per call: a queue of Centrale over native Queue().",
    ),
    Measure(
        "queue.orchestrator_cpu_ms",
        "ms",
        "",
        NOTHING,
        "CPU of the orchestrator per call of the queue, journal and database included.",
    ),
    Measure("queue.failed", "", "", NOTHING, "calls that did not go as the scenario says."),
    Measure(
        "queue.held_per_second",
        "calls/s",
        "",
        NOTHING,
        "the highest rate that a queue of Centrale holds, by the rules of `calls.held_per_second`.",
    ),
    Measure("queue.centrale_ms_p50", "ms", "", NOTHING, "time to answer, Centrale, median."),
    Measure("queue.centrale_ms_p99", "ms", "", NOTHING, "its 99th percentile."),
    Measure("queue.centrale_asterisk_cpu_ms", "ms", "", NOTHING, "Asterisk per call of the queue."),
    Measure(
        "queue.disturbed_cores",
        "cores",
        "",
        NOTHING,
        "how many cores other programs kept busy at most, in one of the runs behind these "
        "values: with a whole core, the times are those of the machine and not of Centrale.",
    ),
    Measure("queue.queue_ms_p50", "ms", "", NOTHING, "time to answer, Queue(), median."),
    Measure("queue.queue_ms_p99", "ms", "", NOTHING, "its 99th percentile."),
    Measure("queue.queue_asterisk_cpu_ms", "ms", "", NOTHING, "Asterisk per Queue() call."),
    Measure(
        "queue.queue_held_per_second",
        "calls/s",
        "",
        NOTHING,
        "the highest rate that native Queue() holds, by the rules of `calls.held_per_second`.",
    ),
)

# Twice this many calls are made each way.
STEADY = Pace(rate=20, count=440)
ROUNDS = 2
RATES = (20, 40, 60, 80, 100)
_HELD_SECONDS = 10
_REPEATED_SHARE = 0.01


def measure_calls() -> Mapping[str, float]:
    """Values of `calls.*`."""
    with rigged() as rig:
        rig.add_native()
        samples = alternate(rig, (Way.DIAL, Way.CENTRALE))
        ours, native = samples[Way.CENTRALE], samples[Way.DIAL]
        return {
            "calls.added_ms_p50": ours.percentile(50) - native.percentile(50),
            "calls.added_ms_p95": ours.percentile(95) - native.percentile(95),
            "calls.added_ms_p99": ours.percentile(99) - native.percentile(99),
            "calls.asterisk_cpu_ratio": ours.asterisk_ms / native.asterisk_ms,
            "calls.orchestrator_cpu_ms": ours.orchestrator_ms,
            "calls.disturbed_cores": max(ours.disturbed, native.disturbed),
            "calls.failed": ours.failed,
            "calls.held_per_second": held(rig, Way.CENTRALE),
            "calls.dial_held_per_second": held(rig, Way.DIAL),
            "calls.centrale_ms_p50": ours.percentile(50),
            "calls.centrale_ms_p99": ours.percentile(99),
            "calls.dial_ms_p50": native.percentile(50),
            "calls.dial_ms_p99": native.percentile(99),
            "calls.centrale_asterisk_cpu_ms": ours.asterisk_ms,
            "calls.dial_asterisk_cpu_ms": native.asterisk_ms,
        }


def measure_queue() -> Mapping[str, float]:
    """Values of `queue.*`."""
    with rigged() as rig:
        rig.add_native()
        samples = alternate(rig, (Way.QUEUE, Way.CENTRALE_QUEUE))
        ours, native = samples[Way.CENTRALE_QUEUE], samples[Way.QUEUE]
        # Centrale answers whoever waits at once: only the journal knows when an agent did.
        ours.delays = _waits(rig)
        return {
            "queue.added_ms_p50": ours.percentile(50) - native.percentile(50),
            "queue.added_ms_p99": ours.percentile(99) - native.percentile(99),
            "queue.asterisk_cpu_ratio": ours.asterisk_ms / native.asterisk_ms,
            "queue.orchestrator_cpu_ms": ours.orchestrator_ms,
            "queue.failed": ours.failed,
            "queue.disturbed_cores": max(ours.disturbed, native.disturbed),
            "queue.queue_ms_p50": native.percentile(50),
            "queue.queue_ms_p99": native.percentile(99),
            "queue.queue_asterisk_cpu_ms": native.asterisk_ms,
            "queue.centrale_ms_p50": ours.percentile(50),
            "queue.centrale_ms_p99": ours.percentile(99),
            "queue.centrale_asterisk_cpu_ms": ours.asterisk_ms,
            "queue.held_per_second": held(rig, Way.CENTRALE_QUEUE),
            "queue.queue_held_per_second": held(rig, Way.QUEUE),
        }


def _waits(rig: Rig) -> list[float]:
    """Milliseconds from the arrival of each caller to the answer of an agent."""
    with closing(sqlite3.connect(rig.installation.home / "centrale.db", timeout=10)) as database:
        return [milliseconds for (milliseconds,) in database.execute(_WAITS)]


_WAITS = """
    SELECT (julianday(s.answered_at) - julianday(c.started_at)) * 86400000
    FROM segments s JOIN calls c ON c.id = s.call_id
    WHERE s.queue_id <> '' AND s.destination_kind = 'user' AND s.answered_at IS NOT NULL
"""


def alternate(rig: Rig, ways: Sequence[Way]) -> Mapping[Way, Sample]:
    """Make the same calls each way, in turns: what else the machine does then hits all alike."""
    samples = {way: Sample() for way in ways}
    for _ in range(ROUNDS):
        for way in ways:
            samples[way].add(STEADY, *rig.run(way, STEADY))
    return samples


def held(rig: Rig, way: Way) -> float:
    """The highest rate of `RATES` without a failed call; 0 when even the first was too much."""
    best = 0.0
    for rate in RATES:
        pace = Pace(rate=rate, count=rate * _HELD_SECONDS)
        counted, _ = rig.run(way, pace)
        repeated = counted.retransmissions > _REPEATED_SHARE * pace.count
        if counted.good < pace.count or repeated:
            break
        best = rate
    return best
