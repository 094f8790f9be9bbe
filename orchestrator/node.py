"""The node: Asterisk, the connection to it, and the calls that are driven over it."""

import asyncio
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from orchestrator.ari.client import AriClient
from orchestrator.ari.errors import AriError, TooOld
from orchestrator.ari.metrics import AriMetrics
from orchestrator.ari.recordings import HttpRecordings
from orchestrator.ari.transport import AriAddress, WebSocketTransport
from orchestrator.asterisk.address import AsteriskAddress
from orchestrator.asterisk.fetch import find_asterisk
from orchestrator.asterisk.ports import Ports
from orchestrator.asterisk.registrations import Registrations
from orchestrator.asterisk.render import APPLICATION, credentials_of
from orchestrator.asterisk.runtime import EmbeddedAsterisk
from orchestrator.calls.emergency import EmergencyAlerts
from orchestrator.calls.ports import CallPorts
from orchestrator.calls.recovery import Recovery
from orchestrator.calls.registry import CallRegistry
from orchestrator.clock import Clock
from orchestrator.errors import Misconfigured
from orchestrator.features import DialledFeatures
from orchestrator.mail.mailer import Mailer
from orchestrator.media import MediaStore
from orchestrator.presence.notices import Notices
from orchestrator.prompts.desk import PromptDesk
from orchestrator.settings import AsteriskMode, Settings
from orchestrator.store import Store
from orchestrator.trunks.state import TrunkStates
from orchestrator.voicemail.node import Base, VoicemailNode, voicemail_of

# The first connection follows the start of Asterisk at once; an external one may be booting.
_CONNECT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Node:
    """The calls: an Asterisk, the connection to it, and what is driven over it.

    `driving` ends only when Asterisk cannot be driven any more, with the reason as exception.
    """

    asterisk: AsteriskAddress
    embedded: EmbeddedAsterisk | None
    ari: AriClient
    registry: CallRegistry
    notices: Notices
    driving: "asyncio.Task[None]"
    trunks: TrunkStates
    registrations: Registrations
    voicemail: VoicemailNode


@dataclass(frozen=True, slots=True)
class Parts:
    """What a node is made of, before there is one."""

    settings: Settings
    clock: Clock
    store: Store
    metrics: CollectorRegistry
    alerts: EmergencyAlerts
    mailer: Mailer


def say(line: str) -> None:
    """Progress for the person at the terminal; logs are for later."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


async def start_node(stack: AsyncExitStack, parts: Parts) -> Node:
    """Start Asterisk or find it, connect, and take over the calls that are up."""
    store = parts.store
    embedded, address = await _asterisk(parts.settings)
    ari = _client(address, parts.metrics)
    notices, trunks = Notices(), TrunkStates()
    store.read_model.subscribe(notices.tenants)
    media = MediaStore(parts.settings.media_folder)
    recordings = HttpRecordings(_ari_address(address))
    base = _voicemail_base(parts, media)
    voicemail = voicemail_of(base, ari, recordings, lambda call: registry.get(call) is not None)
    ports = CallPorts(
        ari,
        parts.clock,
        store.spool,
        lambda: store.read_model.plan,
        store.events.post,
        trunk_down=trunks.down,
        note=store.audit.post,
        features=DialledFeatures(store.database, parts.clock, lambda: store.read_model.plan),
        stirred=notices.person,
        parked=notices.tenant,
        alarm=parts.alerts.raise_alarm,
        media=media,
        multicast_source=parts.settings.multicast_source,
        recordings=recordings,
        taker=voicemail.keeper,
        boxes=voicemail.desk,
        prompts=PromptDesk(store.database, parts.clock, recordings, media),
    )
    registry = CallRegistry(ports)
    store.read_model.subscribe(registry.floor.plans_changed)
    stack.push_async_callback(registry.close)
    try:
        driving = await _drive(stack, ari, Recovery(ari, registry, store.spool, notices.anew))
    except BaseException:
        # One that ran before us has calls, and goes on without us.
        if embedded is not None and not embedded.adopted:
            await embedded.stop()
        raise
    if embedded is not None:
        stack.push_async_callback(_stop, embedded, ari, registry)
    return Node(
        address, embedded, ari, registry, notices, driving, trunks, Registrations(), voicemail
    )


def _voicemail_base(parts: Parts, media: MediaStore) -> Base:
    store = parts.store
    return Base(
        parts.settings.home / "voicemail",
        store.database,
        store.events,
        parts.clock,
        lambda: store.read_model.plan,
        media,
        parts.mailer,
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


def _client(address: AsteriskAddress, registry: CollectorRegistry) -> AriClient:
    metrics = AriMetrics(registry)
    transport = WebSocketTransport(_ari_address(address), metrics)
    return AriClient(transport, app=APPLICATION, metrics=metrics)


def _ari_address(address: AsteriskAddress) -> AriAddress:
    credentials = address.credentials
    return AriAddress(address.base_url, credentials.ari_user, credentials.ari_password, APPLICATION)


async def _drive(stack: AsyncExitStack, ari: AriClient, recovery: Recovery) -> "asyncio.Task[None]":
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
    return task


async def _stop(embedded: EmbeddedAsterisk, ari: AriClient, registry: CallRegistry) -> None:
    """End Asterisk, and give the calls that end with it the time for their last word."""
    ari.expect_end()
    await embedded.stop()
    await registry.ended(seconds=2.0)


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
