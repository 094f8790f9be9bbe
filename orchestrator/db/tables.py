"""Brings all tables together, for migrations: importing this fills `Base.metadata`."""

from orchestrator.audit.model import AuditEntry
from orchestrator.calls.model import CallRow, SegmentRow
from orchestrator.conferences.model import Conference
from orchestrator.db.base import Base
from orchestrator.db.revisions import Revision
from orchestrator.departments.model import Department
from orchestrator.devices.model import Device
from orchestrator.events.model import Event
from orchestrator.forwarding.model import ForwardingException, StatusProfile, UserStatus
from orchestrator.hotel.model import HotelRoom, MinibarEntry
from orchestrator.hours.model import Holiday, HoursOverride, HoursRoute, HoursSchedule
from orchestrator.ivr.model import Ivr, IvrKey
from orchestrator.music.model import MusicPlaylist, MusicTrack
from orchestrator.numbers.model import Did
from orchestrator.options.model import TenantOptions
from orchestrator.parking.model import ParkingPlace
from orchestrator.people.model import Extension, Membership, User
from orchestrator.prompts.model import Prompt
from orchestrator.queues.model import Queue, QueueAgent, QueueManager
from orchestrator.ring_groups.model import RingGroup, RingGroupMember
from orchestrator.routing.model import (
    CallerRule,
    EmergencyNumber,
    OutboundRoute,
    OutboundRule,
)
from orchestrator.signin.model import ApiClient, IdempotencyKey, SignIn
from orchestrator.tenants.model import Operator, Tenant
from orchestrator.trunks.model import Trunk, TrunkAddress
from orchestrator.voicemail.model import VoicemailBox, VoicemailGreeting, VoicemailMessage

MODELS = (
    Tenant,
    Operator,
    Department,
    User,
    Membership,
    Extension,
    Device,
    Trunk,
    TrunkAddress,
    Did,
    OutboundRule,
    OutboundRoute,
    EmergencyNumber,
    CallerRule,
    TenantOptions,
    HoursSchedule,
    Holiday,
    HoursOverride,
    HoursRoute,
    UserStatus,
    StatusProfile,
    ForwardingException,
    ParkingPlace,
    Conference,
    Prompt,
    MusicPlaylist,
    MusicTrack,
    Ivr,
    IvrKey,
    RingGroup,
    RingGroupMember,
    Queue,
    QueueAgent,
    QueueManager,
    VoicemailBox,
    VoicemailGreeting,
    VoicemailMessage,
    HotelRoom,
    MinibarEntry,
    Event,
    AuditEntry,
    CallRow,
    SegmentRow,
    SignIn,
    ApiClient,
    IdempotencyKey,
    Revision,
)

metadata = Base.metadata
