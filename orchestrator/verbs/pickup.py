"""Pick up: take a call that rings at a colleague's phone."""

from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import End, PickUp
from orchestrator.routing.pickup import may_pick_up
from orchestrator.routing.plan import Person, RingGroupLine
from orchestrator.routing.ring_groups import members
from orchestrator.types import DestinationKind
from orchestrator.verbs.offers import CAME, come_for
from orchestrator.verbs.outcome import Next, StepOutcome

NOTHING_RINGS = Verdict(Outcome.REFUSED, Reason.NOBODY_WAITS, Cause.UNALLOCATED)
NOT_ALLOWED = Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED)

_SPOKEN = (Phrase.CANNOT_COMPLETE,)


async def run(call: Call, data: PickUp) -> StepOutcome:
    """Give the caller to the call that rings longest at `data.number`, a person or a ring group,
    or at anybody."""
    picker = call.facts.person
    if picker is None:
        return Next(End(NOT_ALLOWED, _SPOKEN))
    call.begin_segment("pickup", "", data.number)
    wanted = _wanted(call, data.number)
    allowed = [each for each in wanted if may_pick_up(call.tenant, picker, each)]
    ringing = call.registry.ringing(person.id for person in allowed)
    ringing = [other for other in ringing if other.caller.person != picker.id]
    if group := _group(call, data.number):
        ringing = [other for other in ringing if _rings_at(other, group)]
    if await come_for(call, ringing):
        return CAME
    refused = NOTHING_RINGS if allowed or not wanted else NOT_ALLOWED
    call.end_segment(refused.reason)
    return Next(End(refused, _SPOKEN))


def _wanted(call: Call, number: str) -> list[Person]:
    """Who has the extension `number`, or is in that ring group; everybody when it is empty."""
    people = call.tenant.people
    if not number:
        return list(people.values())
    if group := _group(call, number):
        return list(members(call.facts, group))
    owner = call.tenant.extensions.get(number)
    person = people.get(owner.ref) if owner and owner.kind is DestinationKind.USER else None
    return [person] if person else []


def _group(call: Call, number: str) -> RingGroupLine | None:
    owner = call.tenant.extensions.get(number)
    group = owner is not None and owner.kind is DestinationKind.RING_GROUP
    return call.tenant.ring_groups.get(owner.ref) if owner and group else None


def _rings_at(call: Call, group: RingGroupLine) -> bool:
    """Whether `call` rings at members because it is for `group`."""
    segment = call.entry.open_segment()
    return segment is not None and (segment.target_kind, segment.target_ref) == (
        DestinationKind.RING_GROUP,
        group.id,
    )
