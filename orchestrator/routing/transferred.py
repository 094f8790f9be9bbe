"""Where a call goes that somebody hands on, and how it comes back when that leads nowhere. Pure."""

from dataclasses import replace

from orchestrator.calls.verdict import Reason
from orchestrator.routing.decision import (
    CheckMailbox,
    Decision,
    End,
    Feature,
    Forward,
    HotDesk,
    Intercom,
    Monitor,
    Page,
    Park,
    PickUp,
    Ring,
    Unlock,
    Unpark,
)
from orchestrator.routing.dialled import dialled, follow
from orchestrator.routing.facts import Facts
from orchestrator.routing.outside import NOT_ALLOWED
from orchestrator.routing.plan import Person
from orchestrator.types import Destination, DestinationKind

_FOR_WHOEVER_DIALS = (
    *(Unpark, PickUp, Monitor, Feature, Unlock, Intercom, Page, CheckMailbox),
    HotDesk,
)


def transferred(facts: Facts, number: str, staying: str) -> Decision:
    """Where `facts.person` sends a party, whose name is `staying`; End: nowhere, so it is declined.

    Without a person a trunk transfers: it reaches users only. A number that does something for
    whoever dials it is no place to send anybody to.
    """
    person = facts.person
    if person is None:
        found = follow(facts, Destination(DestinationKind.EXTENSION, number))
        return End(NOT_ALLOWED) if isinstance(found, Park) else found
    decision = dialled(facts, person, number)
    if isinstance(decision, Unpark) and decision.parking is not None:
        return Park(decision.place, decision.parking, by=person.id)
    if isinstance(decision, _FOR_WHOEVER_DIALS):
        return End(NOT_ALLOWED)
    return _coming_back(facts, decision, person, staying)


def _coming_back(facts: Facts, decision: Decision, person: Person, staying: str) -> Decision:
    """`decision` with the way back to `person`, for a target who is busy or does not answer.

    The rules of a target who takes several calls count instead while that one is talking.
    """
    seconds = facts.tenant.options.calls.transfer_back_seconds
    if not seconds:
        return decision
    match decision:
        case Ring(person=target) if not facts.live.calls_of(target.id):
            limit = min(seconds, decision.seconds or target.ring_seconds)
            return replace(decision, seconds=limit, otherwise=_back(person, target, staying))
        case Forward(person=target, reason=Reason.BUSY):
            return _back(person, target, staying)
        case End(person=Person() as target) if decision.verdict.reason is Reason.BUSY:
            return _back(person, target, staying)
        case _:
            return decision


def _back(person: Person, target: Person, staying: str) -> Ring:
    return Ring(person, caller_name=f"Back from {target.number}: {staying}")
