"""Where a number goes that a person of the tenant dialled, and where a destination leads. Pure."""

import re
from dataclasses import replace

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict, no_answer
from orchestrator.forwarding.rules import (
    Asking,
    Choice,
    Status,
    When,
    after_ringing,
    before_ringing,
)
from orchestrator.options.rules import Code
from orchestrator.routing.caller_names import name_for_person
from orchestrator.routing.decision import (
    Announce,
    ByName,
    Decision,
    DepartmentMenu,
    DialOut,
    End,
    Forward,
    Join,
    Menu,
    Park,
    Queue,
    Ring,
    RingGroup,
    Unpark,
)
from orchestrator.routing.dial_codes import Called, called, function_of, function_of_key
from orchestrator.routing.facts import Facts
from orchestrator.routing.functions import carry_out
from orchestrator.routing.office import own_route
from orchestrator.routing.outside import (
    NOT_ALLOWED,
    PIN_REQUIRED,
    SPOKEN_PIN_REQUIRED,
    SPOKEN_REFUSED,
    SPOKEN_UNKNOWN,
    UNKNOWN_NUMBER,
    emergency,
    on_behalf_of_tenant,
    outside,
)
from orchestrator.routing.paging import page, paging_group
from orchestrator.routing.plan import HoursRouteLine, IvrLine, Person, QueueLine, RingGroupLine
from orchestrator.routing.voicemail import leave_message, own_voicemail
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

    Emergency numbers come first and pass every restriction, also with a code around them. Then
    the tenant's own numbers and its dial codes: saving sees to it that no number is both, and a
    number from before there were codes goes on as it did. What is left is a number of the outside
    world and needs a rule and the right to call out.
    """
    facts = replace(facts, person=person)
    if not _DIALABLE.fullmatch(number):
        return End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)
    codes = facts.tenant.options.codes
    plain = called(codes, number)
    if plain.number in facts.tenant.emergency_numbers:
        return emergency(facts, plain.number)
    destination = facts.tenant.extensions.get(number)
    if destination is not None:
        facts.trace.note("extension", number, f"belongs to {destination.kind}")
        if destination.kind is DestinationKind.PARKING:
            return Unpark(number, parking=facts.tenant.parking[destination.ref])
        return follow(facts, destination)
    if plain.number != number:
        return _plain(facts, person, plain)
    function = function_of(codes, number) or function_of_key(codes, number, person.number)
    if function is not None:
        return carry_out(facts, function)
    return _past_the_pin(facts, person, outside(facts, person, number))


def _past_the_pin(facts: Facts, person: Person, decision: Decision) -> Decision:
    """A call out by somebody who has to key in the PIN first; calls for help go without.

    What the person forwards to outside numbers is not asked for a PIN: nobody could key it in.
    """
    calls_out = isinstance(decision, DialOut) and not decision.emergency
    if not calls_out or not person.pin_protected or facts.live.calls_out_open(person.id):
        return decision
    code = facts.tenant.options.codes[Code.OUTBOUND_PIN]
    facts.trace.note("PIN", person.number, f"has to be keyed in first, at {code or 'no code'}")
    spoken = (*SPOKEN_PIN_REQUIRED, f"digits:{code}") if code else SPOKEN_REFUSED
    return End(PIN_REQUIRED, spoken)


def _plain(facts: Facts, person: Person, plain: Called) -> Decision:
    """The number inside of the codes; what they ask for concerns calls to the outside alone."""
    codes = facts.tenant.options.codes
    if plain.billing:
        facts.trace.note("dial code", codes[Code.BILLING], f"bills to {plain.billing}")
    if plain.withheld:
        facts.trace.note("dial code", codes[Code.WITHHOLD_CALLER_ID], "withholds the number")
    decision = dialled(facts, person, plain.number)
    if plain.withheld and isinstance(decision, DialOut):
        return replace(decision, withheld=True)
    return decision


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
        case DestinationKind.MOBILE:
            person = facts.tenant.people.get(destination.ref)
            return _mobile(facts, person) if person else End(UNKNOWN_NUMBER)
        case DestinationKind.PARKING:
            place = facts.tenant.parking.get(destination.ref)
            return Park(place.number, place) if place else End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)
        case DestinationKind.CONFERENCE:
            room = facts.tenant.conferences.get(destination.ref)
            return Join(room) if room else End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)
        case DestinationKind.IVR:
            ivr = facts.tenant.ivrs.get(destination.ref)
            return _menu(facts, ivr) if ivr else End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)
        case DestinationKind.DIAL_BY_NAME:
            return ByName()
        case DestinationKind.RING_GROUP if paged := paging_group(facts, destination):
            return page(facts, paged)
        case DestinationKind.RING_GROUP:
            group = facts.tenant.ring_groups.get(destination.ref)
            return _to_group(facts, group) if group else End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)
        case DestinationKind.QUEUE:
            queue = facts.tenant.queues.get(destination.ref)
            return _to_queue(facts, queue) if queue else End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)
        case DestinationKind.DEPARTMENT:
            line = facts.tenant.departments.get(destination.ref)
            return DepartmentMenu(line) if line else End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)
        case DestinationKind.VOICEMAIL:
            return leave_message(facts.tenant, destination.ref)
        case DestinationKind.BUSY:
            return End(BUSY)
        case DestinationKind.END_CALL:
            return End(ENDED)


def _menu(facts: Facts, ivr: IvrLine) -> Decision:
    """The IVR, or where its own routes send calls at this hour."""
    route = own_route(facts, ivr.department, ivr.routes)
    return take(facts, route) if route else Menu(ivr)


def take(facts: Facts, route: HoursRouteLine) -> Decision:
    """The step that a route by hours leads to, its prompt before it."""
    then = follow(facts, route.destination)
    return Announce((route.prompt,), then) if route.prompt else then


def _to_group(facts: Facts, group: RingGroupLine) -> Decision:
    """Ring the members, or go where the group's own route says; its hours count for all callers."""
    if group.id in facts.tried:
        return End(LOOP)
    route = own_route(facts, group.department, group.routes)
    if route is not None:
        return take(facts, route)
    return RingGroup(group)


