"""Pages and intercom: who may, who is reached, and who is not and why. Pure.

    intercom code + extension   talk with that person, whose phones answer by themselves
    intercom code + group       page the group
    number of a group           page the group, whether there is a code or not

Whoever pages or calls by intercom is one of the tenant's people and holds `presence.intercom` in a
department of the person, or in the department of the group.
"""

from enum import StrEnum

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict, busy, not_registered
from orchestrator.forwarding.rules import Status, present_status
from orchestrator.prompts.phrases import Phrase
from orchestrator.rights.rules import Right
from orchestrator.ring_groups.rules import Strategy, wrong_multicast
from orchestrator.routing.decision import Decision, End, Intercom, Page
from orchestrator.routing.facts import Facts
from orchestrator.routing.outside import (
    NOT_ALLOWED,
    SPOKEN_REFUSED,
    SPOKEN_UNKNOWN,
    UNKNOWN_NUMBER,
)
from orchestrator.routing.plan import Person, RingGroupLine
from orchestrator.types import Destination, DestinationKind

SILENT = Verdict(Outcome.REFUSED, Reason.DO_NOT_DISTURB, Cause.BUSY)
SPOKEN_NOBODY = (Phrase.NOBODY_AVAILABLE,)
NOBODY = End(not_registered(), SPOKEN_NOBODY)
_REFUSED = End(NOT_ALLOWED, SPOKEN_REFUSED)
_UNKNOWN = End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)


class Skipped(StrEnum):
    """Why a member of a group does not hear a page."""

    PAGES = "is who pages"
    NO_DEVICE = "has no device"
    DO_NOT_DISTURB = "does not want to be disturbed"
    BUSY = "is on a call"
    PAGED = "hears another page"


def intercom(facts: Facts, number: str) -> Decision:
    """The step of a call to `number` behind the intercom code."""
    owner = facts.tenant.extensions.get(number)
    if owner is None:
        return _UNKNOWN
    group = paging_group(facts, owner)
    if group is not None:
        return page(facts, group)
    person = facts.tenant.people.get(owner.ref) if owner.kind is DestinationKind.USER else None
    if person is None or (facts.person is not None and person.id == facts.person.id):
        return _UNKNOWN
    if not _may(facts, person.departments):
        return _REFUSED
    return _talk_with(facts, person)


def _talk_with(facts: Facts, person: Person) -> Decision:
    """A status of the away kind and forwarding concern calls that ring: this one is for the room
    that the phone stands in."""
    status = present_status(person.forwarding, person.hours, facts.now)
    facts.trace.note("status", person.number, f"status {status}")
    if status is Status.DO_NOT_DISTURB:
        return End(SILENT, person=person)
    profile = person.forwarding.profiles.get(status)
    if profile and not profile.several_calls and facts.live.calls_of(person.id):
        return End(busy(), person=person)
    return Intercom(person)


def paging_group(facts: Facts, destination: Destination) -> RingGroupLine | None:
    """The group that `destination` is, if it is one that is paged."""
    if destination.kind is not DestinationKind.RING_GROUP:
        return None
    group = facts.tenant.ring_groups.get(destination.ref)
    return group if group and group.strategy is Strategy.PAGING else None


def page(facts: Facts, group: RingGroupLine) -> Decision:
    """Page `group`: those of its members who can be, and its multicast address."""
    if not _may(facts, frozenset({group.department})):
        facts.trace.note("page", group.name, f"needs {Right.INTERCOM} in its department")
        return _REFUSED
    people = []
    for member in group.members:
        person = facts.tenant.people[member]
        why = skipped(facts, group, person)
        facts.trace.note("page", person.number, why.value if why else "is paged")
        if why is None:
            people.append(person)
    multicast = group.multicast
    if multicast and (wrong := wrong_multicast(*multicast)):
        facts.trace.note("multicast", multicast[0], wrong)
        multicast = None
    if not people and multicast is None:
        return NOBODY
    return Page(group, tuple(people), multicast)


def skipped(facts: Facts, group: RingGroupLine, person: Person) -> Skipped | None:
    """Why `person` is not paged; None: is."""
    if facts.person is not None and person.id == facts.person.id:
        return Skipped.PAGES
    if not person.devices:
        return Skipped.NO_DEVICE
    status = present_status(person.forwarding, person.hours, facts.now)
    if status is Status.DO_NOT_DISTURB:
        return Skipped.DO_NOT_DISTURB
    if not group.disturb_busy and facts.live.calls_of(person.id):
        return Skipped.BUSY
    return Skipped.PAGED if person.id in facts.live.paged() else None


def _may(facts: Facts, departments: frozenset[str]) -> bool:
    """Whether who calls has the right in one of these departments; the outside world never."""
    caller = facts.person
    if caller is None:
        return False
    return any(caller.holds(Right.INTERCOM, each) for each in departments)
