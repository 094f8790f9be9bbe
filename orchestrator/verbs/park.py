"""Park: the caller waits with music until somebody comes, or the time is over.

    parked ──offer──> talks with who came
      │
      └── time over ──> rings at who parked it (or goes where the tenant says) ──nobody──> parked

A call that goes back keeps its place, so that it can still be fetched from there.
"""

from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg
from orchestrator.calls.messages import Surrender
from orchestrator.calls.offer import Offer
from orchestrator.calls.verdict import Reason
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import Decision, End, Park, Ring
from orchestrator.routing.dialled import follow
from orchestrator.verbs import talk
from orchestrator.verbs.offers import accept
from orchestrator.verbs.outcome import Next, StepOutcome
from orchestrator.verbs.places import NOT_ALLOWED, reserve
from orchestrator.verbs.speech import answer

_SPOKEN = (Phrase.PARKING_FAILED,)


async def run(call: Call, data: Park) -> StepOutcome:
    """Hold the caller in `data.place`. Who dials the code instead of transferring to it would
    park oneself: refused."""
    if not call.registry.parked.holds(call):
        itself = data.by is not None and data.by == call.caller.person
        refused = NOT_ALLOWED if itself else reserve(call, data)
        if refused is not None:
            return Next(End(refused, _SPOKEN))
    place = data.parking.id if data.parking else ""
    call.begin_segment("parking", place, data.place, data.by or "")
    await answer(call)
    await call.close_bridge()
    await call.ari.moh_start(call.caller.id, call.music)
    found = await _wait(call, _patience(call, data))
    if found is not None:
        return await talk.run(call, found)
    await call.ari.moh_stop(call.caller.id)
    await call.ring_caller()
    call.end_segment(Reason.TIMEOUT)
    return Next(_back(call, data))


async def _wait(call: Call, seconds: int | None) -> Leg | None:
    """The leg of who came; None when the time is over."""
    clock = call.ports.clock
    deadline = clock.monotonic() + (seconds or 0)
    while True:
        message = await call.next(None if seconds is None else deadline - clock.monotonic())
        if message is None:
            return None
        if isinstance(message, Offer):
            await call.ari.moh_stop(call.caller.id)
            if (leg := await accept(call, message)) is not None:
                return leg
            await call.ari.moh_start(call.caller.id, call.music)
        elif isinstance(message, Surrender):
            message.answer(None)


def _patience(call: Call, data: Park) -> int | None:
    """How long the caller waits; None: for ever, for there is nobody to go back to."""
    options = call.tenant.options.parking
    nowhere = options.return_to is None and data.by not in call.tenant.people
    return None if nowhere or not options.return_seconds else options.return_seconds


def _back(call: Call, data: Park) -> Decision:
    """Where a call goes that nobody fetched."""
    to = call.tenant.options.parking.return_to
    person = call.tenant.people.get(data.by or "")
    if to is not None:
        call.registry.parked.leave(call)
        return follow(call.facts, to)
    if person is None:
        return data
    shown = f"Parked {data.place}: {call.caller.name or call.caller.number}"
    return Ring(person, caller_name=shown, otherwise=data)
