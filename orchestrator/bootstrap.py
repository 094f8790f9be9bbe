"""The composition root: builds everything by constructor, in one stack, and nothing at import.

The order is the order of need, and leaving the stack undoes it backwards: the home is locked
before anything is touched, the schema is current before Asterisk reads it, Asterisk runs before
it is driven, and it ends while we still listen, so that its calls get their verdicts.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog

from orchestrator.ari.client import AriClient
from orchestrator.ari.errors import AriError, TooOld
from orchestrator.ari.metrics import AriMetrics
from orchestrator.ari.transport import AriAddress, WebSocketTransport
from orchestrator.asterisk.address import AsteriskAddress
from orchestrator.asterisk.fetch import find_asterisk
from orchestrator.asterisk.ports import Ports
from orchestrator.asterisk.render import APPLICATION, credentials_of
from orchestrator.asterisk.runtime import EmbeddedAsterisk
from orchestrator.calls.journal import JournalWriter
from orchestrator.calls.recovery import Recovery
from orchestrator.calls.registry import CallRegistry
from orchestrator.calls.spool import Spool
from orchestrator.clock import Clock, SystemClock
from orchestrator.db.schema import migrate
from orchestrator.db.session import Database
from orchestrator.errors import Misconfigured
from orchestrator.home import own_home
from orchestrator.routing.read_model import ReadModel
from orchestrator.settings import AsteriskMode, Settings
from orchestrator.supervisor import Supervisor

log = structlog.get_logger(__name__)

# The first connection follows the start of Asterisk at once; an external one may be booting.
_CONNECT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Running:
    """What a running orchestrator is made of; tests and the command line look in here."""

    settings: Settings
    clock: Clock
    database: Database
    read_model: ReadModel
    asterisk: AsteriskAddress
    embedded: EmbeddedAsterisk | None
    ari: AriClient
    registry: CallRegistry
    spool: Spool
    journal: JournalWriter


def say(line: str) -> None:
    """Progress for the person at the terminal; logs are for later."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Running]:
    """Start everything, give it, stop everything. Raises Misconfigured with a clear cause."""
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        stack.enter_context(own_home(settings.home))
        await migrate(settings)
        database = Database(settings.database)
        stack.push_async_callback(database.close)
        read_model = ReadModel(database)
        await read_model.load()

        spool = Spool(settings.home / "spool")
        stack.callback(spool.close)
        journal = JournalWriter(database.engine, spool)
        # Last in the way down: what the ending calls wrote still goes into the database.
        stack.push_async_callback(_drain, journal)

        supervisor = await stack.enter_async_context(Supervisor())
        supervisor.run("changes", database.watch)
        supervisor.run("read-model", read_model.run)
        supervisor.run("journal", journal.run)

        embedded, address = await _asterisk(settings)
        ari = _client(address)
        registry = CallRegistry(ari, clock, spool, lambda: read_model.plan)
        stack.push_async_callback(registry.close)
        await _drive(stack, ari, Recovery(ari, registry, spool))
        if embedded is not None:
            supervisor.run("asterisk", embedded.run)
            stack.push_async_callback(_stop, embedded, registry)
        yield Running(
            settings,
            clock,
            database,
            read_model,
            address,
            embedded,
            ari,
            registry,
            spool,
            journal,
        )


async def _asterisk(settings: Settings) -> tuple[EmbeddedAsterisk | None, AsteriskAddress]:
    """Start or adopt the embedded Asterisk, or find the external one."""
    if settings.asterisk_mode is AsteriskMode.EXTERNAL:
        ports = Ports(settings.sip_port, settings.sip_port + 1, settings.asterisk_http_port, 0)
        return None, AsteriskAddress(settings.asterisk_http_host, ports, credentials_of(settings))
    binary = await asyncio.to_thread(find_asterisk, settings, say)
    embedded = EmbeddedAsterisk(settings, binary)
    await embedded.start()
    return embedded, embedded.address


def _client(address: AsteriskAddress) -> AriClient:
    metrics = AriMetrics()
    credentials = address.credentials
    transport = WebSocketTransport(
        AriAddress(address.base_url, credentials.ari_user, credentials.ari_password, APPLICATION),
        metrics,
    )
    return AriClient(transport, app=APPLICATION, metrics=metrics)


async def _drive(stack: AsyncExitStack, ari: AriClient, recovery: Recovery) -> None:
    """Connect, reconcile, and stay connected until the stack is left."""
    task = asyncio.create_task(ari.run(recovery), name="ari")
    stack.push_async_callback(_cancel, task)
    connected = asyncio.create_task(ari.wait_connected(_CONNECT_SECONDS), name="ari-connect")
    await asyncio.wait({task, connected}, return_when=asyncio.FIRST_COMPLETED)
    try:
        if task.done():
            await task
        await connected
    except TooOld as error:
        raise Misconfigured(str(error)) from error
    except AriError as error:
        raise Misconfigured(f"No connection to Asterisk: {error}") from error
    finally:
        await _cancel(connected)


async def _stop(embedded: EmbeddedAsterisk, registry: CallRegistry) -> None:
    """End Asterisk, and give the calls that end with it the time for their last word."""
    await embedded.stop()
    await registry.ended(seconds=2.0)


async def _drain(journal: JournalWriter) -> None:
    try:
        while await journal.drain():
            pass
    except OSError as error:
        log.warning("journal-left-in-spool", error=str(error))


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
