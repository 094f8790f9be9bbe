"""The orchestrator dies, or loses Asterisk for a moment: calls go on and are taken over."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest_asyncio

from orchestrator.asterisk.fetch import find_asterisk
from orchestrator.asterisk.layout import Layout
from orchestrator.asterisk.process import find_running
from orchestrator.asterisk.runtime import EmbeddedAsterisk
from orchestrator.bootstrap import running
from orchestrator.clock import SystemClock
from orchestrator.db.schema import migrate
from orchestrator.db.session import Database
from orchestrator.events.rules import Events
from orchestrator.events.schemas import EventQuery
from orchestrator.events.service import EventService
from orchestrator.ring_groups.rules import Strategy
from orchestrator.settings import AsteriskMode, Settings
from tests.asterisk.office import Books, Colleague, nothing_left, story, until, until_found
from tests.asterisk.paging import write_group
from tests.factories.rows import add_customer
from tests.phones.baresip import BaresipPhone
from tests.phones.phone import LONG, SippPhone
from tests.phones.wire import Address
from tests.stack import settings_for

START = 40.0  # Seconds that a start may take on a busy machine.


class Process:
    """`centrale run` in a home of its own, which a test kills and starts again."""

    def __init__(self, settings: Settings, books: Books, folder: Path) -> None:
        self.settings = settings
        self.books = books
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._starts = 0

    async def start(self) -> None:
        """Start it and wait until it says that it runs."""
        self._starts += 1
        log = self._folder / f"run-{self._starts}.log"
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("CENTRALE_")
        } | {
            "CENTRALE_HOME": str(self.settings.home),
            "CENTRALE_PACKAGES": str(self.settings.packages),
            "CENTRALE_HTTP_HOST": "127.0.0.1",
            "CENTRALE_HTTP_PORT": "0",
            "CENTRALE_SIP_HOST": "127.0.0.1",
            "CENTRALE_SIP_PORT": "0",
            "CENTRALE_ASTERISK_HTTP_PORT": str(self.settings.asterisk_http_port),
        }
        with log.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "orchestrator", "run", "--no-demo",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
            )  # fmt: skip
        await until(lambda: self.over or " runs" in log.read_text(), seconds=START)
        assert not self.over, log.read_text()

    @property
    def over(self) -> bool:
        return self._process is None or self._process.returncode is not None

    async def kill(self) -> None:
        """End it as a crash does."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """End it politely, and Asterisk with it, whatever state a test left them in."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), START)
            except TimeoutError:
                await self.kill()
        left = find_running(Layout.of(self.settings.home))
        if left is not None:
            await left.stop(5.0)

    @property
    def sip(self) -> Address:
        asterisk = find_running(Layout.of(self.settings.home))
        assert asterisk is not None
        return Address("127.0.0.1", asterisk.ports.sip)

    async def speaker(self, leaving: AsyncExitStack, who: Colleague) -> BaresipPhone:
        """A phone that does what it is told when it is told."""
        phone = BaresipPhone(self.sip, self._folder, who.accounts[0])
        return await leaving.enter_async_context(phone)

    async def phone(self, leaving: AsyncExitStack, who: Colleague) -> SippPhone:
        phone = SippPhone(self.sip, self._folder, who.accounts[0], name=f"p{who.number}")
        await leaving.enter_async_context(phone)
        await phone.register()
        return phone


@asynccontextmanager
async def home_with_customer() -> AsyncIterator[tuple[Settings, Books]]:
    """A run-time folder whose database holds one customer."""
    # The path of Asterisk's control socket must stay short: no folder of pytest's.
    with tempfile.TemporaryDirectory(prefix="centrale-") as home:
        settings = settings_for(Path(home))
        await migrate(settings)
        database = Database(settings.database)
        try:
            yield settings, Books(database, await add_customer(database, "acme"))
        finally:
            await database.close()


@pytest_asyncio.fixture
async def process(tmp_path: Path) -> AsyncIterator[Process]:
    async with home_with_customer() as (settings, books):
        process = Process(settings, books, tmp_path)
        try:
            yield process
        finally:
            await process.stop()


