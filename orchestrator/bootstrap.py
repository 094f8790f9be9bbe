"""The composition root: builds everything by constructor, in one stack, and nothing at import.

The order is the order of need, and leaving the stack undoes it backwards: the home is locked
before anything is touched, the schema is current before Asterisk reads it, Asterisk runs before
it is driven, and it ends while we still listen, so that its calls get their verdicts.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import SQLAlchemyError

from orchestrator.address import own_address
from orchestrator.ari.client import AriClient
from orchestrator.ari.errors import AriError, TooOld
from orchestrator.ari.metrics import AriMetrics
from orchestrator.ari.recordings import HttpRecordings
from orchestrator.ari.transport import AriAddress, WebSocketTransport
from orchestrator.asterisk.address import AsteriskAddress
from orchestrator.asterisk.espeak import Espeak
from orchestrator.asterisk.fetch import find_asterisk
from orchestrator.asterisk.layout import Layout
from orchestrator.asterisk.ports import Ports
from orchestrator.asterisk.render import APPLICATION, credentials_of
from orchestrator.asterisk.runtime import EmbeddedAsterisk
from orchestrator.audit.trail import AuditTrail
from orchestrator.calls.emergency import EmergencyAlerts
from orchestrator.calls.journal import JournalWriter
from orchestrator.calls.ports import CallPorts
from orchestrator.calls.recovery import Recovery
from orchestrator.calls.registry import CallRegistry
from orchestrator.calls.spool import Spool
from orchestrator.calls.survivors import Survivors
from orchestrator.clock import Clock, SystemClock
from orchestrator.db.schema import migrate
from orchestrator.db.session import Database
from orchestrator.devices.service import SipAddress
from orchestrator.errors import Misconfigured, Unavailable
from orchestrator.events.rules import Events
from orchestrator.events.service import EventService, NewEvent
from orchestrator.features import DialledFeatures
from orchestrator.home import own_home
from orchestrator.mail.delivery import server_of
from orchestrator.mail.mailer import Mailer
from orchestrator.media import MediaStore
from orchestrator.presence.lights import Lights
from orchestrator.presence.lookout import Lookout
from orchestrator.presence.mwi import MessageLight
from orchestrator.presence.notices import Notices
from orchestrator.presence.rules import Picture
from orchestrator.prompts.desk import PromptDesk
from orchestrator.prompts.shelf import Shelf
from orchestrator.prompts.sounds import Sounds
from orchestrator.promptsets import set_maker
from orchestrator.refresh import AsteriskRefresh
from orchestrator.routing.plan import Plan
from orchestrator.routing.read_model import ReadModel, spare_the_collector
from orchestrator.settings import AsteriskMode, Settings
from orchestrator.soundwatch import SoundWatch
from orchestrator.supervisor import Supervisor
from orchestrator.sweep import MediaSweep
from orchestrator.trunks.state import TrunkStates
from orchestrator.trunks.strangers import Strangers
from orchestrator.trunks.watch import TrunkWatch
from orchestrator.voicemail.node import Base, VoicemailNode, voicemail_of
from orchestrator.web.app import WebDependencies
from orchestrator.web.server import require_free, serve
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services

log = structlog.get_logger(__name__)

# The first connection follows the start of Asterisk at once; an external one may be booting.
_CONNECT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Store:
    """The data: tables, what calls see of them, and what calls write."""

    database: Database
    events: EventService
    read_model: ReadModel
    spool: Spool
    journal: JournalWriter
    audit: AuditTrail


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
    voicemail: VoicemailNode


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is there and on the phone, and the lamps of phones; `picture` is what goes on now."""

    lookout: Lookout
    lights: Lights
    messages: MessageLight
    picture: Callable[[], Picture]


@dataclass(frozen=True, slots=True)
class Running:
    """What a running orchestrator is made of; tests and the command line look in here."""

    settings: Settings
    store: Store
    node: Node
    services: Services
    sip: SipAddress
    http_url: str
    presence: Presence


