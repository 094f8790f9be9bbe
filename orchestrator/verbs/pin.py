"""PIN: have somebody prove at a telephone, by the keypad, that they are a certain person.

blocked? ──> ask ──> right: True
   │          └── wrong, three times (also in other calls) ──┐
   └────────────────────> said, False <──────────────────────┘
"""

from dataclasses import replace

from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.plan import Person
from orchestrator.verbs import keys
from orchestrator.verbs.speech import answer, speak

WRONG_PIN = Verdict(Outcome.REFUSED, Reason.WRONG_PIN, Cause.REJECTED)

_TRIES = 3
_LONGEST = 10

_ASK = (Phrase.ASK_PIN,)
_ASK_AGAIN = (Phrase.ASK_PIN_AGAIN,)
_REFUSED = (Phrase.PIN_WRONG, Phrase.VM_GOODBYE)
_BLOCKED = (Phrase.SORRY, Phrase.CALL_LATER)


async def ask_pin(call: Call, person: Person, phone: str = "") -> bool:
    """Answer the caller, ask for the PIN of `person`, and say so if it does not come in time.

    `phone`: the telephone (id) at which anybody may prove who they are, where tries count too.
    Nothing keyed in is asked for again, but is no wrong PIN. For a person who is not there every
    PIN is wrong, and counts.
    """
    pins = call.registry.pins
    await answer(call)
    prompt = _ASK
    for _ in range(_TRIES):
        if pins.blocked(person.id, phone):
            await speak(call, _BLOCKED)
            return False
        given = await keys.ask(call, prompt, _LONGEST)
        # As they are now: since the call began, the PIN may have been changed.
        present = call.tenant.people.get(person.id) or replace(person, pin="")
        if given and pins.matches(present, given, phone):
            return True
        prompt = _ASK_AGAIN if given else _ASK
    await speak(call, _REFUSED)
    return False
