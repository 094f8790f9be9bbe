"""Where a number goes that a person of the tenant dialled, and where a destination leads. Pure."""

import re
from dataclasses import replace

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.forwarding.rules import (
    Asking,
    Status,
    When,
    after_ringing,
    before_ringing,
)
from orchestrator.routing.decision import Decision, End, Ring
from orchestrator.routing.facts import Facts
from orchestrator.routing.outside import (
    SPOKEN_UNKNOWN,
    UNKNOWN_NUMBER,
    emergency,
    on_behalf_of_tenant,
    outside,
)
from orchestrator.routing.plan import Person
from orchestrator.types import Destination, DestinationKind

BUSY = Verdict(Outcome.REFUSED, Reason.BUSY, Cause.BUSY)
LOOP = Verdict(Outcome.FAILED_US, Reason.LOOP, Cause.OUT_OF_ORDER)
AWAY = Verdict(Outcome.REFUSED, Reason.AWAY, Cause.NO_ANSWER)
DO_NOT_DISTURB = Verdict(Outcome.REFUSED, Reason.DO_NOT_DISTURB, Cause.BUSY)
ENDED = Verdict(Outcome.ANSWERED, Reason.ENDED)

MOST_HOPS = 10
"""Forwards in one decision: beyond this they go in a circle."""

# What a phone can dial. Anything else (a Refer-To may hold any text) must not reach a dial
# string of Asterisk, where `@` and `/` have a meaning.
_DIALABLE = re.compile(r"[+*#0-9A-Za-z]{1,64}")

_SILENT = {Status.DO_NOT_DISTURB: DO_NOT_DISTURB}
_WHEN = {
    Reason.NO_ANSWER: When.NO_ANSWER,
    Reason.BUSY: When.BUSY,
    Reason.DECLINED: When.BUSY,
    Reason.NOT_REGISTERED: When.NOT_REGISTERED,
    Reason.NO_DEVICE: When.NOT_REGISTERED,
}


def dialled(facts: Facts, person: Person, number: str) -> Decision:
    """The first step after `person` dialled `number`.

    Emergency numbers come first and pass every restriction. Then the tenant's own numbers;
    what is left is a number of the outside world and needs a rule and the right to call out.
    """
    facts = replace(facts, person=person)
    if not _DIALABLE.fullmatch(number):
        return End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)
    if number in facts.tenant.emergency_numbers:
        return emergency(facts, number)
    destination = facts.tenant.extensions.get(number)
    if destination is not None:
        facts.trace.note("extension", number, f"belongs to {destination.kind}")
        return follow(facts, destination)
    return outside(facts, person, number)


def follow(facts: Facts, destination: Destination) -> Decision:
    """The step that leads to `destination`; a destination that is gone is an unknown number."""
    if facts.hops > MOST_HOPS:
        return End(LOOP)
    facts = replace(facts, hops=facts.hops + 1)
    match destination.kind:
        case DestinationKind.USER:
            person = facts.tenant.people.get(destination.ref)
            return reach(facts, person) if person else End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)
        case DestinationKind.EXTENSION:
            owner = facts.tenant.extensions.get(destination.ref)
            return follow(facts, owner) if owner else End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)
        case DestinationKind.EXTERNAL | DestinationKind.REBOUND:
            return on_behalf_of_tenant(facts, destination)
        case DestinationKind.BUSY:
            return End(BUSY)
        case DestinationKind.END_CALL:
            return End(ENDED)
        case _:
            return End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)


def reach(facts: Facts, person: Person) -> Decision:
    """What a call for `person` does first: ring, or what status and exceptions say instead."""
    choice = before_ringing(person.forwarding, _asking(facts, person))
    facts.trace.note("status", person.number, choice.why)
    if choice.rings:
        if not choice.profile.several_calls and facts.live.calls_of(person.id):
            return unreached(facts, person, BUSY)
        return Ring(person, choice.profile.no_answer_seconds or 0)
    if choice.destination is not None:
        return follow(facts, choice.destination)
    return End(_SILENT.get(choice.profile.status, AWAY))


def unreached(facts: Facts, person: Person, verdict: Verdict) -> Decision:
    """Where a call goes after `person` was rung in vain; `verdict` says why."""
    when = _WHEN.get(verdict.reason)
    if when is not None:
        choice = after_ringing(person.forwarding, when, _asking(facts, person))
        if choice.destination is not None:
            facts.trace.note("forwarding", person.number, choice.why)
            return follow(facts, choice.destination)
    return End(verdict)


def _asking(facts: Facts, person: Person) -> Asking:
    return Asking(facts.caller, facts.internal, facts.now, person.hours)
