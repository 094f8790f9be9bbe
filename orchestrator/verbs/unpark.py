"""Unpark: whoever calls the number of a place fetches a call that waits there."""

from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.parking.rules import may_fetch
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import End, Unpark
from orchestrator.verbs.offers import CAME, come_for
from orchestrator.verbs.outcome import Next, StepOutcome

EMPTY = Verdict(Outcome.REFUSED, Reason.NOBODY_WAITS, Cause.UNALLOCATED)
NOT_ALLOWED = Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED)

_SPOKEN_EMPTY = (Phrase.NOTHING_PARKED,)
_SPOKEN_REFUSED = (Phrase.CANNOT_COMPLETE,)


async def run(call: Call, data: Unpark) -> StepOutcome:
    """Give the caller to the call that waits longest and was parked by whom `data` names."""
    person = call.facts.person
    if person is None or not may_fetch(person, data.parking):
        return Next(End(NOT_ALLOWED, _SPOKEN_REFUSED))
    call.begin_segment("unpark", data.parking.id if data.parking else "", data.place)
    waiting = [
        parked.call
        for parked in call.registry.parked.at(call.tenant.id, data.place)
        if not data.parked_by or _number(call, parked.data.by) == data.parked_by
    ]
    if await come_for(call, waiting):
        return CAME
    call.end_segment(EMPTY.reason)
    return Next(End(EMPTY, _SPOKEN_EMPTY))


def _number(call: Call, person: str | None) -> str | None:
    found = call.tenant.people.get(person or "")
    return found.number if found else None
