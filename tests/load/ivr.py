"""Callers in IVRs: how soon a key changes what they hear, and what each of them costs.

Two IVRs play a tone each, of 1000 and of 800 Hz, and lead to each other by key 1. SIPp calls; the
sound of every caller comes to a socket of our own, which presses the keys (RFC 4733) and looks at
each packet for the other tone. So the time is the caller's: from the end of the key to the first
sound of the next prompt.
"""

import asyncio
import random
import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.db.engine import WRITES, make_engine
from orchestrator.departments.model import Department
from orchestrator.ivr.model import Ivr, IvrKey
from orchestrator.people.model import Extension
from orchestrator.people.rules import OwnerKind
from orchestrator.prompts.model import Prompt
from orchestrator.prompts.rules import PromptSource
from orchestrator.settings import Settings
from orchestrator.types import DestinationKind, new_id
from tests.load.installation import Installation, NotMeasurable, installed
from tests.load.measures import NOTHING, Measure
from tests.load.processes import proportional_megabytes
from tests.load.sipp import HOST, Pace, Sipp, injected
from tests.phones.ports import free_udp_port
from tests.tones import sine, write_wav

IVR = (
    Measure(
        "ivr.key_ms_p50",
        "ms",
        "",
        NOTHING,
        "50 callers in two IVRs that lead to each other by a key, pressed at uneven intervals: "
        "from the first RTP packet that says the end of the key to the first packet that holds "
        "nothing but the tone of the other prompt, both at the caller; median.",
    ),
    Measure("ivr.key_ms_p99", "ms", "<= 60", NOTHING, "the same, 99 of 100 keys."),
    Measure(
        "ivr.keys_lost", "keys", "== 0", NOTHING, "keys that changed nothing, of 16 per caller."
    ),
    Measure(
        "ivr.callers",
        "callers",
        ">= 300",
        NOTHING,
        "of 300 callers in an IVR at once, those who got 9 of 10 packets of its prompt for 5 s.",
    ),
    Measure(
        "ivr.caller_kb",
        "KB",
        "<= 150",
        NOTHING,
        "what the orchestrator's memory (PSS) grew by per caller, with these 300, after it had "
        "served the 50.",
    ),
    Measure("ivr.asterisk_cores", "cores", "", NOTHING, "CPU of Asterisk with these 300."),
    Measure("ivr.orchestrator_cores", "cores", "", NOTHING, "CPU of the orchestrator then."),
)

PRESSING, WAITING = 50, 300
KEYS = 16
"""Keys that each caller presses; a call may have 50 steps."""
_PERIODS = {"800": 8, "801": 10}
"""Samples of a wave: 1000 and 800 Hz."""
_PROMPT_SECONDS = 120.0
_RATE = 30
_KEY_SECONDS = 0.1
_PACKET_SECONDS = 0.02
_PATIENCE = 5.0
_MEASURED_SECONDS = 5.0
_RTP = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_HEADER = 12


def measure_ivr() -> Mapping[str, float]:
    """Values of `ivr.*`."""
    with installed(WAITING) as installation:
        asyncio.run(_add_ivrs(installation.settings))
        installation.start()
        return asyncio.run(_measure(installation))


async def _add_ivrs(settings: Settings) -> None:
    engine = make_engine(settings.database)
    try:
        async with engine.execution_options(**{WRITES: True}).begin() as connection:
            await _insert(connection, settings.media_folder)
    finally:
        await engine.dispose()


async def _insert(connection: AsyncConnection, media: Path) -> None:
    department = (await connection.execute(select(Department.id, Department.tenant_id))).one()
    tenant = {"tenant_id": department.tenant_id}
    ids = {number: new_id() for number in _PERIODS}
    for number, period in _PERIODS.items():
        file, prompt = f"{department.tenant_id}/prompts/{number}", new_id()
        (media / file).parent.mkdir(parents=True, exist_ok=True)
        write_wav(media / f"{file}.wav", sine(8000 / period, _PROMPT_SECONDS))
        row = {"id": prompt, "name": number, "source": PromptSource.UPLOADED, "file": file}
        await connection.execute(insert(Prompt), [tenant | row])
        named = {"id": ids[number], "name": number, "department_id": department.id}
        plays = {"prompt": prompt, "direct_dial": False}
        await connection.execute(insert(Ivr), [tenant | named | plays])
        owner = {"owner_kind": OwnerKind.IVR, "owner_id": ids[number], "number": number}
        await connection.execute(insert(Extension), [tenant | owner])
    for number, other in (("800", "801"), ("801", "800")):
        to = {"kind": DestinationKind.IVR.value, "ref": ids[other]}
        key = {"ivr_id": ids[number], "keys": "1", "destination": to}
        await connection.execute(insert(IvrKey), [tenant | key])


