"""Whom a call to a ring group rings, and where it goes when nobody takes it. Pure.

A member's phones ring or they do not: nothing else of a member is followed. Neither the
forwarding nor the exceptions nor the mobile of a member take part, since one member's voicemail
would take the call from all others.
"""

from collections.abc import Iterator
from dataclasses import replace

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict, busy
from orchestrator.forwarding.rules import RINGING_STATUSES, Profile, present_status
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import Decision, End
from orchestrator.routing.dialled import leads_in_a_circle
from orchestrator.routing.facts import Facts
from orchestrator.routing.inbound import onward
from orchestrator.routing.plan import Person, QueueLine, RingGroupLine

NOBODY = Verdict(Outcome.REFUSED, Reason.NOBODY_AVAILABLE, Cause.ABSENT)
"""No member's phone may ring."""

SPOKEN_NOBODY = (Phrase.NOBODY_AVAILABLE,)

_ON_A_CALL = "is on a call"


def members(facts: Facts, group: RingGroupLine) -> Iterator[Person]:
    """The members of `group` in its order."""
    people = facts.tenant.people
    return (people[member] for member in group.members if member in people)


def ready(facts: Facts, group: RingGroupLine) -> list[Person]:
    """The members whose phones ring for a call at this instant, in order."""
    found = []
    for person in members(facts, group):
        why = silent(facts, person)
        facts.trace.note("member", person.number, why or "rings")
        if why is None:
            found.append(person)
    return found


def silent(facts: Facts, person: Person) -> str | None:
    """Why the phones of a member do not ring for a call of the group; None: they do.

    Whether a phone is registered turns out when it is called.
    """
    forwarding = person.forwarding
    status = present_status(forwarding, person.hours, facts.now)
    profile = forwarding.profiles.get(status) or Profile(status)
    if facts.person is not None and person.id == facts.person.id:
        return "calls the group"
    if not person.devices:
        return "has no device"
    if status not in RINGING_STATUSES:
        return f"status {status}"
    if not profile.ring_group_calls:
        return f"takes no calls of ring groups, status {status}"
    if not profile.several_calls and facts.live.calls_of(person.id):
        return _ON_A_CALL
    return None


def why_nobody(facts: Facts, group: RingGroupLine) -> Verdict:
    """Why no phone of `group` rings: busy when all who would take the call are on one."""
    reasons = [silent(facts, person) for person in members(facts, group)]
    return busy() if _ON_A_CALL in reasons else NOBODY


def unanswered(facts: Facts, group: RingGroupLine | QueueLine, verdict: Verdict) -> Decision:
    """Where a call goes that no member or agent took; `verdict` says why.

    Without a destination, or when that leads back to who was tried already, the caller hears that
    nobody is available, and the call ends with `verdict`.
    """
    end = End(verdict, SPOKEN_NOBODY)
    if group.no_answer is None:
        return end
    kind = "queue" if isinstance(group, QueueLine) else "ring group"
    facts.trace.note(kind, group.name, "destination for no answer")
    tried = replace(facts, tried=facts.tried | {group.id})
    then = onward(tried, group.no_answer, group.department)
    return end if leads_in_a_circle(then) else then
