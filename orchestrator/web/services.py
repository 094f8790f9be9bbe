"""Builds the services of the API over one database; the web part of the composition root."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from argon2 import PasswordHasher

from orchestrator.audit.service import AuditService
from orchestrator.calls.control import CallControl
from orchestrator.calls.history import CallHistory
from orchestrator.calls.registry import CallRegistry
from orchestrator.clock import Clock
from orchestrator.conferences.service import ConferenceService
from orchestrator.db.session import Database
from orchestrator.departments.menu import DepartmentMenuService
from orchestrator.departments.service import DepartmentService
from orchestrator.devices.service import DeviceService, SipAddress
from orchestrator.events.service import EventService
from orchestrator.forwarding.exceptions import ExceptionService
from orchestrator.forwarding.service import ForwardingService
from orchestrator.hot_desks.service import HotDeskService
from orchestrator.hotel.service import MinibarService, RoomService
from orchestrator.hours.holidays import HolidayService
from orchestrator.hours.overrides import OverrideService
from orchestrator.hours.service import HoursService
from orchestrator.ivr.service import IvrService
from orchestrator.media import MediaStore
from orchestrator.music.service import MusicService
from orchestrator.numbers.service import DidService
from orchestrator.options.codes import DialCodeService
from orchestrator.options.service import OptionsService
from orchestrator.parking.rules import Waiting
from orchestrator.parking.service import ParkingService
from orchestrator.people.accounts import UserAccounts
from orchestrator.people.service import UserService
from orchestrator.presence.rules import Picture, nothing_on
from orchestrator.presence.service import PresenceService
from orchestrator.prompts.known import known_sounds
from orchestrator.prompts.service import PromptService
from orchestrator.prompts.set_service import PromptSetService
from orchestrator.prompts.shelf import Shelf
from orchestrator.prompts.sounds import Sounds
from orchestrator.queues.board import BoardService
from orchestrator.queues.live import FloorView, NoFloor
from orchestrator.queues.log_in import AgentService
from orchestrator.queues.service import QueueService
from orchestrator.ring_groups.service import RingGroupService
from orchestrator.routing.caller_rules import CallerRuleService
from orchestrator.routing.plan import Plan
from orchestrator.routing.service import EmergencyNumberService, OutboundRuleService
from orchestrator.routing.simulator import RouteSimulator
from orchestrator.signin.clients import ApiClientService
from orchestrator.signin.idempotency import IdempotencyService
from orchestrator.signin.me import MeService
from orchestrator.signin.passwords import Passwords
from orchestrator.signin.service import SignInService
from orchestrator.signin.totp import TotpService
from orchestrator.tenants.operators import OperatorAccounts, OperatorService
from orchestrator.tenants.service import TenantService
from orchestrator.trunks.service import TrunkService
from orchestrator.trunks.state import TrunkStates
from orchestrator.types import TenantId
from orchestrator.voicemail.boxes import BoxService
from orchestrator.voicemail.greetings import GreetingService
from orchestrator.voicemail.messages import MessageService, never, nobody
from orchestrator.web.table import Services


@dataclass(frozen=True, slots=True)
class Ground:
    """What the services stand on. `sip` is where phones reach us; `plan` gives the read model of
    this instant, `picture` what goes on; `hasher` None: argon2's own strength; `trunks` is what the
    node knows of them, `parked` who waits in a tenant, `registry` its calls; None: no calls run
    here. `floor` tells who waits in queues. `sounds` takes what people bring, `shelf` has the
    prompt sets; `stirred` hears of tenants whose voice messages changed, `full` says whether a
    tenant may have no more of them."""

    database: Database
    events: EventService
    clock: Clock
    sip: SipAddress
    plan: Callable[[], Plan] = Plan
    hasher: PasswordHasher | None = None
    picture: Callable[[], Picture] | None = None
    trunks: TrunkStates = field(default_factory=TrunkStates)
    parked: Callable[[TenantId], Sequence[Waiting]] = lambda tenant: ()
    registry: CallRegistry | None = None
    floor: FloorView = field(default_factory=NoFloor)
    sounds: Sounds = field(default_factory=lambda: Sounds(MediaStore(Path("media"))))
    shelf: Shelf | None = None
    stirred: Callable[[TenantId], None] = nobody
    full: Callable[[TenantId], bool] = never


def build_services(ground: Ground) -> Services:
    """All services."""
    database, events, clock = ground.database, ground.events, ground.clock
    passwords = Passwords(ground.hasher)
    tenants = TenantService(database)
    boxes = BoxService(database, ground.sounds.media)
    users = UserService(database, passwords, events)
    forwarding = ForwardingService(database, clock, ground.plan)
    api_clients = ApiClientService(database, clock)
    accounts = (OperatorAccounts(), UserAccounts())
    sign_ins = SignInService(database, clock, passwords, accounts, api_clients)
    return Services(
        tenants=tenants,
        operators=OperatorService(database, passwords),
        departments=DepartmentService(database, users),
        department_menus=DepartmentMenuService(database),
        hours=HoursService(database, clock),
        holidays=HolidayService(database, clock),
        hours_overrides=OverrideService(database, clock),
        users=users,
        devices=DeviceService(database, events, ground.sip),
        hot_desks=HotDeskService(database, events, ground.sip),
        trunks=TrunkService(database, events, ground.trunks),
        dids=DidService(database),
        caller_rules=CallerRuleService(database),
        outbound_rules=OutboundRuleService(database),
        emergency_numbers=EmergencyNumberService(database),
        forwarding=forwarding,
        exceptions=ExceptionService(database),
        presence=PresenceService(ground.plan, ground.picture or (lambda: nothing_on(clock.now()))),
        simulator=RouteSimulator(ground.plan, clock),
        ring_groups=RingGroupService(database),
        queues=QueueService(database),
        queue_agents=AgentService(database, clock, ground.plan, forwarding),
        queue_board=BoardService(database, clock, ground.plan, ground.floor),
        conferences=ConferenceService(database),
        prompts=PromptService(database, ground.sounds),
        prompt_sets=PromptSetService(ground.shelf, ground.plan),
        music=MusicService(database, ground.sounds),
        media=ground.sounds.media,
        sounds=known_sounds(ground.shelf),
        ivrs=IvrService(database),
        parking=ParkingService(database, ground.parked),
        hotel_rooms=RoomService(database, clock),
        minibar=MinibarService(database, clock),
        options=OptionsService(database),
        dial_codes=DialCodeService(database),
        calls=CallHistory(database),
        call_control=CallControl(ground.registry),
        events=events,
        audit=AuditService(database),
        sign_ins=sign_ins,
        me=MeService(database, sign_ins, tenants),
        totp=TotpService(database, clock, sign_ins),
        api_clients=api_clients,
        idempotency=IdempotencyService(database, clock),
        boxes=boxes,
        greetings=GreetingService(database, boxes, ground.sounds),
        messages=MessageService(database, clock, ground.sounds.media, ground.stirred, ground.full),
    )
