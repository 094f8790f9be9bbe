"""Which ends of calls are worth a line in the event log, and what the audit log hears of them.
Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.audit.trail import NewNote
from orchestrator.calls.entry import CallEntry
from orchestrator.calls.verdict import Reason, Verdict
from orchestrator.events.rules import Events
from orchestrator.events.service import NewEvent
from orchestrator.hotel.rules import taken, word_of
from orchestrator.routing.decision import Monitor, MonitorMode, Page
from orchestrator.routing.outside_lines import TrunkLine
from orchestrator.routing.plan import Person, QueueLine
from orchestrator.types import Actor, ActorKind, Scope, TenantId

if TYPE_CHECKING:
    from orchestrator.calls.call import Call

_EVENTS: dict[Reason, tuple[Events, str]] = {
    Reason.NO_OUTBOUND_RULE: (Events.NO_OUTBOUND_RULE, "No outbound rule takes the number."),
    Reason.NOT_ALLOWED: (Events.EXTERNAL_DISABLED, "The caller may not make this call."),
    Reason.OUTSIDE_HOURS: (Events.EXTERNAL_DISABLED, "Calls out are for office hours only."),
    Reason.PIN_REQUIRED: (Events.EXTERNAL_DISABLED, "Calls out wait for the caller's PIN."),
    Reason.BLOCKED_COUNTRY: (Events.COUNTRY_BLOCKED, "The country may not be called."),
    Reason.TRUNK_DOWN: (Events.CALL_FAILED, "The trunk does not take calls."),
    Reason.TRUNK_REFUSED: (Events.CALL_FAILED, "The provider refused the call."),
    Reason.TRUNK_FULL: (Events.LIMIT_REACHED, "The trunk's limit of simultaneous calls."),
    Reason.TENANT_FULL: (Events.LIMIT_REACHED, "The limit of simultaneous calls."),
    Reason.LOOP: (Events.CALL_LOOP, "The call was forwarded in a circle."),
}


def event_of(entry: CallEntry, verdict: Verdict) -> NewEvent | None:
    """The event for a call that ended with `verdict`, if it deserves one."""
    found = _EVENTS.get(verdict.reason)
    if found is None:
        return None
    event, message = found
    return NewEvent(event, message, TenantId(entry.tenant), details_of(entry))


def emergency(entry: CallEntry, number: str) -> NewEvent:
    """Somebody calls an emergency number: said when it is dialled, not when it ends."""
    return NewEvent(
        Events.EMERGENCY_DIALLED,
        f"{entry.caller_number} {entry.caller_name} calls {number}.".lstrip(),
        TenantId(entry.tenant),
        details_of(entry),
    )


def failed_over(
    entry: CallEntry, failed: TrunkLine, following: TrunkLine, reason: Reason
) -> NewEvent:
    """A trunk did not take a call, and the next one is tried."""
    return NewEvent(
        Events.TRUNK_FAILOVER,
        f"{failed.name} did not take the call; it goes by {following.name}.",
        TenantId(entry.tenant),
        details_of(entry)
        | {"trunk": failed.id, "next_trunk": following.id, "reason": reason.value},
    )


def room_reported(entry: CallEntry, report: str) -> NewEvent:
    """The telephone in a hotel room said how the room is, or what was taken from its minibar."""
    told = ", ".join(f"{each.count} of {each.item} taken" for each in taken(report))
    return NewEvent(
        Events.ROOM_REPORTED,
        f"Room {entry.caller_number}: {told or word_of(report)}.",
        TenantId(entry.tenant),
        details_of(entry) | {"report": report},
    )


def stranger(endpoint: str, number: str) -> NewEvent:
    """A call by an endpoint that belongs to nobody."""
    return NewEvent(
        Events.SOURCE_UNKNOWN,
        "A call came from an endpoint that belongs to nobody.",
        details={"endpoint": endpoint[:64], "dialled": number[:64]},
    )


def sla_breached(
    entry: CallEntry, queue: QueueLine, waiting: int, talking: int, seconds: int
) -> NewEvent:
    """A caller has waited longer than the queue promises."""
    return NewEvent(
        Events.SLA_BREACHED,
        f"{entry.caller_number} has waited {seconds} s in queue {queue.number} {queue.name}.",
        TenantId(entry.tenant),
        _of_queue(entry, queue)
        | {"waiting": str(waiting), "in_service": str(talking), "seconds": str(seconds)},
    )


def lost_in_queue(entry: CallEntry, queue: QueueLine) -> NewEvent:
    """A caller hung up while waiting."""
    return NewEvent(
        Events.QUEUE_CALL_LOST,
        f"{entry.caller_number} hung up in queue {queue.number} {queue.name}.",
        TenantId(entry.tenant),
        _of_queue(entry, queue),
    )


def _of_queue(entry: CallEntry, queue: QueueLine) -> dict[str, str]:
    return details_of(entry) | {"queue": queue.id, "queue_number": queue.number}


def page_too_long(entry: CallEntry, data: Page) -> NewEvent:
    """A page was ended, since whoever made it did not."""
    return NewEvent(
        Events.LIMIT_REACHED,
        f"The page to {data.group.number} {data.group.name} was ended after {data.seconds} s.",
        TenantId(entry.tenant),
        details_of(entry),
    )


def supervision(call: Call, supervisor: Person, data: Monitor, *, allowed: bool) -> NewNote:
    """Who is in whose call, or tried to be, for the audit log."""
    done = "done" if allowed else "refused"
    person, mode = data.person, data.mode.value
    details = {"call": call.id, "supervised": person.number}
    actor = Actor(ActorKind.USER, supervisor.id, supervisor.name, call.tenant.id)
    return NewNote(
        Scope(call.tenant.id, actor), f"call:{mode}:{done}", ("user", person.id), details
    )


def refusal(scope: Scope, supervisor: Person, call: Call, mode: MonitorMode) -> NewNote:
    """Somebody asked over the API to be in `call`, without the right to."""
    details = {"call": call.id, "supervisor": supervisor.number}
    return NewNote(scope, f"call:{mode.value}:refused", ("call", call.id[:36]), details)


def supervised(call: Call, supervisor: Person, data: Monitor, *, allowed: bool) -> NewEvent:
    """The same for the event log."""
    verb = "is in a call of" if allowed else "may not be in a call of"
    message = f"{supervisor.number} {supervisor.name} {verb} {data.person.number}."
    details = details_of(call.entry) | {"mode": data.mode.value}
    return NewEvent(Events.CALL_SUPERVISED, message, call.tenant.id, details)


def details_of(entry: CallEntry) -> dict[str, str]:
    return {
        "call": entry.id,
        "caller": entry.caller_number[:64],
        "dialled": entry.dialled[:64],
    }
