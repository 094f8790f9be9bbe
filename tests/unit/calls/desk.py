"""Calls on the fake Asterisk: what a registry, a journal and a plan need to live in a test."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.ari.client import AriClient
from orchestrator.ari.fake import FakeAsterisk, FakePhone, Reaction
from orchestrator.ari.messages import CallerId
from orchestrator.calls.entry import CallEntry
from orchestrator.calls.features import Features, NoFeatures
from orchestrator.calls.ports import CallPorts
from orchestrator.calls.recovery import Recovery
from orchestrator.calls.registry import CallRegistry
from orchestrator.calls.spool import Spool
from orchestrator.clock import FixedClock, SystemClock
from orchestrator.events.service import NewEvent
from orchestrator.routing.plan import Plan

PATIENCE = 8.0
SILENT = FakePhone(Reaction.NOTHING)


class Clock(SystemClock):
    """Real monotonic time, and a wall clock that tests may set."""

    def __init__(self) -> None:
        self.wall = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))

    def now(self) -> datetime:
        return self.wall.now()


class Journal:
    """The real spool, and the last state of each entry at hand."""

    def __init__(self, folder: Path) -> None:
        self.spool = Spool(folder)
        self.entries: dict[str, CallEntry] = {}

    def record(self, entry: CallEntry) -> None:
        self.entries[entry.id] = entry
        self.spool.record(entry)


class Desk:
    """A node in memory: `asterisk` is what people and networks do to it."""

    def __init__(self, plan: Plan, folder: Path, features: Features) -> None:
        self.plan = plan
        self.asterisk = FakeAsterisk(deadline=2.0)
        self.clock = Clock()
        self.journal = Journal(folder)
        self.posted: list[NewEvent] = []
        self.ari = AriClient(self.asterisk)
        ports = CallPorts(
            self.ari,
            self.clock,
            self.journal,
            lambda: self.plan,
            self.posted.append,
            sanity_seconds=0.5,
            features=features,
        )
        self.registry = CallRegistry(ports)

    def phones(self, *endpoints: str, phone: FakePhone | None = None) -> None:
        for endpoint in endpoints:
            self.asterisk.register(f"PJSIP/{endpoint}", phone)

    def call(self, endpoint: str, number: str, caller: str = "") -> str:
        """A device or trunk calls `number`; the id of its channel."""
        who = CallerId("", caller)
        return self.asterisk.incoming(f"PJSIP/{endpoint}", number, who).id

    def entry(self, call_id: str) -> CallEntry:
        return self.journal.entries[call_id]

    async def ended(self, call_id: str) -> CallEntry:
        """Wait for the call's last word, and that nothing of it is left."""
        await until(lambda: call_id in self.journal.entries and self.entry(call_id).complete)
        await until(lambda: self.registry.get(call_id) is None)
        return self.entry(call_id)

    async def talking(self, call_id: str) -> None:
        await until(
            lambda: (
                call_id in self.journal.entries
                and bool(self.entry(call_id).answered_at)
                and self.bridged(call_id) == 2
            )
        )

    def bridged(self, call_id: str) -> int:
        bridge = self.asterisk.world.bridges.get(call_id)
        return len(bridge.members) if bridge else 0

    async def empty(self) -> None:
        """Wait until Asterisk has neither channel nor bridge."""
        world = self.asterisk.world
        await until(lambda: not world.channels and not world.bridges)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  conditions have no event
            await asyncio.sleep(0.005)


@asynccontextmanager
async def at_desk(
    plan: Plan, folder: Path, features: Features | None = None
) -> AsyncIterator[Desk]:
    """A node that is connected; its spool is in `folder`, dial codes change `features`."""
    desk = Desk(plan, folder, features or NoFeatures())
    recovery = Recovery(desk.ari, desk.registry, desk.journal.spool)
    link = asyncio.create_task(desk.ari.run(recovery), name="ari")
    try:
        await desk.ari.wait_connected(PATIENCE)
        yield desk
    finally:
        await desk.registry.close()
        link.cancel()
        await asyncio.gather(link, return_exceptions=True)
        desk.journal.spool.close()