async def test_given_calls_when_the_orchestrator_is_killed_then_none_drops_and_all_are_noted(
    process: Process,
) -> None:
    people = [await process.books.hire(number) for number in ("101", "102", "103", "104", "105")]
    await process.start()
    async with AsyncExitStack() as leaving:
        alice, carol, dave = await asyncio.gather(
            *(process.speaker(leaving, people[n]) for n in (0, 2, 3))
        )
        bob, erin = [await process.phone(leaving, people[n]) for n in (1, 4)]
        patient = await bob.answer()
        for phone, lines in ((alice, 2), (dave, 2)):
            for count in range(1, lines + 1):
                await phone.dial("102")
                await phone.until_event("CALL_ESTABLISHED", count=count)
        callers = []
        for _ in range(2):
            callers.append(await erin.call("103"))
            await carol.answer()
            await callers[-1].until_sent("ACK", count=2)

        await process.kill()
        await process.start()
        assert (len(await alice.lines()), len(await carol.lines())) == (2, 2)
        assert not patient.received("BYE")

        third = await erin.answer(talk_ms=300, ended_by="us")
        await dave.transfer("105")
        await third.until_sent("BYE")
        await dave.hang_up()
        for _ in range(2):
            await alice.hang_up()
            await carol.hang_up()
        await asyncio.gather(*(call.finished() for call in callers))
        await patient.until_sent("200 BYE", count=4)
        await patient.stop()
        await third.stop()
        entries = await process.books.journal(6)
    assert all(entry.adopted for entry in entries)
    assert {entry.verdict for entry in entries} == {"answered"}
    reasons = sorted(str(entry.reason) for entry in entries)
    assert reasons == ["callee_hung_up"] * 3 + ["caller_hung_up"] * 3
    moved = next(entry for entry in entries if entry.segments[-1].destination_number == "105")
    assert [step.reason for step in moved.segments] == ["transferred", "callee_hung_up"]


async def test_given_a_kill_when_one_hangs_up_or_waits_meanwhile_then_the_restart_mends_it(
    process: Process,
) -> None:
    people = [await process.books.hire(number) for number in ("101", "102", "103")]
    await process.start()
    async with AsyncExitStack() as leaving:
        alice, bob, carol = [await process.phone(leaving, who) for who in people]
        talking, ringing = await bob.answer(), await carol.answer(ring_ms=LONG)
        waiter = await alice.call("103", talk_ms=300, ended_by="us")
        await ringing.until_sent("180")
        leaver = await alice.call("102", ended_by="us")
        await leaver.until_sent("ACK", count=2)
        await process.kill()
        await leaver.hang_up()
        assert not talking.received("BYE"), "nobody was there to end it"

        await process.start()
        await talking.until_sent("200 BYE")
        await ringing.end_ringing()
        await waiter.finished(30)
        await ringing.until_sent("200 BYE")
        assert len(ringing.received("INVITE")) == 1, "the phone went on ringing"
        await talking.stop()
        await ringing.stop()
        answered, left = await process.books.journal(2)
    assert story(left)[:2] == ("answered", "ended_unattended")
    assert left.ended_at is not None
    assert story(answered)[:2] == ("answered", "caller_hung_up")
    assert answered.adopted


async def test_given_a_kill_while_groups_ring_then_their_phones_ring_on_and_the_round_goes_on(
    process: Process,
) -> None:
    people = [await process.books.hire(str(number)) for number in range(101, 107)]
    hunted, together = people[2:4], people[4:6]
    hunt, all_of_them = Strategy.HUNT, Strategy.RING_ALL
    in_order = [people[0], *hunted]
    await write_group(process.books, "800", in_order, strategy=hunt, ring_seconds=60)
    await write_group(process.books, "801", together, strategy=all_of_them, ring_seconds=60)
    await process.start()
    async with AsyncExitStack() as leaving:
        alice, bob, *phones = [await process.phone(leaving, who) for who in people]
        first = await phones[0].refuse(ring_ms=LONG)
        second = await phones[1].answer(ended_by="us")
        third, fourth = await phones[2].ring(), await phones[3].answer(ring_ms=LONG)
        in_turn = await alice.call("800")
        all_at_once = await bob.call("801", talk_ms=300, ended_by="us")
        await asyncio.gather(*(each.until_sent("180") for each in (first, third, fourth)))
        await process.kill()
        await process.start()
        await asyncio.gather(first.end_ringing(), fourth.end_ringing())
        await all_at_once.finished(40)
        await in_turn.until_sent("ACK", count=2)
        await second.hang_up()
        await in_turn.finished(40)
        await fourth.until_sent("200 BYE")
        await third.until_sent("200 CANCEL")
        rung = [len(each.received("INVITE")) for each in (first, second, third, fourth)]
        assert rung == [1, 1, 1, 1], "phones ring on, and nobody is called twice"
        await asyncio.gather(*(each.stop() for each in (first, second, third, fourth)))
        stories = [story(entry) for entry in await process.books.journal(2)]
    assert sorted(each[2][-1] for each in stories) == [
        ("user", "104", "callee_hung_up"),
        ("user", "106", "caller_hung_up"),
    ]


