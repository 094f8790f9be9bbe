"""Live calls as they are shown: read from the calls of this node, without waiting for anybody."""

from datetime import UTC, datetime

from orchestrator.calls.call import Call
from orchestrator.calls.entry import PAGING, is_page
from orchestrator.calls.leg import Leg, LegState
from orchestrator.calls.schemas import ActiveCallOut, CallState, PartyOut
from orchestrator.routing.plan import Person
from orchestrator.types import DestinationKind

_BY_SEGMENT = {
    "user": CallState.RINGING,
    "external": CallState.RINGING,
    "ring_group": CallState.RINGING,
    "queue": CallState.WAITING,
    "announcement": CallState.ANNOUNCEMENT,
    "parking": CallState.PARKED,
    "conference": CallState.CONFERENCE,
    "monitor": CallState.SUPERVISING,
    PAGING: CallState.PAGING,
}


def people_in(call: Call) -> list[Person]:
    """The tenant's people at the ends of the call, the caller first."""
    ids = dict.fromkeys(leg.person for leg in _ends(call) if leg.person)
    people = call.tenant.people
    return [people[id_] for id_ in ids if id_ in people]


def show(call: Call) -> ActiveCallOut:
    entry = call.entry
    segment = entry.open_segment()
    since = entry.started_at
    if segment is not None:
        since = segment.answered_at or segment.started_at
    return ActiveCallOut(
        id=call.id,
        direction=entry.direction,
        state=state_of(call),
        dialled=entry.dialled,
        started_at=_time(entry.started_at),
        answered_at=_time(entry.answered_at) if entry.answered_at else None,
        since=_time(since),
        recording=call.recorder.state,
        parties=[_party(call, leg) for leg in _parties(call)] + _shared(call),
    )


def state_of(call: Call) -> CallState:
    if call.partner is not None:
        held = call.partner.held or call.caller.held
        return CallState.HELD if held else CallState.TALKING
    segment = call.entry.open_segment()
    return _BY_SEGMENT.get(segment.target_kind if segment else "", CallState.CONNECTING)


def _ends(call: Call) -> list[Leg]:
    """The living legs, the caller first."""
    rest = [leg for leg in call.legs.values() if leg.alive and leg is not call.caller]
    return [call.caller, *rest]


def _parties(call: Call) -> list[Leg]:
    """One leg for each party: a person whose devices all ring is one."""
    found: dict[str, Leg] = {}
    for leg in _ends(call):
        # The listening end of a supervisor is an end of nobody, and who is paged makes no call.
        if leg.person or leg.trunk or leg is call.caller:
            found.setdefault(leg.person or leg.id, leg)
    return list(found.values())


def _party(call: Call, leg: Leg) -> PartyOut:
    person = call.tenant.people.get(leg.person or "")
    return PartyOut(
        number=leg.number,
        name=leg.name,
        user=leg.person,
        department=person.department if person else None,
        caller=leg is call.caller,
        answered=leg.state is LegState.UP,
        holding=leg.held,
        muted=leg.muted,
    )


def _shared(call: Call) -> list[PartyOut]:
    """The group that hears a page is one party, however many phones that are; so is the queue in
    which the caller waits, beside the agents whose phones ring."""
    segment, page = call.entry.open_segment(), is_page(call.entry)
    if segment is None or not (page or segment.target_kind == DestinationKind.QUEUE):
        return []
    tenant, ref = call.tenant, segment.target_ref
    line = tenant.ring_groups.get(ref) if page else tenant.queues.get(ref)
    return [
        PartyOut(
            number=segment.target,
            name=line.name if line else "",
            user=None,
            department=line.department if line else None,
            caller=False,
            answered=bool(segment.answered_at),
            holding=False,
            muted=page,
        )
    ]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
