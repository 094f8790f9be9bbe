"""Queue: the caller waits with music until an agent answers.

    greeting ──> waits: music, announcements ──agents ring──> one answers ──> talk
                   │
                   ├── * ──────────────────────────────────┐
                   ├── waited too long ────────────────────┤
                   ├── nobody is logged in (any more) ─────┼──> next step
                   └── the queue is full when called ──────┘

The floor (`calls/floor.py`) says whose turn it is and which agents ring, this page rings them and
waits. After a restart the caller keeps the place, and phones that ring go on ringing.
"""

from orchestrator.ari.messages import ChannelDtmfReceived
from orchestrator.calls.call import Call, CallerGone
from orchestrator.calls.leg import Leg
from orchestrator.calls.messages import AgentsFree, Message, Surrender
from orchestrator.calls.offer import Offer
from orchestrator.calls.places import Place
from orchestrator.calls.reports import lost_in_queue
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict, no_answer
from orchestrator.routing.decision import Queue
from orchestrator.routing.plan import QueueLine
from orchestrator.routing.queues import staffed
from orchestrator.routing.ring_groups import NOBODY, unanswered
from orchestrator.verbs import talk
from orchestrator.verbs.answering import hung_up
from orchestrator.verbs.offers import accept
from orchestrator.verbs.outcome import Next, StepOutcome
from orchestrator.verbs.queue_phones import Phones
from orchestrator.verbs.queue_waiting import Waiting
from orchestrator.verbs.speech import answer, speak

KIND = "queue"
LEAVE = "*"

FULL = Verdict(Outcome.REFUSED, Reason.QUEUE_FULL, Cause.BUSY)
LEFT = Verdict(Outcome.ABANDONED, Reason.LEFT_QUEUE)


async def run(call: Call, data: Queue) -> StepOutcome:
    """Let the caller wait in `data.queue`. Every leg that did not win is gone when this returns."""
    queue, floor = data.queue, call.registry.floor
    since = _since(call, queue)
    call.begin_segment(KIND, queue.id, queue.number).queue = queue.id
    call.language = queue.language
    await call.keep_music("")
    if not data.resumed and (refused := _refused(call, queue)):
        return _elsewhere(call, queue, refused)
    place = floor.enter(call, queue, since)
    try:
        found = await _served(call, queue, place, data)
        if isinstance(found, Verdict):
            floor.gave_up(place)
            return _elsewhere(call, queue, found)
        floor.connected(place, found)
    except CallerGone:
        floor.gave_up(place)
        call.ports.post(lost_in_queue(call.entry, queue))
        raise
    finally:
        floor.leave(place)
    await _taken(call, queue, found)
    return await talk.run(call, found)


def _refused(call: Call, queue: QueueLine) -> Verdict | None:
    """Why the caller cannot wait; None: there is room, and somebody to wait for."""
    if call.registry.floor.full(call.tenant.id, queue):
        return FULL
    return None if staffed(call.tenant, queue, call.ports.clock.now()) else NOBODY


async def _served(call: Call, queue: QueueLine, place: Place, data: Queue) -> Leg | Verdict:
    """The leg that the caller is connected with, or why the wait is over."""
    await answer(call)
    greeting = queue.greeting if not data.resumed else None
    if greeting and queue.greeting_in_full:
        await speak(call, (greeting,))
        greeting = None
    phones, waiting = Phones(call, queue, place), Waiting(call, queue, place)
    call.registry.floor.ready(place)
    await waiting.begin(greeting)
    found = await _wait(call, phones, waiting)
    await phones.stop(keep=found if isinstance(found, Leg) else None)
    if isinstance(found, Verdict):
        await waiting.stop()
    return found


async def _wait(call: Call, phones: Phones, waiting: Waiting) -> Leg | Verdict:
    while True:
        await phones.ring()
        if (winner := phones.winner()) is not None:
            if await call.connect(winner):
                return winner
            await hung_up(call, winner)
        await phones.settle()
        if waiting.too_long:
            return no_answer()
        await waiting.go_on()
        message = await call.next(min(phones.patience, waiting.patience))
        found = await _heard(call, phones, message)
        if found is not None:
            return found
        await waiting.heard(message)


async def _heard(call: Call, phones: Phones, message: Message | None) -> Leg | Verdict | None:
    """What `message` makes of the wait: who came for the caller, or why it is over."""
    if isinstance(message, ChannelDtmfReceived):
        leaves = message.channel.id == call.caller.id and message.digit == LEAVE
        return LEFT if leaves else None
    if isinstance(message, AgentsFree):
        offered = bool(phones.place.wanted)
        return None if offered or call.registry.floor.staffed(phones.place) else NOBODY
    if isinstance(message, Surrender):
        message.answer(None)
    return await accept(call, message) if isinstance(message, Offer) else None


def _since(call: Call, queue: QueueLine) -> float:
    """When the caller came into this queue: before a restart, or now."""
    since = call.now
    for segment in reversed(call.entry.segments):
        if segment.target_ref != queue.id:
            break
        since = segment.started_at
    return since


def _elsewhere(call: Call, queue: QueueLine, why: Verdict) -> Next:
    call.end_segment(why.reason)
    return Next(unanswered(call.facts, queue, why))


async def _taken(call: Call, queue: QueueLine, leg: Leg) -> None:
    """The journal tells the queue first, then who took the call; one who picked it up is noted."""
    segment = call.entry.open_segment()
    if segment is not None and segment.target_kind == KIND:
        call.end_segment(Reason.FORWARDED)
        segment = call.begin_segment("user", leg.person or "", leg.number)
    if segment is not None:
        segment.queue = queue.id
    call.answered()
    if queue.music and queue.music in call.tenant.playlists:
        await call.keep_music(call.music)
