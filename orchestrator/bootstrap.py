"""The composition root: builds everything by constructor, in one stack, and nothing at import.

The order is the order of need, and leaving the stack undoes it backwards: the home is locked
before anything is touched, the schema is current before Asterisk reads it, Asterisk runs before
it is driven, and it ends while we still listen, so that its calls get their verdicts.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog
from prometheus_client import CollectorRegistry

from orchestrator.address import own_address
from orchestrator.ari.client import AriClient
from orchestrator.asterisk.espeak import Espeak
from orchestrator.asterisk.layout import Layout
from orchestrator.calls.emergency import EmergencyAlerts
from orchestrator.calls.floor_view import FloorWatch
from orchestrator.calls.survivors import Survivors
from orchestrator.clock import Clock, SystemClock
from orchestrator.devices.service import SipAddress
from orchestrator.errors import Unavailable
from orchestrator.events.rules import Events
from orchestrator.events.service import NewEvent
from orchestrator.home import own_home
from orchestrator.hot_desks.closing import HotDeskClosing
from orchestrator.hot_desks.login import HotDeskLogin
from orchestrator.mail.delivery import server_of
from orchestrator.mail.mailer import Mailer
from orchestrator.node import Node, Parts, start_node
from orchestrator.presence.lights import Lights
from orchestrator.presence.lookout import Lookout
from orchestrator.presence.mwi import MessageLight
from orchestrator.presence.rules import Picture
from orchestrator.prompts.shelf import Shelf
from orchestrator.prompts.sounds import Sounds
from orchestrator.promptsets import set_maker
from orchestrator.queues.statistics import QueueStatistics
from orchestrator.refresh import AsteriskRefresh
from orchestrator.routing.plan import Plan
from orchestrator.settings import Settings
from orchestrator.soundwatch import SoundWatch
from orchestrator.store import Store, open_store
from orchestrator.supervisor import Supervisor
from orchestrator.sweep import MediaSweep
from orchestrator.trunks.strangers import Strangers
from orchestrator.trunks.watch import TrunkWatch
from orchestrator.voicemail.node import VoicemailNode
from orchestrator.web.app import WebDependencies
from orchestrator.web.server import require_free, serve
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services

log = structlog.get_logger(__name__)


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
class Spoken:
    """What takes sounds, and the shelf of spoken prompts, where there is one."""

    sounds: Sounds
    shelf: Shelf | None


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Running]:
    """Start everything, give it, stop everything. Raises Misconfigured with a clear cause."""
    clock = clock or SystemClock()
    metrics = CollectorRegistry()
    async with AsyncExitStack() as stack:
        stack.enter_context(own_home(settings.home))
        require_free(settings)
        store = await open_store(stack, settings, clock)
        supervisor = await stack.enter_async_context(Supervisor())
        _write_and_read(supervisor, store)
        _close_hot_desks(supervisor, store, clock)
        mailer = Mailer(server_of(settings), clock, store.events.post)
        supervisor.run("mail", mailer.run)
        alerts = EmergencyAlerts(lambda: store.read_model.plan, mailer)
        parts = Parts(settings, clock, store, metrics, alerts, mailer)
        node = await start_node(stack, parts)
        # What looks at Asterisk ends before it does, and does not complain of its end.
        watching = await stack.enter_async_context(Supervisor())
        watching.run("emergency-alerts", lambda: alerts.run(node.registry))
        presence = _presence(watching, store, node, clock)
        _look_after_voicemail(watching, store, node.voicemail, presence.messages)
        _watch_asterisk(watching, store, node)
        _count_in_queues(watching, store, node, clock)
        spoken = _sounds(watching, parts, node)
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


def _close_hot_desks(supervisor: Supervisor, store: Store, clock: Clock) -> None:
    """Log people out of hot-desk phones at the time that their tenant has chosen."""
    login = HotDeskLogin(store.database, clock)
    closing = HotDeskClosing(login, lambda: store.read_model.plan, clock)
    supervisor.run("hot-desks", closing.run)


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
    store, registry = parts.store, node.registry

    def plan() -> Plan:
        return store.read_model.plan

    return Ground(
        store.database,
        store.events,
        parts.clock,
        sip,
        plan,
        trunks=node.trunks,
        parked=registry.parked.waiting,
        registry=registry,
        floor=FloorWatch(registry.floor, registry.activity_of, plan),
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


def _count_in_queues(supervisor: Supervisor, store: Store, node: Node, clock: Clock) -> None:
    """Give the floor the counts of before this start."""
    statistics = QueueStatistics(
        store.database, clock.now(), lambda: not store.spool.unread, node.registry.floor.restore
    )
    supervisor.run("queue-statistics", statistics.run)


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
    refresh = AsteriskRefresh(store.database.feed, node.asterisk, node.registrations, plan)
    store.read_model.subscribe(refresh.plans_changed)
    supervisor.run("refresh", refresh.run)
    watch = TrunkWatch(node.trunks, node.asterisk, node.registrations, node.registry.ports)
    supervisor.run("trunks", watch.run)


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
    store.read_model.subscribe(messages.plans_changed)
    supervisor.run("lookout", lookout.run)
    supervisor.run("lights", lights.run)
    supervisor.run("message-light", messages.run)
    return Presence(lookout, lights, messages, picture)


def _ari_check(ari: AriClient) -> Callable[[], Awaitable[None]]:
    async def check() -> None:
        if not ari.connected:
            raise Unavailable("No connection to Asterisk.")

    return check