async def test_given_no_orchestrator_when_people_call_then_asterisk_carries_it_and_all_is_noted(
    process: Process,
) -> None:
    people = [await process.books.hire(number) for number in ("101", "102")]
    await process.start()
    async with AsyncExitStack() as leaving:
        alice, bob = [await process.phone(leaving, who) for who in people]
        await process.kill()
        answering = await bob.answer()
        call = await alice.call("102", talk_ms=300, ended_by="us")
        await call.finished(30)
        await answering.until_sent("200 BYE")
        await answering.stop()
        await process.start()
        (carried,) = await process.books.journal()
    assert story(carried)[:2] == ("answered", "survival")
    assert (carried.caller_number, carried.dialled, carried.direction) == ("101", "102", "internal")
    assert carried.answered_at is not None
    assert carried.ended_at is not None
    assert carried.started_at <= carried.answered_at <= carried.ended_at
    events = EventService(process.books.database, SystemClock())
    query = EventQuery(number=Events.SERVICES_INTERRUPTED.value.number)

    async def said() -> bool:
        return bool((await events.list(process.books.scope, query)).items)

    await until_found(said)


class Wire:
    """A TCP connection to Asterisk that can be cut."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self.port = 0

    async def __aenter__(self) -> "Wire":
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    def cut(self) -> None:
        """Drop every connection; new ones are carried again."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers += [writer, back]
        with contextlib.suppress(OSError):
            await asyncio.gather(_copy(reader, back), _copy(there, writer))


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()


async def test_given_calls_when_the_connection_to_asterisk_drops_then_they_are_steered_again(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as leaving:
        settings, books = await leaving.enter_async_context(home_with_customer())
        people = [await books.hire(number) for number in ("101", "102", "103")]
        asterisk = EmbeddedAsterisk(settings, await asyncio.to_thread(find_asterisk, settings))
        leaving.push_async_callback(asterisk.stop)
        await asterisk.start()
        ports = asterisk.address.ports
        wire = await leaving.enter_async_context(Wire(ports.http))
        outside = settings.model_copy(
            update={
                "asterisk_mode": AsteriskMode.EXTERNAL,
                "sip_port": ports.sip,
                "asterisk_http_port": wire.port,
            }
        )
        centrale = await leaving.enter_async_context(running(outside))
        sip = Address("127.0.0.1", ports.sip)
        phones = [SippPhone(sip, tmp_path, who.accounts[0]) for who in people]
        for phone in phones:
            await leaving.enter_async_context(phone)
            await phone.register()
        alice, bob, carol = phones

        talking, ringing = await bob.answer(), await carol.answer(ring_ms=LONG)
        first = await alice.call("102", ended_by="us")
        second = await alice.call("103", talk_ms=300, ended_by="us")
        await first.until_sent("ACK", count=2)
        await ringing.until_sent("180")
        wire.cut()
        await until(lambda: not centrale.node.ari.connected)
        await centrale.node.ari.wait_connected(10.0)
        await ringing.end_ringing()
        await second.finished()
        await first.hang_up()
        await ringing.stop()
        await talking.stop()
        entries = await books.journal(2)
        await nothing_left(centrale)
    assert [story(entry)[:2] for entry in entries] == [("answered", "caller_hung_up")] * 2


async def test_given_a_page_when_the_orchestrator_is_killed_then_it_goes_on_and_leaves_nothing(
    process: Process,
) -> None:
    people = [await process.books.hire(number) for number in ("101", "102", "103")]
    await process.books.set_rights(people[0].user_id, {"presence.intercom": True})
    await write_group(process.books, "800", people[1:])
    await process.start()
    async with AsyncExitStack() as leaving:
        ann, bob, carol = [await process.phone(leaving, who) for who in people]
        hearing = [await bob.answer(), await carol.answer()]
        page = await ann.call("800", ended_by="us")
        await asyncio.gather(*(each.until_received("ACK") for each in hearing))
        await page.until_received("200 INVITE")
        await process.kill()
        await process.start()
        assert not any(each.received("BYE") for each in hearing)
        await page.hang_up()
        await asyncio.gather(*(each.until_received("BYE") for each in hearing))
        gone = await ann.call("800", ended_by="us")
        await asyncio.gather(*(each.until_received("ACK", count=2) for each in hearing))
        await gone.until_received("200 INVITE")
        await process.kill()
        await gone.hang_up()
        await process.start()
        await asyncio.gather(*(each.until_received("BYE", count=2) for each in hearing))
        for each in hearing:
            assert len(each.received("INVITE")) == 2, "nobody was called again"
            await each.stop()
        first, second = await process.books.journal(2)
    assert story(first) == (
        "answered",
        "caller_hung_up",
        [("paging", "800", "ended_unattended"), ("paging", "800", "caller_hung_up")],
    )
    # How many had come in by the kill is a matter of milliseconds; in the end all had, each once.
    assert first.segments[-1].joined == 2
    assert story(second)[:2] == ("answered", "ended_unattended")
