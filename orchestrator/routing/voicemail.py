"""Where messages are left, and whose box a caller opens. Pure."""

from zoneinfo import ZoneInfo

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import CheckMailbox, Decision, End, LeaveMessage
from orchestrator.routing.facts import Facts
from orchestrator.routing.outside import SPOKEN_UNKNOWN, UNKNOWN_NUMBER
from orchestrator.routing.plan import Person, TenantPlan
from orchestrator.types import Destination, DestinationKind

# The person is there, but takes no messages (any more).
NO_BOX = Verdict(Outcome.REFUSED, Reason.NO_VOICEMAIL, Cause.NO_ANSWER)
SPOKEN_NO_BOX = (Phrase.NO_BOX,)


def own_voicemail(facts: Facts, person: Person) -> Destination | None:
    """Where calls of `person` go that nothing else takes: to the own box, if there is one."""
    if person.id not in facts.tenant.mailboxes:
        return None
    facts.trace.note("voicemail", person.number, "nothing is set, so messages are taken")
    return Destination(DestinationKind.VOICEMAIL, person.id)


def leave_message(tenant: TenantPlan, owner: str) -> Decision:
    """Leave a message for the user or ring group `owner`; who has no box takes none."""
    if owner not in tenant.mailboxes:
        return End(NO_BOX)
    person, group = tenant.people.get(owner), tenant.ring_groups.get(owner)
    if person is not None:
        return LeaveMessage(owner, person.number, person.name)
    if group is not None:
        return LeaveMessage(owner, group.number, group.name)
    return End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)


def leave_message_at(facts: Facts, number: str) -> Decision:
    """What the code for somebody's voicemail does with the extension behind it."""
    found = facts.tenant.extensions.get(number)
    if found is None or found.kind not in {DestinationKind.USER, DestinationKind.RING_GROUP}:
        return End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)
    decision = leave_message(facts.tenant, found.ref)
    return End(NO_BOX, SPOKEN_NO_BOX) if decision == End(NO_BOX) else decision


def open_own_box(facts: Facts) -> Decision:
    """The menu of the box of who dialled its code."""
    person = facts.person
    if person is None or person.id not in facts.tenant.mailboxes:
        return End(NO_BOX, SPOKEN_NO_BOX)
    return CheckMailbox(person.id, person.number, own_phone=True)


def opener_of(tenant: TenantPlan, owner: str, caller: str | None) -> Person | None:
    """By whose PIN a caller opens the box of `owner`: the user's own; that of the member who
    calls for a ring group; None: by the PIN of the box itself."""
    person, group = tenant.people.get(owner), tenant.ring_groups.get(owner)
    if person is not None:
        return person
    member = group is not None and caller in group.members
    return tenant.people.get(caller or "") if member else None


def boxes_of(tenant: TenantPlan, person: str) -> tuple[str, ...]:
    """The owners of the boxes that a person opens: the own one first, then those of groups."""
    groups = sorted(
        (group for group in tenant.ring_groups.values() if person in group.members),
        key=lambda group: group.number,
    )
    return tuple(o for o in (person, *(group.id for group in groups)) if o in tenant.mailboxes)


def zone_of(tenant: TenantPlan, owner: str) -> ZoneInfo:
    """The time zone in which the owner of a box lives."""
    person, group = tenant.people.get(owner), tenant.ring_groups.get(owner)
    department = tenant.departments.get(group.department) if group else None
    hours = person.hours if person else department.hours if department else None
    return ZoneInfo(hours.timezone if hours else "UTC")
