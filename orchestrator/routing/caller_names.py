"""What a phone that rings shows as the caller's name: `Sales: Ada`. Pure."""

from orchestrator.options.rules import NamePlace, NameSource
from orchestrator.routing.facts import Facts
from orchestrator.routing.plan import Person, QueueLine, RingGroupLine


def name_for_person(facts: Facts, person: Person) -> str:
    """The name that tells `person` how a call from outside came; "" for plainly the caller's."""
    return _beside(facts, _line(facts, person.department))


def name_for_group(facts: Facts, group: RingGroupLine) -> str:
    """The name that tells the members of `group` how a call came. The group's own goes before
    what the tenant chose, and is put beside the names of colleagues too."""
    return _beside(facts, group.caller_name or _line(facts, group.department))


def name_for_queue(facts: Facts, queue: QueueLine) -> str:
    """The name that tells the agents of `queue` how a call came; its own as that of a group."""
    return _beside(facts, queue.caller_name or _line(facts, queue.department, queue.name))


def _line(facts: Facts, department: str | None, queue: str = "") -> str:
    """What the tenant wants to be told of a call from outside; `queue` is the name of the one by
    which it came."""
    if facts.internal:
        return ""
    match facts.tenant.options.calls.name_source:
        case NameSource.NONE:
            return ""
        case NameSource.DID:
            return facts.did_name
        case NameSource.QUEUE:
            return queue
        case NameSource.DEPARTMENT:
            found = facts.tenant.departments.get(department or "")
            return found.name if found else ""


def _beside(facts: Facts, line: str) -> str:
    if not line:
        return ""
    who = facts.name or facts.caller
    before = facts.tenant.options.calls.name_place is NamePlace.BEFORE
    return f"{line}: {who}" if before else f"{who} ({line})"