def _to_queue(facts: Facts, queue: QueueLine) -> Decision:
    """Wait in the queue, or go where its own route says; its hours count for all callers."""
    if queue.id in facts.tried:
        return End(LOOP)
    route = own_route(facts, queue.department, queue.routes)
    return take(facts, route) if route else Queue(queue)


def reach(facts: Facts, person: Person) -> Decision:
    """What a call for `person` does first: ring, or what status and exceptions say instead."""
    if person.id in facts.tried:
        return End(LOOP)
    facts = replace(facts, tried=facts.tried | {person.id})
    choice = before_ringing(person.forwarding, _asking(facts, person))
    facts.trace.note("status", person.number, choice.why)
    if choice.rings:
        return _ring(facts, person, choice)
    silent = _SILENT.get(choice.profile.status, AWAY)
    to = choice.destination or own_voicemail(facts, person)
    if to is None:
        return End(silent, person=person)
    reason = Reason.FORWARDED if choice.exception else silent.reason
    return Forward(person, reason, _forward(facts, person, When.ALWAYS, to))


def _ring(facts: Facts, person: Person, choice: Choice) -> Decision:
    profile = choice.profile
    if not profile.several_calls and facts.live.calls_of(person.id):
        then = unreached(facts, person, BUSY)
        return End(BUSY, person=person) if then == End(BUSY) else Forward(person, BUSY.reason, then)
    mobile = _mobile(facts, person) if profile.ring_mobile else None
    return Ring(
        person,
        profile.no_answer_seconds or 0,
        replace(mobile, confirm=True) if isinstance(mobile, DialOut) else None,
        caller_name=name_for_person(facts, person),
        screened=person.forwarding.screening and not facts.internal,
    )


def unreached(facts: Facts, person: Person, verdict: Verdict) -> Decision:
    """Where a call goes after `person` was rung in vain; `verdict` says why.

    A way that comes back to somebody who was tried already ends the call with `verdict`.
    """
    when = _WHEN.get(verdict.reason)
    if when is None:
        return End(verdict)
    facts = replace(facts, tried=facts.tried | {person.id})
    choice = after_ringing(person.forwarding, when, _asking(facts, person))
    to = choice.destination or own_voicemail(facts, person)
    if to is None:
        return End(verdict)
    facts.trace.note("forwarding", person.number, choice.why)
    then = _forward(facts, person, when, to)
    if leads_in_a_circle(then):
        facts.trace.note("loop", person.number, "leads back to somebody who was tried")
        return End(verdict)
    return then


def leads_in_a_circle(decision: Decision) -> bool:
    """Whether all that `decision` comes to is somebody who was tried already."""
    while isinstance(decision, Forward | Announce):
        decision = decision.then
    return decision == End(LOOP)


def _forward(facts: Facts, person: Person, when: When, to: Destination) -> Decision:
    """Go to `to` on behalf of `person`: outside numbers are called with that person's rights."""
    if to.kind in {DestinationKind.MOBILE, DestinationKind.EXTERNAL, DestinationKind.REBOUND}:
        if not facts.tenant.options.outbound.forward_outside:
            return End(NOT_ALLOWED)
        if to.kind is DestinationKind.MOBILE:
            return follow(facts, to)
        found = _by_rights_of(facts, person, to.ref)
        if to.kind is DestinationKind.REBOUND and isinstance(found, DialOut):
            return replace(found, confirm=True, otherwise=_unaccepted(facts, person, when))
        return found
    return follow(facts, to)


def _unaccepted(facts: Facts, person: Person, when: When) -> Decision:
    """What follows when nobody accepts a rebound: no answer, unless that is what led there."""
    verdict = no_answer()
    if when is not When.NO_ANSWER:
        return unreached(facts, person, verdict)
    box = own_voicemail(facts, person)
    return follow(facts, box) if box else End(verdict)


def _mobile(facts: Facts, person: Person) -> Decision:
    if not person.mobile:
        return End(UNKNOWN_NUMBER)
    outbound_options = facts.tenant.options.outbound
    if not outbound_options.forward_outside:
        return End(NOT_ALLOWED)
    return _by_rights_of(facts, person, person.mobile)


def _by_rights_of(facts: Facts, person: Person, number: str) -> Decision:
    """Call outside as if `person` had dialled `number`; nobody forwards to an emergency service.

    A refusal is not spoken: whoever calls did not dial that number.
    """
    if number in facts.tenant.emergency_numbers:
        return End(NOT_ALLOWED)
    decision = outside(replace(facts, person=person), person, number)
    if isinstance(decision, DialOut) and decision.emergency:
        return End(NOT_ALLOWED)
    return End(decision.verdict) if isinstance(decision, End) else decision


def _asking(facts: Facts, person: Person) -> Asking:
    return Asking(facts.caller, facts.internal, facts.now, person.hours)
