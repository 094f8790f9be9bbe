"""The orchestrator dies while a call out is at the first of several routes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio

from orchestrator.asterisk.fetch import find_asterisk
from orchestrator.asterisk.runtime import EmbeddedAsterisk
from tests.asterisk.office import next_provider_host, story, until, until_found
from tests.asterisk.test_recovery import Process, home_with_customer
from tests.phones.phone import LONG, SippPhone
from tests.phones.wire import Address

NUMBER = "0612345678"
RESTART = 60.0


@dataclass(frozen=True)
class Office:
    """Alice's phone, and two providers that a rule tries one after the other."""

    process: Process
    alice: SippPhone
    first: SippPhone
    second: SippPhone

    async def until_nothing_is_left(self) -> None:
        """Asterisk has neither channel nor bridge."""
        settings = self.process.settings
        asterisk = EmbeddedAsterisk(settings, await asyncio.to_thread(find_asterisk, settings))

        async def quiet() -> bool:
            channels = await asterisk.command("core show channels concise")
            bridges = await asterisk.command("bridge show all")
            return not channels.strip() and len(bridges.strip().splitlines()) <= 1

        await until_found(quiet)


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with AsyncExitStack() as leaving:
        settings, books = await leaving.enter_async_context(home_with_customer())
        process = Process(settings, books, tmp_path)
        leaving.push_async_callback(process.stop)
        yield await leaving.enter_async_context(_furnished(process, tmp_path))


@asynccontextmanager
async def _furnished(process: Process, folder: Path) -> AsyncIterator[Office]:
    who = await process.books.hire("101", outbound_caller_id="+31205550101")
    async with AsyncExitStack() as leaving:
        providers = []
        for _ in range(2):
            far = SippPhone(Address("127.0.0.1", 0), folder, host=next_provider_host())
            providers.append(await leaving.enter_async_context(far))
        trunks = [
            await process.books.add_trunk(each.address, name=each.address.host)
            for each in providers
        ]
        await process.books.add_rule(*(trunk.id for trunk in trunks))
        await process.start()
        for far in providers:
            far.server = process.sip
        yield Office(process, await process.phone(leaving, who), *providers)


async def test_given_a_kill_at_the_first_route_when_it_runs_again_then_the_next_one_is_tried(
    office: Office,
) -> None:
    failing = await office.first.refuse("503 Service Unavailable", ring_ms=LONG)
    taking = await office.second.answer()
    call = await office.alice.call(f"*5{NUMBER}", talk_ms=300, ended_by="us")
    await failing.until_sent("180")
    await office.process.kill()
    await office.process.start()
    await until(lambda: len({each.headers["call-id"] for each in failing.sent("180")}) == 2)
    await failing.end_ringing()
    await call.finished(RESTART)
    await taking.until_sent("200 BYE")
    await failing.stop()
    await taking.stop()
    invites = {message.headers["call-id"] for message in failing.received("INVITE")}
    assert len(invites) == 2, "called again, for nobody saw how it rang"
    invite = taking.received("INVITE")[0]
    assert (invite.user, invite.caller) == (NUMBER, "anonymous"), "withheld as it was"
    assert "+31205550101" in invite.headers["p-asserted-identity"]
    (entry,) = await office.process.books.journal()
    assert entry.adopted
    assert story(entry) == (
        "answered",
        "caller_hung_up",
        [
            ("external", NUMBER, "ended_unattended"),
            ("external", NUMBER, "trunk_refused"),
            ("external", NUMBER, "caller_hung_up"),
        ],
    )
    await office.until_nothing_is_left()


async def test_given_a_kill_at_the_first_route_when_the_caller_gives_up_then_nothing_goes_on(
    office: Office,
) -> None:
    ringing, never = await office.first.ring(), await office.second.answer()
    call = await office.alice.call_cancelled(NUMBER)
    await ringing.until_sent("180")
    await call.until_received("180")
    await office.process.kill()
    await call.end_ringing()
    await call.finished(RESTART)
    await office.process.start()
    await ringing.until_received("CANCEL", timeout=RESTART)
    await ringing.stop()
    await never.stop()
    assert len(ringing.received("INVITE")) == 1
    assert not never.received("INVITE")
    (entry,) = await office.process.books.journal()
    assert story(entry)[:2] == ("abandoned", "ended_unattended")
    assert entry.ended_at is not None
    await office.until_nothing_is_left()
