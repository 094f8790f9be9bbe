"""Conference: enter a room, and stay until the hang-up.

    answer ──> PIN, three tries ──> full? ──> into the room's bridge, with the others
                      └── refused     └── refused

The bridge is the room's (`calls/rooms.py`), the channel stays this call's. The executor takes it
out of the room when the call ends, however it ends.
"""

import hmac

from orchestrator.calls.call import Call
from orchestrator.calls.messages import Surrender
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import Join
from orchestrator.routing.music import music_of
from orchestrator.routing.plan import ConferenceLine
from orchestrator.verbs import keys
from orchestrator.verbs.outcome import Done, StepOutcome
from orchestrator.verbs.speech import answer, speak

WRONG_PIN = Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED)
FULL = Verdict(Outcome.REFUSED, Reason.CONFERENCE_FULL, Cause.CONGESTION)
LEFT = Verdict(Outcome.ANSWERED, Reason.CALLER_HUNG_UP)

_TRIES = 3
_LONGEST_PIN = 10

_PIN = (Phrase.ROOM_PIN,)
_WRONG = (Phrase.ROOM_PIN_WRONG,)
_FULL = (Phrase.ROOM_FULL,)
_ALONE = (Phrase.ALONE_IN_ROOM,)


async def run(call: Call, data: Join) -> StepOutcome:
    room, rooms = data.room, call.registry.rooms
    call.begin_segment("conference", room.id, room.number)
    await answer(call)
    await call.close_bridge()
    if rooms.room_of(call.caller.id) != room.id:
        if not data.admitted and not await _knows_pin(call, room):
            return Done(WRONG_PIN)
        if not rooms.members(room.id):
            await speak(call, _ALONE)
        if rooms.full(room):
            await speak(call, _FULL)
            return Done(FULL)
    call.answered()
    if not await rooms.enter(room, call.caller.id, music_of(call.tenant, None)):
        return Done(LEFT)
    while True:
        message = await call.next()
        if isinstance(message, Surrender):
            message.answer(None)


async def _knows_pin(call: Call, room: ConferenceLine) -> bool:
    if not room.pin:
        return True
    for _ in range(_TRIES):
        given = await keys.ask(call, _PIN, _LONGEST_PIN)
        if hmac.compare_digest(given, room.pin):
            return True
        await speak(call, _WRONG)
    return False
