"""Who may see, steer and supervise calls that are going on. Pure.

A call is seen by its own people, and in a department by those who hold `presence.see_group_calls`
there, as far as the people of the call show theirs (`presence.show_calls_to_group`). It is steered
on behalf of one of its people: by that person, and by whoever holds one of `STEERING` in a
department of that person.
"""

from collections.abc import Iterable

from orchestrator.rights.rules import Right, departments_with
from orchestrator.routing.plan import Person
from orchestrator.types import Actor, ActorKind

STEERING = (Right.DIVERT_TRANSFER_PICKUP, Right.RECEPTIONIST_OPERATIONS)


def is_self(actor: Actor, person: Person) -> bool:
    return actor.kind is ActorKind.USER and actor.id == person.id


def may_see(actor: Actor, people: Iterable[Person]) -> bool:
    """Whether `actor` sees a call of `people`; one without people is for the whole tenant."""
    reach = departments_with(actor, Right.SEE_GROUP_CALLS)
    if reach is None:
        return True
    return any(is_self(actor, person) or bool(reach & _showing(person)) for person in people)


def _showing(person: Person) -> frozenset[str]:
    """The departments that `person` shows calls to."""
    shown = Right.SHOW_CALLS_TO_GROUP.value
    return frozenset(d for d in person.departments if shown in person.rights.get(d, frozenset()))


def may_steer(actor: Actor, person: Person) -> bool:
    """Whether `actor` may do with the calls of `person` what that person may."""
    return is_self(actor, person) or any(_reaches(actor, right, person) for right in STEERING)


def may_supervise(actor: Actor, person: Person) -> bool:
    """Whether `actor` may have somebody listen in on `person`."""
    return _reaches(actor, Right.BARGE_LISTEN_WHISPER, person)


def may_listen_in(supervisor: Person, person: Person) -> bool:
    """Whether the person who calls may be in calls of `person`, by the rights of departments."""
    if supervisor.id == person.id:
        return False
    return any(supervisor.holds(Right.BARGE_LISTEN_WHISPER, d) for d in person.departments)


def _reaches(actor: Actor, right: Right, person: Person) -> bool:
    reach = departments_with(actor, right)
    return reach is None or bool(reach & person.departments)