@dataclass(frozen=True, slots=True)
class Parts:
    """What a node is made of, before there is one."""

    settings: Settings
    clock: Clock
    store: Store
    metrics: CollectorRegistry
    alerts: EmergencyAlerts
    mailer: Mailer


@dataclass(frozen=True, slots=True)
class Spoken:
    """What takes sounds, and the shelf of spoken prompts, where there is one."""

    sounds: Sounds
    shelf: Shelf | None


def say(line: str) -> None:
    """Progress for the person at the terminal; logs are for later."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Running]:
    """Start everything, give it, stop everything. Raises Misconfigured with a clear cause."""
    clock = clock or SystemClock()
    metrics = CollectorRegistry()
    async with AsyncExitStack() as stack:
        stack.enter_context(own_home(settings.home))
        require_free(settings)
        store = await _store(stack, settings, clock)
        supervisor = await stack.enter_async_context(Supervisor())
        _write_and_read(supervisor, store)
        mailer = Mailer(server_of(settings), clock, store.events.post)
        supervisor.run("mail", mailer.run)
        alerts = EmergencyAlerts(lambda: store.read_model.plan, mailer)
        parts = Parts(settings, clock, store, metrics, alerts, mailer)
        node = await _node(stack, parts)
        supervisor.run("emergency-alerts", lambda: alerts.run(node.registry))
        presence = _presence(supervisor, store, node, clock)
        _look_after_voicemail(supervisor, store, node.voicemail, presence.messages)
        _watch_asterisk(supervisor, store, node)
        spoken = _sounds(supervisor, parts, node)
        sip = SipAddress(own_address(settings), node.asterisk.ports.sip)
        services = build_services(_ground(parts, node, presence, spoken, sip))
        checks = {"database": store.database.check, "asterisk": _ari_check(node.ari)}
        web = WebDependencies(services, metrics, checks, settings.trusted_proxies)
        url = await serve(stack, settings, web)

        store.events.post(NewEvent(Events.STARTED, f"Centrale runs on node {settings.node}."))
        yield Running(settings, store, node, services, sip, url, presence)
        store.events.post(NewEvent(Events.STOPPING, f"Centrale stops on node {settings.node}."))


def _write_and_read(supervisor: Supervisor, store: Store) -> None:
    """Keep the read model present, and carry what waits into the database."""
    supervisor.run("changes", store.database.watch)
    supervisor.run("read-model", store.read_model.run)
    supervisor.run("journal", store.journal.run)
    supervisor.run("events", store.events.run)
    supervisor.run("audit", store.audit.run)


def _sounds(supervisor: Supervisor, parts: Parts, node: Node) -> Spoken:
    """Take what people bring, speak what no package has, and look after the files."""
    settings, store = parts.settings, parts.store

    def plan() -> Plan:
        return store.read_model.plan

    speaker = Espeak(settings)
    sounds = Sounds(node.registry.ports.media, speaker=speaker)
    watch = SoundWatch(sounds.media, Layout.of(settings.home), node.ari, plan, store.events.post)
    store.read_model.subscribe(watch.plans_changed)
    supervisor.run("sounds", watch.run)
    supervisor.run("sweep", MediaSweep(store.database, sounds.media).run)
    maker = set_maker(settings, node.embedded, speaker, plan)
    if maker is not None and settings.speak_prompts:
        store.read_model.subscribe(maker.plans_changed)
        supervisor.run("prompt-sets", maker.run)
    return Spoken(sounds, maker.shelf if maker else None)


def _ground(
    parts: Parts, node: Node, presence: Presence, spoken: Spoken, sip: SipAddress
) -> Ground:
    """What the services of the API stand on."""
    store = parts.store
    return Ground(
        store.database,
        store.events,
        parts.clock,
        sip,
        lambda: store.read_model.plan,
        trunks=node.trunks,
        parked=node.registry.parked.waiting,
        registry=node.registry,
        picture=presence.picture,
        sounds=spoken.sounds,
        shelf=spoken.shelf,
        stirred=node.voicemail.counts.stirred,
        full=node.voicemail.counts.full,
    )


def _look_after_voicemail(
    supervisor: Supervisor, store: Store, voicemail: VoicemailNode, lamps: MessageLight
) -> None:
    """Carry messages into their boxes, and light the lamps of phones."""
    voicemail.counts.show = lamps.show
    store.read_model.subscribe(voicemail.counts.plans_changed)
    supervisor.run("voicemail", voicemail.keeper.run)
    supervisor.run("voicemail-counts", voicemail.counts.run)


def _watch_asterisk(supervisor: Supervisor, store: Store, node: Node) -> None:
    """Keep it alive and up to date, and hear of what it does without us."""

    def plan() -> Plan:
        return store.read_model.plan

    if node.embedded is not None:
        supervisor.run("asterisk", node.embedded.run)
        strangers = Strangers(node.embedded.layout.output, store.events.post)
        supervisor.run("strangers", strangers.run)
    survivors = Survivors(node.asterisk, store.spool, plan, store.events.post)
    supervisor.run("survivors", survivors.run)
    refresh = AsteriskRefresh(store.database.feed, node.ari, node.asterisk, plan)
    supervisor.run("refresh", refresh.run)
    watch = TrunkWatch(node.trunks, node.asterisk, node.registry.ports)
    supervisor.run("trunks", watch.run)


async def _store(stack: AsyncExitStack, settings: Settings, clock: Clock) -> Store:
    """Bring the schema up to date, read the plan, open the spool."""
    await migrate(settings)
    database = Database(settings.database)
    stack.push_async_callback(database.close)
    events = EventService(database, clock)
    read_model = ReadModel(database)
    await read_model.load()
    spare_the_collector()
    spool = Spool(settings.home / "spool")
    stack.callback(spool.close)
    journal = JournalWriter(database.engine, spool)
    # Last in the way down: what the ending calls wrote still goes into the database.
    audit = AuditTrail(database, clock)
    stack.push_async_callback(_write_down, journal, events, audit)
    return Store(database, events, read_model, spool, journal, audit)


async def _node(stack: AsyncExitStack, parts: Parts) -> Node:
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
    stack.push_async_callback(registry.close)
    driving = await _drive(stack, ari, Recovery(ari, registry, store.spool, notices.anew))
    if embedded is not None:
        stack.push_async_callback(_stop, embedded, registry)
    return Node(address, embedded, ari, registry, notices, driving, trunks, voicemail)


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


def _presence(supervisor: Supervisor, store: Store, node: Node, clock: Clock) -> Presence:
    """Look at what phones watch, and set their lamps."""

    def plan() -> Plan:
        return store.read_model.plan

    def picture() -> Picture:
        registry = node.registry
        return Picture(
            clock.now(),
            registry.activity_of,
            lookout.registered,
            lambda tenant, place: bool(registry.parked.at(tenant, place)),
        )

    lookout = Lookout(node.asterisk, plan, node.notices)
    if node.embedded is not None:
        lookout.keep_hints = node.embedded.keep_hints
    store.read_model.subscribe(lookout.plans_changed)
    lights = Lights(node.asterisk, lookout, plan, picture, node.notices)
    messages = MessageLight(node.asterisk, plan, lookout)
    supervisor.run("lookout", lookout.run)
    supervisor.run("lights", lights.run)
    supervisor.run("message-light", messages.run)
    return Presence(lookout, lights, messages, picture)


def _ari_check(ari: AriClient) -> Callable[[], Awaitable[None]]:
    async def check() -> None:
        if not ari.connected:
            raise Unavailable("No connection to Asterisk.")

    return check


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


async def _stop(embedded: EmbeddedAsterisk, registry: CallRegistry) -> None:
    """End Asterisk, and give the calls that end with it the time for their last word."""
    await embedded.stop()
    await registry.ended(seconds=2.0)


async def _write_down(journal: JournalWriter, events: EventService, audit: AuditTrail) -> None:
    try:
        while await journal.drain():
            pass
        await events.flush()
        await audit.flush()
    except (OSError, SQLAlchemyError, Unavailable) as error:
        log.warning("journal-left-in-spool", error=type(error).__name__)


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
