"""By name: the caller spells a name on the keypad, and is sent on to who is called so.

    ask ──> keys ──> one it can be ──> there
     ^       │ └──── several ──> read out ──> chosen by a key ──> there
     │       └────── nobody                        └── `#` ─┐
     └──────────────────┘└── three times ──> where the caller came from, or goodbye

Whoever recorded their name is read out by it, everybody else by their number.
Who can be meant, and when to wait for more keys, is decided by `ivr/spelling.py`.
"""

from collections.abc import Sequence

from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Outcome, Reason, Verdict
from orchestrator.ivr.spelling import (
    LEAST_KEYS,
    MORE_SECONDS,
    MOST_CHOICES,
    NamePart,
    Search,
    search,
)
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import ByName
from orchestrator.routing.inbound import onward
from orchestrator.routing.plan import Person
from orchestrator.types import Destination, DestinationKind
from orchestrator.verbs.keys import Listening
from orchestrator.verbs.outcome import Done, Next, StepOutcome
from orchestrator.verbs.speech import answer, speak

NOT_FOUND = Verdict(Outcome.REFUSED, Reason.INVALID_INPUT)

_TRIES = 3
# For the first key after the prompt, and between keys while too few of them are there.
_FIRST_SECONDS = 8.0
_NEXT_SECONDS = 5.0

_WHICH = {
    NamePart.FIRST: Phrase.OF_FIRST_NAME,
    NamePart.LAST: Phrase.OF_LAST_NAME,
    NamePart.EITHER: Phrase.OF_EITHER_NAME,
}
_NOBODY = (Phrase.NO_SUCH_NAME,)
_EXIT = (Phrase.OR_POUND_TO_CANCEL,)
_GOODBYE = (Phrase.VM_GOODBYE,)


async def run(call: Call, data: ByName) -> StepOutcome:
    call.begin_segment("dial_by_name", "", "")
    await answer(call)
    await call.close_bridge()
    said: tuple[str, ...] = ()
    for _ in range(_TRIES):
        typed, found = await _spelled(call, said)
        said = _NOBODY if typed and not found else ()
        person = found[0] if len(found) == 1 else await _chosen(call, found)
        if person is not None:
            call.end_segment(Reason.FORWARDED)
            to = Destination(DestinationKind.USER, person.id)
            return Next(onward(call.facts, to, data.department))
        if found:
            break
    if data.otherwise is not None:
        if said:
            await speak(call, said)
        call.end_segment(Reason.INVALID_INPUT)
        return Next(data.otherwise)
    await speak(call, (*said, *_GOODBYE))
    return Done(NOT_FOUND)


async def _spelled(call: Call, before: tuple[str, ...]) -> tuple[str, Sequence[Person]]:
    """Say `before`, ask for a name, and find who is called so; the keys, and who it can be."""
    part = call.tenant.options.calls.dial_by_name
    listening = Listening(call)
    ask = (Phrase.ENTER_FIRST, f"digits:{LEAST_KEYS}", _WHICH[part], Phrase.USING_KEYPAD)
    await listening.say((*before, *ask))
    typed, patience = "", _FIRST_SECONDS
    while True:
        key = await listening.key(patience)
        typed += key if key.isdigit() else ""
        people = call.tenant.people.values()
        state, found = search(people, part, typed, ended=key in {"", "#"})
        if state is not Search.MORE:
            return typed, found
        patience = MORE_SECONDS if found else _NEXT_SECONDS


async def _chosen(call: Call, people: Sequence[Person]) -> Person | None:
    """Read out who it can be, until the caller chooses; None: they want none of them."""
    people = people[:MOST_CHOICES]
    listening = Listening(call)
    for _ in range(_TRIES if people else 0):
        await listening.say(_choices(call, people), lambda: _choices(call, people, by_name=False))
        key = await listening.key(_NEXT_SECONDS)
        if key == "#":
            return None
        if key.isdigit() and int(key) < len(people):
            return people[int(key)]
    return None


def _choices(call: Call, people: Sequence[Person], *, by_name: bool = True) -> tuple[str, ...]:
    """Press 0 for Ada, press 1 for extension 102, or pound to cancel."""
    said: list[str] = []
    for key, person in enumerate(people):
        box = call.tenant.mailboxes.get(person.id)
        own = (f"file:{box.self_id}",) if by_name and box and box.self_id else ()
        number = (Phrase.EXTENSION, f"digits:{person.number}")
        said += [Phrase.PRESS, f"digits:{key}", Phrase.FOR, *(own or number)]
    return (*said, *_EXIT)
