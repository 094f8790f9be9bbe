"""Rebuild a `Call` from its channels, so that its verbs can go on where they were."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orchestrator.ari.messages import Channel
from orchestrator.calls.admission import admit, caller_leg, endpoint_of
from orchestrator.calls.call import Call
from orchestrator.calls.entry import CallEntry, Segment
from orchestrator.calls.leg import Leg, LegState
from orchestrator.calls.verdict import Reason
from orchestrator.routing.decision import (
    Announce,
    Attempt,
    ByName,
    CheckMailbox,
    Decision,
    DepartmentMenu,
    DialOut,
    Forward,
    Join,
    Menu,
    Page,
    Park,
    Queue,
    Resume,
    Ring,
    RingGroup,
)
from orchestrator.routing.plan import EndpointKind, TenantPlan
from orchestrator.routing.voicemail import leave_message
from orchestrator.types import DestinationKind, TenantId
from orchestrator.verbs import Next

if TYPE_CHECKING:
    from orchestrator.calls.recovery import Found
    from orchestrator.calls.registry import CallRegistry


def adopt_bridged(
    found: Found, known: CallEntry | None, registry: CallRegistry
) -> tuple[Call, Next] | None:
    """Two legs talk: go on talking. None when a leg belongs to no endpoint that we know."""
    plan = registry.ports.plan()
    owner = next((o for c in found.bridged if (o := plan.endpoints.get(endpoint_of(c.name)))), None)
    tenant = plan.tenants.get(owner.tenant) if owner else None
    if tenant is None:
        return None
    # The first channel of the call is its caller; a transfer may have taken that one away.
    first, second = sorted(found.bridged, key=lambda c: c.id != found.call_id)
    caller, other = (_leg(tenant, each, registry) for each in (first, second))
    if caller is None or other is None:
        return None
    now = registry.ports.clock.now().timestamp()
    entry = known or CallEntry(
        found.call_id, tenant.id, "internal", caller.number, caller.name, other.number, now
    )
    entry.adopted = True
    entry.answered_at = entry.answered_at or now
    call = Call(found.call_id, tenant, caller, entry, registry)
    call.legs[other.id] = other
    call.adopt_bridge([caller.id, other.id])
    _number_on(call, found)
    return call, Next(Resume(other.id))


def adopt_waiting(
    found: Found, waiting: Channel, known: CallEntry | None, registry: CallRegistry
) -> tuple[Call, Next] | None:
    """A party without counterpart: take the step again that was under way, or route afresh.

    Legs that ring already are kept, so that no phone stops and starts again.
    """
    plan = registry.ports.plan()
    owner = plan.endpoints.get(endpoint_of(waiting.name))
    tenant = plan.tenants.get(owner.tenant) if owner else None
    caller = _leg(tenant, waiting, registry) if tenant else None
    if tenant is None or caller is None:
        return None
    admitted = admit(plan, waiting, registry.ports.clock.now(), registry)
    afresh = admitted.decision if admitted else None
    decision = again(tenant, known, afresh) or afresh
    entry = known or (admitted.entry if admitted else None)
    if decision is None or entry is None:
        return None
    entry.adopted = True
    entry.close_segment(registry.ports.clock.now().timestamp(), Reason.ENDED_UNATTENDED)
    call = Call(found.call_id, tenant, caller, entry, registry)
    caller.language = _language(tenant, entry)
    _keep_place(call, decision)
    for channel in (*found.legs, *found.bridged):
        leg = _leg(tenant, channel, registry)
        if leg is not None and leg.id != waiting.id:
            call.legs[leg.id] = leg
    if found.has_bridge:
        call.adopt_bridge([c.id for c in found.bridged])
    _number_on(call, found)
    return call, Next(decision)


def adopt_member(
    found: Found, member: Channel, known: CallEntry | None, registry: CallRegistry
) -> tuple[Call, Next] | None:
    """Somebody is in a conference room: stay there. None when the room was deleted meanwhile."""
    plan = registry.ports.plan()
    owner = plan.endpoints.get(endpoint_of(member.name))
    tenant = plan.tenants.get(owner.tenant) if owner else None
    room = tenant.conferences.get(found.room) if tenant else None
    caller = _leg(tenant, member, registry) if tenant else None
    if tenant is None or room is None or caller is None or found.legs or found.bridged:
        return None
    now = registry.ports.clock.now().timestamp()
    entry = known or CallEntry(
        found.call_id, tenant.id, "internal", caller.number, caller.name, room.number, now
    )
    entry.adopted = True
    entry.close_segment(now, Reason.ENDED_UNATTENDED)
    call = Call(found.call_id, tenant, caller, entry, registry)
    if found.has_bridge:
        call.adopt_bridge([])
    _number_on(call, found)
    return call, Next(Join(room, admitted=True))


def adopt_page(found: Found, known: CallEntry, registry: CallRegistry) -> tuple[Call, Next] | None:
    """A page goes on with those who hear it. None when the pager or the group is gone."""
    there = {channel.id: channel for channel in found.channels()}
    pager, segment = there.pop(found.call_id, None), known.open_segment()
    tenant = registry.ports.plan().tenants.get(TenantId(known.tenant))
    if pager is None or segment is None or tenant is None:
        return None
    group = tenant.ring_groups.get(segment.target_ref)
    caller = _leg(tenant, pager, registry)
    if group is None or caller is None:
        return None
    known.adopted = True
    known.close_segment(registry.ports.clock.now().timestamp(), Reason.ENDED_UNATTENDED)
    call = Call(found.call_id, tenant, caller, known, registry)
    for channel in there.values():
        of = _leg(tenant, channel, registry)
        endpoint, number = (of.endpoint, of.number) if of else ("", group.number)
        # Nobody's: whoever is paged is not on a call.
        leg = call.legs[channel.id] = Leg(channel.id, endpoint, number, of.name if of else "")
        if channel.state == "Up":
            leg.state = LegState.UP
    if found.has_bridge:
        call.adopt_bridge([channel.id for channel in found.bridged])
    _number_on(call, found)
    return call, Next(Page(group, resumed=True))


def again(
    tenant: TenantPlan, known: CallEntry | None, afresh: Decision | None = None
) -> Decision | None:
    """The step that was under way, as the journal has it; `afresh` is what the call would do if it
    began now."""
    segment = known.open_segment() if known else None
    if segment is None:
        return None
    if segment.target_kind == DestinationKind.PARKING:
        return _park(tenant, segment)
    if segment.target_kind == DestinationKind.USER:
        person = tenant.people.get(segment.target_ref)
        parked = _parked_before(known)
        # It rang already: what decides whether it does is not asked a second time.
        otherwise = _park(tenant, parked) if parked else None
        return Ring(person, otherwise=otherwise) if person else otherwise
    if segment.target_kind == DestinationKind.VOICEMAIL:
        return leave_message(tenant, segment.target_ref)
    if segment.target_kind == "voicemail_menu":
        return CheckMailbox(segment.target_ref, segment.target, own_phone=True)
    if segment.target_kind in {DestinationKind.IVR, DestinationKind.DIAL_BY_NAME}:
        return _menu(tenant, known.segments if known else [])
    if (there := _again_at(tenant, segment)) is not None:
        return there
    trunk = tenant.trunks.get(segment.target_ref)
    if segment.target_kind == DestinationKind.EXTERNAL and trunk is not None:
        rest = _rest_of_ways(afresh, segment)
        if rest is not None:
            return rest
        # The number in the journal is the one that left: no rule changes it a second time.
        emergency = segment.target in tenant.emergency_numbers
        attempt = Attempt(trunk, segment.target, trunk.caller_id)
        return DialOut(segment.target, (attempt,), emergency=emergency)
    return None


def _again_at(tenant: TenantPlan, segment: Segment) -> Decision | None:
    """The object that the call was at, unless it is gone."""
    ref = segment.target_ref
    match segment.target_kind:
        case DestinationKind.RING_GROUP if group := tenant.ring_groups.get(ref):
            return RingGroup(group, resumed=True)
        case DestinationKind.QUEUE if queue := tenant.queues.get(ref):
            return Queue(queue, resumed=True)
        case DestinationKind.DEPARTMENT if department := tenant.departments.get(ref):
            return DepartmentMenu(department)
        case DestinationKind.CONFERENCE if room := tenant.conferences.get(ref):
            return Join(room)
        case _:
            return None


def _language(tenant: TenantPlan, entry: CallEntry) -> str:
    """What the last menu or queue of the call speaks; "" when it came through none."""
    for segment in reversed(entry.segments):
        if segment.target_kind == DestinationKind.DEPARTMENT:
            line = tenant.departments.get(segment.target_ref)
            return line.language if line else ""
        if segment.target_kind == DestinationKind.IVR:
            ivr = tenant.ivrs.get(segment.target_ref)
            return ivr.language if ivr else ""
        if segment.target_kind == DestinationKind.QUEUE:
            queue = tenant.queues.get(segment.target_ref)
            return queue.language if queue else ""
    return ""


def _menu(tenant: TenantPlan, segments: list[Segment]) -> Menu | ByName | None:
    """The IVR that the caller was in, from its beginning, or the spelling of a name."""
    *before, last = segments
    if last.target_kind == DestinationKind.DIAL_BY_NAME:
        back = _menu(tenant, before) if before else None
        if isinstance(back, ByName):
            return back
        return ByName(back.ivr.department, back) if back else ByName()
    ivr = tenant.ivrs.get(last.target_ref) if last.target_kind == DestinationKind.IVR else None
    return Menu(ivr) if ivr else None


def _rest_of_ways(afresh: Decision | None, segment: Segment) -> DialOut | None:
    """The attempt that was under way and those behind it, if routing would still make it so.

    Who is shown, and whether anybody is, then is as it was; the journal does not have that.
    """
    while isinstance(afresh, Forward | Announce):
        afresh = afresh.then
    if isinstance(afresh, DialOut):
        for place, each in enumerate(afresh.attempts):
            if (each.trunk.id, each.number) == (segment.target_ref, segment.target):
                return replace(afresh, attempts=afresh.attempts[place:])
    return None


def is_parked(known: CallEntry | None) -> bool:
    """Whether the call waits in a parking place, as the journal has it."""
    segment = known.open_segment() if known else None
    return segment is not None and segment.target_kind == DestinationKind.PARKING


def _keep_place(call: Call, decision: Decision) -> None:
    """A call that waits, or rings at who parked it, has its place and its turn."""
    data = decision.otherwise if isinstance(decision, Ring) else decision
    if isinstance(data, Park):
        steps = [s for s in call.entry.segments if s.target_kind == DestinationKind.PARKING]
        call.registry.parked.put(call, data, steps[-1].started_at if steps else call.now)


def _park(tenant: TenantPlan, segment: Segment) -> Park:
    """Go on waiting; a place that is gone meanwhile keeps its last caller."""
    return Park(segment.target, tenant.parking.get(segment.target_ref), segment.by or None)


def _parked_before(known: CallEntry | None) -> Segment | None:
    """The step before the present one, if the call came back from being parked."""
    before = known.segments[-2] if known and len(known.segments) > 1 else None
    if before and before.target_kind == DestinationKind.PARKING and before.reason == Reason.TIMEOUT:
        return before
    return None


def _leg(tenant: TenantPlan, channel: Channel, registry: CallRegistry) -> Leg | None:
    owner = registry.ports.plan().endpoints.get(endpoint_of(channel.name))
    if owner is None or owner.tenant != tenant.id:
        return None
    leg = caller_leg(tenant, owner, channel)
    if leg is not None and owner.kind is EndpointKind.TRUNK and "~" in channel.id:
        # On a leg that we dialled the far end is the number we called.
        leg.number = channel.connected.number or leg.number
    if leg is not None and channel.state == "Up":
        leg.state = LegState.UP
    return leg


def _number_on(call: Call, found: Found) -> None:
    """Nothing new must take an id that a living or late channel or playback of this call may
    have."""
    used = [int(c.id.rpartition("~")[2]) for c in found.channels() if "~" in c.id]
    call.skip_to(max(*used, call.entry.sequence, 0) + 1000)
