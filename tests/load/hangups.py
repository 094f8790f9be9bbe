"""Callers hang up in every verb at any moment: nothing may be left, and each call has its end."""

import asyncio
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing

from tests.load.impatient import End, Impatient, Plan, plans
from tests.load.installation import Installation, NotMeasurable, installed
from tests.load.measures import NOTHING, Measure
from tests.load.ringers import Ringers
from tests.load.seed import Phone
from tests.load.sipp import register
from tests.load.voice import seed_voice
from tests.phones.ports import free_udp_port

HANGUPS = (
    Measure(
        "hangups.calls",
        "calls",
        ">= 1000",
        NOTHING,
        "calls to one of everything (people, groups, IVRs, menus, boxes, rooms, pages, codes), 40 "
        "at once, each hung up by its caller at a random moment within 8 s unless it ended before; "
        "random keys are pressed on the way, and the called phones answer, ring or are busy at "
        "random.",
    ),
    Measure("hangups.by_caller", "calls", "", NOTHING, "of these, hung up by the caller."),
    Measure(
        "hangups.lost", "calls", "== 0", NOTHING, "calls whose caller was left without an end."
    ),
    Measure(
        "hangups.entries_missing",
        "calls",
        "== 0",
        NOTHING,
        "calls without a journal entry, but for those given up before anything rang or spoke.",
    ),
    Measure(
        "hangups.entries_open",
        "",
        "== 0",
        NOTHING,
        "entries without end or verdict, without a step, or steps without an end.",
    ),
    Measure(
        "hangups.failed_us", "calls", "== 0", NOTHING, "entries whose verdict is our own failure."
    ),
    Measure(
        "hangups.verdicts_off",
        "calls",
        "<= 5",
        NOTHING,
        "how far the number of entries that say so is from the number of calls that the callers "
        "hung up; we may end a call in the moment in which its caller does.",
    ),
    Measure(
        "hangups.left",
        "",
        "== 0",
        NOTHING,
        "channels, bridges and files of recordings that are left in Asterisk when all is quiet.",
    ),
)

CALLS = 1000
_CALLERS = 40
_CALLEES = 20
_AT_ONCE = 40
_LONGEST_SECONDS = 8.0
_SETTLE_SECONDS = 20.0

# Who leaves a message ends it by hanging up.
_HUNG_UP = {"caller_hung_up", "callee_hung_up", "message_left"}
_ENTRIES = "SELECT verdict, reason, count(*) FROM calls GROUP BY verdict, reason"
_OPEN = """
    SELECT (SELECT count(*) FROM calls WHERE ended_at IS NULL OR verdict IS NULL)
         + (SELECT count(*) FROM segments WHERE ended_at IS NULL)
         + (SELECT count(*) FROM calls c
            WHERE NOT EXISTS (SELECT 1 FROM segments s WHERE s.call_id = c.id))
"""


def measure_hangups(seed: int | None = None) -> Mapping[str, float]:
    """Values of `hangups.*`; the same `seed` makes the same calls."""
    seed = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    print(f"hangups: seed {seed}", file=sys.stderr)
    with installed(_CALLERS + _CALLEES) as installation:
        callees = installation.phones[_CALLERS:]
        numbers = seed_voice(installation.settings, [phone.number for phone in callees])
        installation.start()
        return asyncio.run(_measure(installation, callees, numbers, random.Random(seed)))


async def _measure(
    installation: Installation,
    callees: Sequence[Phone],
    numbers: list[str],
    dice: random.Random,
) -> Mapping[str, float]:
    port, folder = free_udp_port(), installation.home / "sipp"
    registered = await asyncio.to_thread(register, folder, installation.sip, callees, port)
    if registered.good != len(callees):
        raise NotMeasurable(f"only {registered.good} callees could register")
    async with Ringers(dice, port), Impatient(installation.sip) as impatient:
        planned = list(
            plans(dice, installation.phones[:_CALLERS], numbers, CALLS, _LONGEST_SECONDS)
        )
        ends = await _make(impatient, planned)
        left = await asyncio.to_thread(_settled, installation)
    verdicts = _verdicts(installation)
    ended = Counter(ends)
    said = ", ".join(f"{count} {end}" for end, count in sorted(ended.items()))
    print(f"hangups: {said}; {dict(verdicts)}", file=sys.stderr)
    for odd in (End.LOST, End.UNHEARD):
        numbers_of = Counter(p.number for p, end in zip(planned, ends, strict=True) if end is odd)
        print(f"hangups: {odd}: {dict(numbers_of)}", file=sys.stderr)
    # The called phones never hang up: a "callee" who did is a caller who took a call of another.
    by_caller = sum(count for (_, reason), count in verdicts.items() if reason in _HUNG_UP)
    # Calls that were given up before they began may have left an entry, or not.
    entries = sum(verdicts.values())
    unheard = min(ended[End.UNHEARD], max(0, entries - (CALLS - ended[End.UNHEARD])))
    hung_up = unheard + ended[End.CANCELLED] + ended[End.HUNG_UP]
    return {
        "hangups.calls": CALLS,
        "hangups.by_caller": hung_up,
        "hangups.lost": ended[End.LOST],
        "hangups.entries_missing": max(0, CALLS - ended[End.UNHEARD] - entries),
        "hangups.entries_open": _one(installation, _OPEN),
        "hangups.failed_us": sum(
            n for (verdict, _), n in verdicts.items() if verdict == "failed_us"
        ),
        "hangups.verdicts_off": abs(by_caller - hung_up),
        "hangups.left": left,
    }


async def _make(impatient: Impatient, planned: Sequence[Plan]) -> list[End]:
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(plan: Plan) -> End:
        async with room:
            return await impatient.call(plan)

    return list(await asyncio.gather(*(one(plan) for plan in planned)))


def _settled(installation: Installation) -> int:
    """Channels, bridges and unfinished recordings that are left when all is quiet."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while (left := _left(installation)) and time.monotonic() < deadline:
        time.sleep(0.2)
    if left:
        for command in ("core show channels", "bridge show all"):
            print(installation.cli(command), file=sys.stderr)
    return left


def _left(installation: Installation) -> int:
    bridges = len(installation.cli("bridge show all").splitlines()) - 1
    spool = installation.layout.spool / "recording"
    # What is recorded of conversations stays for the archive; nothing here is recorded so.
    files = sum(1 for file in spool.rglob("*") if file.is_file())
    return installation.channels() + max(0, bridges) + files


def _verdicts(installation: Installation) -> Mapping[tuple[str, str], int]:
    deadline = time.monotonic() + _SETTLE_SECONDS
    while True:
        with closing(sqlite3.connect(installation.home / "centrale.db", timeout=10)) as database:
            rows = database.execute(_ENTRIES).fetchall()
        found = {(verdict, reason): count for verdict, reason, count in rows}
        if sum(found.values()) >= CALLS or time.monotonic() > deadline:
            return found
        time.sleep(0.2)


def _one(installation: Installation, query: str) -> int:
    with closing(sqlite3.connect(installation.home / "centrale.db", timeout=10)) as database:
        return int(database.execute(query).fetchone()[0])
