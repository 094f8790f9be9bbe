"""Which agents of a queue are there, and whether their phones may ring. Pure.

    logged in  to all queues (`*62`, a key, the API) and to this one, and neither in a status nor
               at hours that leave the queues; it decides whether the queue has anybody at all
    free       logged in, in a status that rings, with a device, and on no call unless both the
               queue and the status allow several

What an agent is doing for a queue (ringing, wrap-up) is known to the floor (`calls/floor.py`).
"""

from collections.abc import Iterator
from datetime import datetime

from orchestrator.forwarding.rules import (
    RINGING_STATUSES,
    Profile,
    present_status,
    why_out_of_queues,
)
from orchestrator.queues.rules import BY_SKILLS
from orchestrator.routing.facts import Facts, Live
from orchestrator.routing.plan import AgentLine, Person, QueueLine, TenantPlan


def agents_of(tenant: TenantPlan, queue: QueueLine) -> Iterator[tuple[AgentLine, Person]]:
    """The agents of `queue` in its order."""
    people = tenant.people
    return ((line, people[line.person]) for line in queue.agents if line.person in people)


def staffed(tenant: TenantPlan, queue: QueueLine, now: datetime) -> bool:
    """Whether anybody is logged in."""
    return any(why_logged_out(line, who, now) is None for line, who in agents_of(tenant, queue))


def why_logged_out(line: AgentLine, person: Person, now: datetime) -> str | None:
    """Why an agent is not logged in to a queue; None: is."""
    if not line.logged_in:
        return "is logged out of this queue"
    return why_out_of_queues(person.forwarding, person.hours, now)


def why_silent(queue: QueueLine, person: Person, now: datetime, live: Live) -> str | None:
    """Why the phones of an agent who is logged in do not ring for `queue`; None: they do."""
    if not person.devices:
        return "has no device"
    status = present_status(person.forwarding, person.hours, now)
    profile = person.forwarding.profiles.get(status) or Profile(status)
    if status not in RINGING_STATUSES:
        return f"status {status}"
    several = profile.several_calls and queue.ring_busy
    if not several and live.calls_of(person.id):
        return "is on a call"
    return None


def ready(facts: Facts, queue: QueueLine) -> list[tuple[AgentLine, Person]]:
    """The agents whose phones may ring for a call, the best group by skill first.

    Among equals the order of the list is shown; what they did before is known to the floor only.
    """
    found = []
    for line, person in agents_of(facts.tenant, queue):
        why = why_logged_out(line, person, facts.now) or _why_not(facts, queue, person)
        facts.trace.note("agent", person.number, why or "logged in, rings")
        if why is None:
            found.append((line, person))
    if queue.strategy in BY_SKILLS:
        found.sort(key=lambda each: each[0].skill)
    return found


def _why_not(facts: Facts, queue: QueueLine, person: Person) -> str | None:
    if facts.person is not None and person.id == facts.person.id:
        return "logged in, calls the queue"
    why = why_silent(queue, person, facts.now, facts.live)
    return f"logged in, {why}" if why else None
