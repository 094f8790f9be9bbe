"""An extension call of Centrale against native Dial() and Queue(), in the same Asterisk."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing

from tests.load.rig import Rig, Sample, Way, rigged
from tests.load.sipp import Pace

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
