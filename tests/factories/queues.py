"""Queues of plans, for tests of pure rules and of calls."""

from dataclasses import replace

from orchestrator.forwarding.rules import Forwarding, Profile, Status
from orchestrator.queues.rules import Strategy
from orchestrator.routing.plan import AgentLine, Person, QueueLine, TenantPlan
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import department, person, tenant, trunk


def agent(number: str, status: Status = Status.AVAILABLE, **changes: object) -> Person:
    """A person who is logged in to all queues; `changes` are those of the status's profile."""
    profile = replace(Profile(status), **changes)  # type: ignore[arg-type]
    return person(number, forwarding=Forwarding(status, queues=True, profiles={status: profile}))


def queue(*agents: Person | AgentLine, **changes: object) -> QueueLine:
    """The queue 800 of these agents, who are logged in to it."""
    made = QueueLine(
        id="queue-800",
        number="800",
        name="Support",
        department="dep-sales",
        language="en",
        strategy=Strategy.HUNT,
        agents=tuple(_line(each) for each in agents),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def _line(each: Person | AgentLine) -> AgentLine:
    return each if isinstance(each, AgentLine) else AgentLine(each.id)


def with_queues(*people: Person, queues: tuple[QueueLine, ...], **changes: object) -> TenantPlan:
    """The tenant of these people, with a trunk, the department `dep-sales`, and these queues."""
    made = tenant(people, (trunk(),), departments={"dep-sales": department()})
    numbers = {each.number: Destination(DestinationKind.QUEUE, each.id) for each in queues}
    made = replace(
        made,
        extensions={**made.extensions, **numbers},
        queues={each.id: each for each in queues},
    )
    return replace(made, **changes)  # type: ignore[arg-type]
