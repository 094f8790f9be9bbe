"""Pick up: take a call that rings at a colleague's phone."""

from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import End, PickUp
from orchestrator.routing.pickup import may_pick_up
from orchestrator.routing.plan import Person
from orchestrator.types import Destination, DestinationKind
from orchestrator.verbs.offers import CAME, come_for
from orchestrator.verbs.outcome import Next, StepOutcome

NOTHING_RINGS = Verdict(Outcome.REFUSED, Reason.NOBODY_WAITS, Cause.UNALLOCATED)
NOT_ALLOWED = Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED)

_SHARED = frozenset({DestinationKind.RING_GROUP, DestinationKind.QUEUE})
"""Numbers behind which are several people."""

_SPOKEN = (Phrase.CANNOT_COMPLETE,)


async def run(call: Call, data: PickUp) -> StepOutcome:
    """Give the caller to the call that rings longest at `data.number`, a person, ring group or
    queue, or at anybody."""
    picker = call.facts.person
    if picker is None:
        return Next(End(NOT_ALLOWED, _SPOKEN))
    call.begin_segment("pickup", "", data.number)
    wanted = _wanted(call, data.number)
    allowed = [each for each in wanted if may_pick_up(call.tenant, picker, each)]
    ringing = call.registry.ringing(person.id for person in allowed)
    ringing = [other for other in ringing if other.caller.person != picker.id]
    target = call.tenant.extensions.get(data.number)
    if target is not None and target.kind in _SHARED:
        ringing = [other for other in ringing if _is_for(other, target)]
    if await come_for(call, ringing):
        return CAME
    refused = NOTHING_RINGS if allowed or not wanted else NOT_ALLOWED
    call.end_segment(refused.reason)
    return Next(End(refused, _SPOKEN))


def _wanted(call: Call, number: str) -> list[Person]:
    """Who has the extension `number`, or is behind that of a ring group or queue; everybody when
    it is empty."""
    tenant = call.tenant
    if not number:
        return list(tenant.people.values())
    match tenant.extensions.get(number):
        case Destination(DestinationKind.USER, ref):
            ids: tuple[str, ...] = (ref,)
        case Destination(DestinationKind.RING_GROUP, ref) if ref in tenant.ring_groups:
            ids = tenant.ring_groups[ref].members
        case Destination(DestinationKind.QUEUE, ref) if ref in tenant.queues:
            ids = tuple(each.person for each in tenant.queues[ref].agents)
        case _:
            ids = ()
    return [tenant.people[each] for each in ids if each in tenant.people]


def _is_for(call: Call, target: Destination) -> bool:
    """Whether `call` rings at people because it is for this ring group or queue."""
    segment = call.entry.open_segment()
    place = (segment.target_kind, segment.target_ref) if segment else None
    return place == (target.kind, target.ref)
