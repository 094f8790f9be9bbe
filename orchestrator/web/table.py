"""All routes of the API, and the services they call."""

from dataclasses import dataclass

from orchestrator.audit.api import audit_routes
from orchestrator.audit.service import AuditService
from orchestrator.calls.api import call_routes
from orchestrator.calls.control import CallControl
from orchestrator.calls.control_api import control_routes
from orchestrator.calls.history import CallHistory
from orchestrator.conferences.api import conference_routes
from orchestrator.conferences.service import ConferenceService
from orchestrator.departments.api import department_menu_routes, department_routes
from orchestrator.departments.menu import DepartmentMenuService
from orchestrator.departments.service import DepartmentService
from orchestrator.devices.api import device_routes
from orchestrator.devices.service import DeviceService
from orchestrator.events.api import event_routes
from orchestrator.events.service import EventService
from orchestrator.forwarding.api import exception_routes, forwarding_routes
from orchestrator.forwarding.exceptions import ExceptionService
from orchestrator.forwarding.service import ForwardingService
from orchestrator.hot_desks.api import hot_desk_routes
from orchestrator.hot_desks.service import HotDeskService
from orchestrator.hotel.api import hotel_routes
from orchestrator.hotel.service import MinibarService, RoomService
from orchestrator.hours.api import holiday_routes, hours_routes, override_routes
from orchestrator.hours.holidays import HolidayService
from orchestrator.hours.overrides import OverrideService
from orchestrator.hours.service import HoursService
from orchestrator.ivr.api import ivr_routes
from orchestrator.ivr.service import IvrService
from orchestrator.media import MediaStore
from orchestrator.music.api import music_routes
from orchestrator.music.service import MusicService
from orchestrator.numbers.api import did_routes
from orchestrator.numbers.service import DidService
from orchestrator.options.api import dial_code_routes, option_routes
from orchestrator.options.codes import DialCodeService
from orchestrator.options.service import OptionsService
from orchestrator.parking.api import parking_routes
from orchestrator.parking.service import ParkingService
from orchestrator.people.api import user_routes
from orchestrator.people.service import UserService
from orchestrator.presence.api import presence_routes
from orchestrator.presence.service import PresenceService
from orchestrator.prompts.api import prompt_routes
from orchestrator.prompts.service import PromptService
from orchestrator.prompts.set_api import prompt_set_routes
from orchestrator.prompts.set_service import PromptSetService
from orchestrator.queues.api import queue_routes
from orchestrator.queues.board import BoardService
from orchestrator.queues.log_in import AgentService
from orchestrator.queues.service import QueueService
from orchestrator.ring_groups.api import ring_group_routes
from orchestrator.ring_groups.service import RingGroupService
from orchestrator.routing.api import (
    caller_rule_routes,
    emergency_number_routes,
    outbound_rule_routes,
    simulator_routes,
)
from orchestrator.routing.caller_rules import CallerRuleService
from orchestrator.routing.service import EmergencyNumberService, OutboundRuleService
from orchestrator.routing.simulator import RouteSimulator
from orchestrator.schemas import SoundContext
from orchestrator.signin.api import (
    account_routes,
    api_client_routes,
    sign_in_routes,
    totp_routes,
)
from orchestrator.signin.clients import ApiClientService
from orchestrator.signin.idempotency import IdempotencyService
from orchestrator.signin.me import MeService
from orchestrator.signin.service import SignInService
from orchestrator.signin.totp import TotpService
from orchestrator.tenants.api import operator_routes, tenant_routes
from orchestrator.tenants.operators import OperatorService
from orchestrator.tenants.service import TenantService
from orchestrator.trunks.api import trunk_routes
from orchestrator.trunks.service import TrunkService
from orchestrator.voicemail.api import voicemail_routes
from orchestrator.voicemail.boxes import BoxService
from orchestrator.voicemail.greetings import GreetingService
from orchestrator.voicemail.messages import MessageService
from orchestrator.web.routes import Route


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the API can do; built by `web/services.py`."""

    tenants: TenantService
    operators: OperatorService
    departments: DepartmentService
    department_menus: DepartmentMenuService
    hours: HoursService
    holidays: HolidayService
    hours_overrides: OverrideService
    users: UserService
    devices: DeviceService
    hot_desks: HotDeskService
    trunks: TrunkService
    dids: DidService
    caller_rules: CallerRuleService
    outbound_rules: OutboundRuleService
    emergency_numbers: EmergencyNumberService
    forwarding: ForwardingService
    exceptions: ExceptionService
    presence: PresenceService
    simulator: RouteSimulator
    ring_groups: RingGroupService
    queues: QueueService
    queue_agents: AgentService
    queue_board: BoardService
    conferences: ConferenceService
    prompts: PromptService
    prompt_sets: PromptSetService
    music: MusicService
    media: MediaStore
    sounds: SoundContext | None
    ivrs: IvrService
    parking: ParkingService
    hotel_rooms: RoomService
    minibar: MinibarService
    options: OptionsService
    dial_codes: DialCodeService
    calls: CallHistory
    call_control: CallControl
    events: EventService
    audit: AuditService
    sign_ins: SignInService
    me: MeService
    totp: TotpService
    api_clients: ApiClientService
    idempotency: IdempotencyService
    boxes: BoxService
    greetings: GreetingService
    messages: MessageService


def all_routes(services: Services) -> list[Route]:
    """The whole table, in the order of the document."""
    return [
        *sign_in_routes(services.sign_ins),
        *account_routes(services.sign_ins, services.me),
        *totp_routes(services.totp),
        *tenant_routes(services.tenants),
        *operator_routes(services.operators),
        *api_client_routes(services.api_clients),
        *department_routes(services.departments),
        *department_menu_routes(services.department_menus),
        *hours_routes(services.hours),
        *holiday_routes(services.holidays),
        *override_routes(services.hours_overrides),
        *user_routes(services.users),
        *device_routes(services.devices),
        *hot_desk_routes(services.hot_desks),
        *trunk_routes(services.trunks),
        *did_routes(services.dids),
        *caller_rule_routes(services.caller_rules),
        *outbound_rule_routes(services.outbound_rules),
        *emergency_number_routes(services.emergency_numbers),
        *forwarding_routes(services.forwarding),
        *exception_routes(services.exceptions),
        *presence_routes(services.presence),
        *simulator_routes(services.simulator),
        *ring_group_routes(services.ring_groups),
        *queue_routes(services.queues, services.queue_agents, services.queue_board),
        *conference_routes(services.conferences),
        *prompt_routes(services.prompts, services.call_control),
        *prompt_set_routes(services.prompt_sets),
        *music_routes(services.music),
        *ivr_routes(services.ivrs),
        *parking_routes(services.parking),
        *hotel_routes(services.hotel_rooms, services.minibar),
        *option_routes(services.options),
        *dial_code_routes(services.dial_codes),
        *voicemail_routes(services.boxes, services.greetings, services.messages),
        *call_routes(services.calls),
        *control_routes(services.call_control),
        *event_routes(services.events),
        *audit_routes(services.audit),
    ]