class _Caller(asyncio.DatagramProtocol):
    """What one caller hears and presses; `heard` is the period of the tone of now, 0: none."""

    def __init__(self) -> None:
        self.heard = 0
        self.changed = 0.0
        self.packets = 0
        self._news = asyncio.Event()
        self._transport: asyncio.DatagramTransport | None = None
        self._peer: tuple[str, int] | None = None
        self._sequence = 1

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) < _HEADER + 80:
            return
        self._peer = addr
        self.packets += 1
        period = _period(data[_HEADER:])
        if period and period != self.heard:
            self.heard, self.changed = period, time.perf_counter()
            self._news.set()

    async def hears(self, other_than: int) -> float:
        """Wait until another tone is heard; when that was."""
        async with asyncio.timeout(_PATIENCE):
            while self.heard in {0, other_than}:
                self._news.clear()
                await self._news.wait()
        return self.changed

    async def press(self) -> float:
        """Press key 1; when the packet that says its end left."""
        # Asterisk leaves out events that are older than the last one.
        stamp = int(time.perf_counter() * 8000) & 0xFFFFFFFF
        packets = int(_KEY_SECONDS / _PACKET_SECONDS)
        for number in range(packets):
            self._send(stamp, number * 160, end=False, first=number == 0)
            await asyncio.sleep(_PACKET_SECONDS)
        ended = time.perf_counter()
        for _ in range(3):
            self._send(stamp, packets * 160, end=True, first=False)
        return ended

    def _send(self, stamp: int, duration: int, *, end: bool, first: bool) -> None:
        assert self._transport is not None
        head = _RTP.pack(0x80, 101 | (0x80 if first else 0), self._sequence, stamp, 4711)
        self._sequence += 1
        event = _EVENT.pack(1, (0x80 if end else 0) | 10, duration)
        self._transport.sendto(head + event, self._peer)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _period(sound: bytes) -> int:
    """The period of the tone in a packet of PCMU, 0 when it holds neither of the two, or both."""
    if sound.count(sound[0]) == len(sound):
        return 0
    return next((p for p in _PERIODS.values() if sound[:-p] == sound[p:]), 0)


async def _measure(installation: Installation) -> Mapping[str, float]:
    before = proportional_megabytes(installation.orchestrator)
    callers, calls = await _call(installation, PRESSING)
    try:
        delays = sorted(d for each in await asyncio.gather(*map(_press, callers)) for d in each)
    finally:
        await _end(installation, callers, calls)
    if not delays:
        raise NotMeasurable("no key changed what its caller hears")
    rested = max(before, proportional_megabytes(installation.orchestrator))
    callers, calls = await _call(installation, WAITING)
    try:
        meter = installation.meter()
        for each in callers:
            each.packets = 0
        await asyncio.sleep(_MEASURED_SECONDS)
        usage = meter.read()
        hearing = sum(each.packets > 0.9 * _MEASURED_SECONDS / _PACKET_SECONDS for each in callers)
        with_callers = proportional_megabytes(installation.orchestrator)
    finally:
        await _end(installation, callers, calls)
    return {
        "ivr.key_ms_p50": delays[len(delays) // 2],
        "ivr.key_ms_p99": delays[len(delays) * 99 // 100],
        "ivr.keys_lost": PRESSING * KEYS - len(delays),
        "ivr.callers": hearing,
        "ivr.caller_kb": 1024 * (with_callers - rested) / WAITING,
        "ivr.asterisk_cores": usage.asterisk / usage.seconds,
        "ivr.orchestrator_cores": usage.orchestrator / usage.seconds,
    }


async def _call(installation: Installation, count: int) -> tuple[list[_Caller], Sipp]:
    """`count` callers in the first IVR, once all of them hear it."""
    loop = asyncio.get_running_loop()
    callers: list[_Caller] = []
    rows = []
    for phone in installation.phones[:count]:
        transport, caller = await loop.create_datagram_endpoint(_Caller, local_addr=(HOST, 0))
        callers.append(caller)
        rows.append((phone, f"800;{transport.get_extra_info('sockname')[1]}"))
    folder, pace = installation.home / "sipp", Pace(_RATE, count, talk=_PROMPT_SECONDS)
    options = [
        *injected(folder, rows), "-p", str(free_udp_port()),
        "-r", str(pace.rate), "-m", str(count), "-d", str(round(pace.talk * 1000)),
    ]  # fmt: skip
    calls = Sipp(folder, "menu", installation.sip, options)
    deadline = time.monotonic() + pace.count / pace.rate + 20
    while not all(each.heard for each in callers):
        if time.monotonic() > deadline:
            deaf = sum(not each.heard for each in callers)
            raise NotMeasurable(f"{deaf} of {count} callers hear nothing\n{calls.story()}")
        await asyncio.sleep(0.05)
    return callers, calls


async def _press(caller: _Caller) -> Sequence[float]:
    """Press keys at uneven intervals; of each that was heard the milliseconds to the other tone."""
    found = []
    for _ in range(KEYS):
        await asyncio.sleep(random.uniform(0.5, 1.5))
        before = caller.heard
        ended = await caller.press()
        try:
            found.append(1000 * (await caller.hears(before) - ended))
        except TimeoutError:
            continue
    return found


async def _end(installation: Installation, callers: Sequence[_Caller], calls: Sipp) -> None:
    """Hang up for all; Asterisk is asked to, since SIPp ends without a word."""
    calls.stop()
    for each in callers:
        each.close()
    await asyncio.to_thread(installation.cli, "channel request hangup all")
    await asyncio.to_thread(
        installation.until, "the end", lambda: True if installation.channels() == 0 else None
    )
