"""Every value that `make bench` measures: its stable id, its bar, and how it is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """One value. `bar` is "" or like "<= 30"; `against` is what it is compared with."""

    id: str
    unit: str
    bar: str
    against: str
    how: str


_DIAL = "Dial() in the same run"
_QUEUE = "Queue() in the same run"
_NOTHING = ""

_CALLS = (
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
        _NOTHING,
        "CPU of the orchestrator's process per call, journal and database included.",
    ),
    Measure(
        "calls.disturbed_cores",
        "cores",
        "",
        _NOTHING,
        "how many cores other programs kept busy at most, in one of the runs behind these "
        "values: with a whole core, the times are those of the machine and not of Centrale.",
    ),
    Measure(
        "calls.failed",
        "calls",
        "== 0",
        _NOTHING,
        "calls of Centrale at 20 calls/s that did not go as the scenario says.",
    ),
    Measure(
        "calls.held_per_second",
        "calls/s",
        ">= 60",
        _NOTHING,
        "the highest of 20, 40, 60, 80 and 100 calls/s, ten seconds each, without a failed call "
        "and with at most 1 % of the requests sent again.",
    ),
    Measure("calls.dial_held_per_second", "calls/s", "", _NOTHING, "the same for Dial()."),
    Measure("calls.centrale_ms_p50", "ms", "", _NOTHING, "time to answer, Centrale, median."),
    Measure("calls.centrale_ms_p99", "ms", "", _NOTHING, "its 99th percentile."),
    Measure("calls.dial_ms_p50", "ms", "", _NOTHING, "time to answer, Dial(), median."),
    Measure("calls.dial_ms_p99", "ms", "", _NOTHING, "its 99th percentile."),
    Measure("calls.centrale_asterisk_cpu_ms", "ms", "", _NOTHING, "Asterisk per Centrale call."),
    Measure("calls.dial_asterisk_cpu_ms", "ms", "", _NOTHING, "Asterisk per Dial() call."),
)
_QUEUES = (
    Measure(
        "queue.added_ms_p50",
        "ms",
        "",
        _QUEUE,
        "a caller in a queue of Centrale less one in native Queue(), round robin over 300 agents "
        "of whom enough are free: medians of the time until an agent has answered, at 20 calls/s. "
        "Of Queue() it is the caller's 200; Centrale has answered by then, and its journal tells.",
    ),
    Measure("queue.added_ms_p99", "ms", "", _QUEUE, "the same, 99th percentiles."),
    Measure(
        "queue.asterisk_cpu_ratio",
        "",
        "",
        _QUEUE,
        "CPU of Asterisk per call: a queue of Centrale over native Queue().",
    ),
    Measure(
        "queue.orchestrator_cpu_ms",
        "ms",
        "",
        _NOTHING,
        "CPU of the orchestrator per call of the queue, journal and database included.",
    ),
    Measure("queue.failed", "", "", _NOTHING, "calls that did not go as the scenario says."),
    Measure(
        "queue.held_per_second",
        "calls/s",
        "",
        _NOTHING,
        "the highest rate that a queue of Centrale holds, by the rules of `calls.held_per_second`.",
    ),
    Measure("queue.centrale_ms_p50", "ms", "", _NOTHING, "time to answer, Centrale, median."),
    Measure("queue.centrale_ms_p99", "ms", "", _NOTHING, "its 99th percentile."),
    Measure(
        "queue.centrale_asterisk_cpu_ms", "ms", "", _NOTHING, "Asterisk per call of the queue."
    ),
    Measure(
        "queue.disturbed_cores",
        "cores",
        "",
        _NOTHING,
        "how many cores other programs kept busy at most, in one of the runs behind these "
        "values: with a whole core, the times are those of the machine and not of Centrale.",
    ),
    Measure("queue.queue_ms_p50", "ms", "", _NOTHING, "time to answer, Queue(), median."),
    Measure("queue.queue_ms_p99", "ms", "", _NOTHING, "its 99th percentile."),
    Measure("queue.queue_asterisk_cpu_ms", "ms", "", _NOTHING, "Asterisk per Queue() call."),
    Measure(
        "queue.queue_held_per_second",
        "calls/s",
        "",
        _NOTHING,
        "the highest rate that native Queue() holds, by the rules of `calls.held_per_second`.",
    ),
)
_REGISTRATIONS = (
    Measure(
        "registrations.per_second",
        "1/s",
        ">= 300",
        _NOTHING,
        "3,000 devices register through the SQL views, with digest authentication, at most 50 "
        "at a time; then all of them once more, which is what is counted.",
    ),
    Measure(
        "registrations.failed",
        "",
        "== 0",
        _NOTHING,
        "registrations, of those 6,000, that were refused or got no answer.",
    ),
    Measure("registrations.asterisk_cpu_ms", "ms", "", _NOTHING, "Asterisk per registration."),
    Measure(
        "registrations.boot_seconds",
        "s",
        "",
        _NOTHING,
        "from the start of the orchestrator to the connection with an Asterisk that has booted, "
        "with 3,000 devices, the schema being there.",
    ),
    Measure(
        "registrations.orchestrator_mb",
        "MB",
        "",
        _NOTHING,
        "PSS of the orchestrator with 3,000 devices, all registered.",
    ),
    Measure("registrations.asterisk_mb", "MB", "", _NOTHING, "PSS of Asterisk then."),
)
_IDLE = (
    Measure(
        "idle.orchestrator_mb",
        "MB",
        "<= 120",
        _NOTHING,
        "PSS (own pages and its share of shared ones) with 100 devices registered, no calls.",
    ),
    Measure("idle.asterisk_mb", "MB", "<= 120", _NOTHING, "the same for Asterisk."),
    Measure(
        "idle.orchestrator_cpu_percent",
        "%",
        "",
        _NOTHING,
        "of one core, over five seconds in which nothing happens.",
    ),
    Measure("idle.asterisk_cpu_percent", "%", "", _NOTHING, "the same for Asterisk."),
)
_START = (
    Measure(
        "start.first_registration_seconds",
        "s",
        "<= 8",
        _NOTHING,
        "from the start of the command to the first registration that succeeds, Asterisk being "
        "started too; the second start of an installation with 100 devices.",
    ),
)
_RECOVERY = (
    Measure(
        "recovery.seconds",
        "s",
        "<= 3",
        _NOTHING,
        "`kill -9` of the orchestrator with 40 calls up, then started again: from that start to "
        "all 40 adopted.",
    ),
    Measure("recovery.adopted", "calls", "== 40", _NOTHING, "calls that are steered again."),
    Measure(
        "recovery.dropped",
        "calls",
        "== 0",
        _NOTHING,
        "calls of these that did not last until their callers hung up.",
    ),
    Measure(
        "recovery.journal_entries",
        "calls",
        "== 40",
        _NOTHING,
        "journal entries afterwards that are complete (answered, ended, with a verdict and at "
        "least one segment); one per call.",
    ),
    Measure(
        "recovery.journal_incomplete",
        "",
        "== 0",
        _NOTHING,
        "journal entries of these calls that are not complete, or that one call has too many.",
    ),
    Measure(
        "recovery.orphan_channels",
        "",
        "== 0",
        _NOTHING,
        "channels that are left in Asterisk when the callers have hung up.",
    ),
    Measure(
        "recovery.down_seconds",
        "s",
        "<= 3",
        _NOTHING,
        "the same with 40 calls of which 20 callers hang up while the orchestrator is down: from "
        "its start to the other legs of those 20 ended and the other 20 calls adopted.",
    ),
    Measure("recovery.down_adopted", "calls", "== 20", _NOTHING, "of these, calls steered again."),
    Measure("recovery.down_dropped", "calls", "== 0", _NOTHING, "of the 20 that go on."),
    Measure(
        "recovery.down_journal_entries",
        "calls",
        "== 40",
        _NOTHING,
        "complete journal entries afterwards, one per call.",
    ),
    Measure(
        "recovery.down_journal_incomplete",
        "",
        "== 0",
        _NOTHING,
        "journal entries of these calls that are not complete, or that one call has too many.",
    ),
    Measure("recovery.down_orphan_channels", "", "== 0", _NOTHING, "channels that are left."),
)

_ROUTING = (
    Measure(
        "routing.decision_us_p99",
        "us",
        "<= 200",
        _NOTHING,
        "the first step of a call, 99th percentile of 20,000, CPU time: extensions, calls out, "
        "DIDs exact, by ending and unknown, in a customer with 2,000 users, 500 DIDs and "
        "100 rules, 1,000 customers being loaded.",
    ),
    Measure("routing.decision_us_p50", "us", "", _NOTHING, "its median."),
    Measure(
        "routing.change_ms_max",
        "ms",
        "<= 200",
        _NOTHING,
        "from a PATCH of a user of that customer over REST to the plan that decides the next call "
        "by it, longest of 20.",
    ),
    Measure("routing.change_ms_p50", "ms", "", _NOTHING, "its median."),
    Measure("routing.load_seconds", "s", "", _NOTHING, "reading the plan of all at the start."),
)
_HANGUPS = (
    Measure(
        "hangups.calls",
        "calls",
        ">= 1000",
        _NOTHING,
        "calls to one of everything (people, groups, IVRs, menus, boxes, rooms, pages, codes), 40 "
        "at once, each hung up by its caller at a random moment within 8 s unless it ended before; "
        "random keys are pressed on the way, and the called phones answer, ring or are busy at "
        "random.",
    ),
    Measure("hangups.by_caller", "calls", "", _NOTHING, "of these, hung up by the caller."),
    Measure(
        "hangups.lost", "calls", "== 0", _NOTHING, "calls whose caller was left without an end."
    ),
    Measure(
        "hangups.entries_missing",
        "calls",
        "== 0",
        _NOTHING,
        "calls without a journal entry, but for those given up before anything rang or spoke.",
    ),
    Measure(
        "hangups.entries_open",
        "",
        "== 0",
        _NOTHING,
        "entries without end or verdict, without a step, or steps without an end.",
    ),
    Measure(
        "hangups.failed_us", "calls", "== 0", _NOTHING, "entries whose verdict is our own failure."
    ),
    Measure(
        "hangups.verdicts_off",
        "calls",
        "<= 5",
        _NOTHING,
        "how far the number of entries that say so is from the number of calls that the callers "
        "hung up; we may end a call in the moment in which its caller does.",
    ),
    Measure(
        "hangups.left",
        "",
        "== 0",
        _NOTHING,
        "channels, bridges and files of recordings that are left in Asterisk when all is quiet.",
    ),
)
_PAGING = tuple(
    Measure(f"paging.{name}_{size}", unit, bar, _NOTHING, f"{how}, {size} phones.")
    for size in (100, 200)
    for name, unit, bar, how in (
        (
            "last_joined_ms",
            "ms",
            "<= 1500" if size == 100 else "",
            "from the pager's first INVITE to the last phone's first RTP packet, slowest of three",
        ),
        ("first_joined_ms", "ms", "", "the same for the first phone"),
        (
            "ended_ms",
            "ms",
            "<= 1000",
            "from the pager's BYE to the last RTP packet that any phone got, slowest of three",
        ),
        ("missed", "phones", "== 0", "phones that heard nothing, in three pages"),
        ("asterisk_cores", "cores", "", "CPU of Asterisk while the page goes on"),
        ("orchestrator_ms", "ms", "", "CPU of the orchestrator for one page, begin to end"),
    )
)
_IVR = (
    Measure(
        "ivr.key_ms_p50",
        "ms",
        "",
        _NOTHING,
        "50 callers in two IVRs that lead to each other by a key, pressed at uneven intervals: "
        "from the first RTP packet that says the end of the key to the first packet that holds "
        "nothing but the tone of the other prompt, both at the caller; median.",
    ),
    Measure("ivr.key_ms_p99", "ms", "<= 60", _NOTHING, "the same, 99 of 100 keys."),
    Measure(
        "ivr.keys_lost", "keys", "== 0", _NOTHING, "keys that changed nothing, of 16 per caller."
    ),
    Measure(
        "ivr.callers",
        "callers",
        ">= 300",
        _NOTHING,
        "of 300 callers in an IVR at once, those who got 9 of 10 packets of its prompt for 5 s.",
    ),
    Measure(
        "ivr.caller_kb",
        "KB",
        "<= 150",
        _NOTHING,
        "what the orchestrator's memory (PSS) grew by per caller, with these 300, after it had "
        "served the 50.",
    ),
    Measure("ivr.asterisk_cores", "cores", "", _NOTHING, "CPU of Asterisk with these 300."),
    Measure("ivr.orchestrator_cores", "cores", "", _NOTHING, "CPU of the orchestrator then."),
)
_STEADINESS = (
    Measure(
        "steadiness.green_runs",
        "runs",
        "== 10",
        _NOTHING,
        "runs in a row of all scenarios on the real Asterisk (`tests/asterisk`) without one that "
        "fails, six at once, while a program that never waits runs for each core. Takes more than "
        "an hour, so only by its name: `make bench NAME=steadiness`.",
    ),
    Measure("steadiness.scenarios", "scenarios", "", _NOTHING, "in each of these runs."),
    Measure("steadiness.busy_programs", "programs", "", _NOTHING, "that ran beside them."),
    Measure("steadiness.longest_seconds", "s", "", _NOTHING, "the longest of these runs."),
)
MEASURES = (
    *_CALLS,
    *_QUEUES,
    *_REGISTRATIONS,
    *_IDLE,
    *_START,
    *_RECOVERY,
    *_ROUTING,
    *_HANGUPS,
    *_PAGING,
    *_IVR,
    *_STEADINESS,
)
