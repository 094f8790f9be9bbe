"""A new channel has arrived: whose is it, and what is the first step of its call? Pure."""

from dataclasses import dataclass
from datetime import datetime

from orchestrator.ari.messages import Channel
from orchestrator.calls.arrival import called_number, calling_party
from orchestrator.calls.entry import CallEntry
from orchestrator.calls.leg import Leg
from orchestrator.routing.decision import Decision
from orchestrator.routing.dial_codes import called
from orchestrator.routing.facts import IDLE, Facts, Live
from orchestrator.routing.first_step import first_step
from orchestrator.routing.plan import EndpointKind, EndpointOwner, Plan, TenantPlan


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may begin: its tenant, its first leg, its journal entry, its first step."""

    tenant: TenantPlan
    caller: Leg
    entry: CallEntry
    decision: Decision


def endpoint_of(channel_name: str) -> str:
    """`PJSIP/u7k2m-0000001a` -> `u7k2m`; "" for channels of other technologies."""
    technology, _, rest = channel_name.partition("/")
    return rest.rpartition("-")[0] if technology == "PJSIP" else ""


def admit(
    plan: Plan, channel: Channel, now: datetime, live: Live = IDLE, calls_of_tenant: int = 0
) -> Admitted | None:
    """Who calls and what to do first; None when the endpoint belongs to nobody we know.

    That happens for a moment after a device was deleted: its registration is still there.
    """
    endpoint = endpoint_of(channel.name)
    owner = plan.endpoints.get(endpoint)
    tenant = plan.tenants.get(owner.tenant) if owner else None
    if owner is None or tenant is None:
        return None
    caller = caller_leg(tenant, owner, channel)
    if caller is None:
        return None
    number = _dialled(tenant, owner, channel)
    direction = "inbound" if owner.kind is EndpointKind.TRUNK else "internal"
    entry = CallEntry(
        channel.id,
        tenant.id,
        direction,
        caller.number,
        caller.name,
        number,
        started_at=now.timestamp(),
        billing_code=called(tenant.options.codes, number).billing if caller.person else "",
    )
    facts = Facts(
        tenant,
        now,
        caller=caller.number,
        name=caller.name,
        person=tenant.people.get(caller.person or ""),
        hot_desk=tenant.hot_desks.get(endpoint),
        trunk=tenant.trunks.get(caller.trunk or ""),
        live=live,
    )
    decision = first_step(facts, number, calls_of_tenant)
    return Admitted(tenant, caller, entry, decision)


def caller_leg(tenant: TenantPlan, owner: EndpointOwner, channel: Channel) -> Leg | None:
    """The leg of the one who calls. A person is who the device belongs to, whatever it claims."""
    endpoint = endpoint_of(channel.name)
    if owner.kind is EndpointKind.TRUNK:
        trunk = tenant.trunks.get(owner.ref)
        if trunk is None:
            return None
        caller = calling_party(tenant, trunk, channel)
        return Leg(channel.id, endpoint, caller.number, caller.name, trunk=trunk.id)
    if owner.kind is EndpointKind.HOT_DESK:
        return Leg(channel.id, endpoint, "", tenant.hot_desks[endpoint].name)
    person = tenant.people.get(owner.ref)
    if person is None:
        return None
    return Leg(channel.id, endpoint, person.number, person.name, person=person.id)


def _dialled(tenant: TenantPlan, owner: EndpointOwner, channel: Channel) -> str:
    trunk = tenant.trunks.get(owner.ref) if owner.kind is EndpointKind.TRUNK else None
    return called_number(trunk, channel) if trunk else channel.dialplan.exten
