"""The queries whose rows plans are made of, by the names that `routing/tables.py` gives them.

The only module of a feature that may read the tables of all features. The first column of each is
the tenant.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from orchestrator.conferences.model import Conference
from orchestrator.departments.model import Department
from orchestrator.devices.model import Device
from orchestrator.forwarding.model import ForwardingException, StatusProfile, UserStatus
from orchestrator.hours.model import Holiday, HoursOverride, HoursRoute, HoursSchedule
from orchestrator.ivr.model import Ivr, IvrKey
from orchestrator.music.model import MusicPlaylist, MusicTrack
from orchestrator.numbers.model import Did
from orchestrator.options.model import TenantOptions
from orchestrator.parking.model import ParkingPlace
from orchestrator.people.model import Extension, Membership, User
from orchestrator.prompts.model import Prompt
from orchestrator.ring_groups.model import RingGroup, RingGroupMember
from orchestrator.routing.model import CallerRule, EmergencyNumber, OutboundRoute, OutboundRule
from orchestrator.trunks.model import Trunk
from orchestrator.voicemail.model import VoicemailBox, VoicemailGreeting

QUERIES: Mapping[str, Select[*tuple[Any, ...]]] = {
    "users": select(
        User.tenant_id,
        User.id,
        User.first_name,
        User.last_name,
        User.language,
        User.mobile,
        User.ring_seconds,
        User.outbound_caller_id,
        User.may_call_out,
        User.calls_out_in_hours_only,
        User.record_calls,
        User.pin,
        User.pin_protected,
        User.pin_seconds,
    ).where(~User.disabled),
    "memberships": select(
        Membership.tenant_id,
        Membership.user_id,
        Membership.department_id,
        Membership.role,
        Membership.is_main,
        Membership.overrides,
    ),
    "departments": select(
        Department.tenant_id,
        Department.id,
        Department.name,
        Department.timezone,
        Department.language,
        Department.outbound_caller_id,
        Department.answer_after,
        Department.music_id,
    ),
    "devices": select(
        Device.tenant_id,
        Device.user_id,
        Device.id,
        Device.sip_username,
        Device.name,
        Device.hot_desk,
        Device.logged_in_at,
    ).where(~Device.disabled),
    "extensions": select(
        Extension.tenant_id, Extension.number, Extension.owner_kind, Extension.owner_id
    ),
    "trunks": select(
        Trunk.tenant_id,
        Trunk.id,
        Trunk.endpoint,
        Trunk.name,
        Trunk.inbound,
        Trunk.outbound,
        Trunk.max_calls,
        Trunk.caller_id,
        Trunk.department_id,
        Trunk.called_from,
        Trunk.caller_from,
        Trunk.number_format,
        Trunk.normalise_caller,
        Trunk.default_destination,
        Trunk.caller_id_in,
        Trunk.caller_id_out,
        Trunk.registration,
        Trunk.qualify_seconds,
        Trunk.transport,
        Trunk.host,
        Trunk.port,
        Trunk.outbound_proxy,
    )
    .where(~Trunk.disabled)
    .order_by(Trunk.created_at, Trunk.id),
    "dids": select(
        Did.tenant_id,
        Did.id,
        Did.number,
        Did.trunk_id,
        Did.name,
        Did.destination_kind,
        Did.destination_ref,
        Did.closed,
        Did.on_break,
        Did.holiday,
    ),
    "caller_rules": select(
        CallerRule.tenant_id,
        CallerRule.id,
        CallerRule.name,
        CallerRule.caller,
        CallerRule.trunks,
        CallerRule.destination_kind,
        CallerRule.destination_ref,
        CallerRule.closed,
        CallerRule.on_break,
        CallerRule.holiday,
    ).order_by(CallerRule.position, CallerRule.id),
    "rules": select(
        OutboundRule.tenant_id,
        OutboundRule.id,
        OutboundRule.name,
        OutboundRule.prefixes,
        OutboundRule.lengths,
        OutboundRule.extensions,
        OutboundRule.departments,
        OutboundRule.blocked,
    ).order_by(OutboundRule.position, OutboundRule.id),
    "routes": select(
        OutboundRoute.tenant_id,
        OutboundRoute.rule_id,
        OutboundRoute.trunk_id,
        OutboundRoute.strip,
        OutboundRoute.prepend,
        OutboundRoute.append,
        OutboundRoute.caller_id,
    ).order_by(OutboundRoute.position, OutboundRoute.id),
    "emergency": select(
        EmergencyNumber.tenant_id, EmergencyNumber.number, EmergencyNumber.trunk_id
    ),
    "schedules": select(
        HoursSchedule.tenant_id,
        HoursSchedule.department_id,
        HoursSchedule.user_id,
        HoursSchedule.periods,
        HoursSchedule.breaks,
        HoursSchedule.ignore_holidays,
    ),
    "holidays": select(
        Holiday.tenant_id,
        Holiday.department_id,
        Holiday.id,
        Holiday.name,
        Holiday.first_day,
        Holiday.last_day,
        Holiday.starts,
        Holiday.ends,
        Holiday.yearly,
        Holiday.prompt,
    ).order_by(Holiday.first_day, Holiday.id),
    "overrides": select(
        HoursOverride.tenant_id,
        HoursOverride.department_id,
        HoursOverride.state,
        HoursOverride.destination,
        HoursOverride.prompt,
        HoursOverride.expires_at,
        HoursOverride.over_holidays,
    ),
    "hours_routes": select(
        HoursRoute.tenant_id,
        HoursRoute.department_id,
        HoursRoute.state,
        HoursRoute.destination_kind,
        HoursRoute.destination_ref,
        HoursRoute.prompt,
    ),
    "statuses": select(
        UserStatus.tenant_id,
        UserStatus.user_id,
        UserStatus.status,
        UserStatus.message,
        UserStatus.temporary,
        UserStatus.temporary_until,
        UserStatus.auto_switch,
        UserStatus.screening,
        UserStatus.queues,
    ),
    "profiles": select(
        StatusProfile.tenant_id,
        StatusProfile.user_id,
        StatusProfile.status,
        StatusProfile.destinations,
        StatusProfile.no_answer_seconds,
        StatusProfile.ring_mobile,
        StatusProfile.several_calls,
        StatusProfile.ring_group_calls,
        StatusProfile.leave_queues,
    ),
    "exceptions": select(
        ForwardingException.tenant_id,
        ForwardingException.user_id,
        ForwardingException.id,
        ForwardingException.name,
        ForwardingException.caller,
        ForwardingException.source,
        ForwardingException.hours,
        ForwardingException.periods,
        ForwardingException.when,
        ForwardingException.destination_kind,
        ForwardingException.destination_ref,
    ).order_by(ForwardingException.position, ForwardingException.id),
    "conferences": select(
        Conference.tenant_id,
        Conference.id,
        Conference.name,
        Conference.pin,
        Conference.max_members,
        Conference.announce,
    ),
    "parking": select(
        ParkingPlace.tenant_id, ParkingPlace.id, ParkingPlace.name, ParkingPlace.department_id
    ),
    "ivrs": select(
        Ivr.tenant_id,
        Ivr.id,
        Ivr.name,
        Ivr.department_id,
        Ivr.prompt,
        Ivr.language,
        Ivr.wait_seconds,
        Ivr.rounds,
        Ivr.no_input,
        Ivr.invalid_input,
        Ivr.direct_dial,
        Ivr.closed,
        Ivr.on_break,
        Ivr.holiday,
    ),
    "ivr_keys": select(
        IvrKey.tenant_id,
        IvrKey.ivr_id,
        IvrKey.keys,
        IvrKey.action,
        IvrKey.destination,
        IvrKey.prompt,
    ),
    "ring_groups": select(
        RingGroup.tenant_id,
        RingGroup.id,
        RingGroup.name,
        RingGroup.department_id,
        RingGroup.strategy,
        RingGroup.ring_seconds,
        RingGroup.greeting,
        RingGroup.caller_name,
        RingGroup.no_answer,
        RingGroup.music_id,
        RingGroup.disturb_busy,
        RingGroup.multicast_address,
        RingGroup.multicast_port,
        RingGroup.closed,
        RingGroup.on_break,
        RingGroup.holiday,
    ),
    "ring_group_members": select(
        RingGroupMember.tenant_id, RingGroupMember.ring_group_id, RingGroupMember.user_id
    ).order_by(RingGroupMember.position, RingGroupMember.id),
    "boxes": select(
        VoicemailBox.tenant_id,
        VoicemailBox.id,
        VoicemailBox.user_id,
        VoicemailBox.ring_group_id,
        VoicemailBox.pin,
        VoicemailBox.ask_pin,
        VoicemailBox.say_caller,
        VoicemailBox.say_time,
        VoicemailBox.self_id,
    ).where(VoicemailBox.enabled),
    "greetings": select(
        VoicemailGreeting.tenant_id,
        VoicemailGreeting.box_id,
        VoicemailGreeting.status,
        VoicemailGreeting.file,
    ),
    "prompts": select(Prompt.tenant_id, Prompt.id, Prompt.name, Prompt.file),
    "playlists": select(MusicPlaylist.tenant_id, MusicPlaylist.id, MusicPlaylist.shuffle),
    "tracks": select(MusicTrack.tenant_id, MusicTrack.playlist_id, MusicTrack.file).order_by(
        MusicTrack.position, MusicTrack.id
    ),
    "options": select(
        TenantOptions.tenant_id,
        TenantOptions.dial_codes,
        TenantOptions.outbound,
        TenantOptions.emergency,
        TenantOptions.statuses,
        TenantOptions.parking,
        TenantOptions.calls,
        TenantOptions.voicemail,
        TenantOptions.hot_desks,
    ),
}
