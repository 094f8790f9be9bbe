"""Menu: play the prompt of an IVR, and send the caller where the keys lead.

    prompt ──> keys ──> a key, an extension ──> there
      ^         │ ^ └── a key for more ──> its prompt ──┐
      │         │ └────────────── more keys ────────────┘
      │         └─── nothing, or nothing that leads anywhere ──> their destination, if there is one
      └──────────── next round ────────────┘└── last round ──> goodbye

Keys are taken while a prompt plays, and the first one ends it. What they mean is decided by
`ivr/rules.py`, where they lead by `routing/`: this page plays and waits. A prompt that is gone is
replaced by the keys read out; a destination that is gone counts as a wrong key.
"""

from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Outcome, Reason, Verdict
from orchestrator.ivr.rules import PAUSE_SECONDS, Choices, Heard, KeyAction, Reading, read
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import ByName, Decision, End, Menu
from orchestrator.routing.inbound import onward
from orchestrator.routing.plan import IvrLine
from orchestrator.types import Destination, DestinationKind
from orchestrator.verbs.keys import Listening
from orchestrator.verbs.outcome import Done, Next, StepOutcome
from orchestrator.verbs.speech import answer, speak

SILENT = Verdict(Outcome.REFUSED, Reason.NO_INPUT)
INVALID = Verdict(Outcome.REFUSED, Reason.INVALID_INPUT)

_INVALID = (Phrase.INVALID_OPTION,)
_GOODBYE = (Phrase.VM_GOODBYE,)
_WHICH_NUMBER = (Phrase.WHICH_NUMBER,)


async def run(call: Call, data: Menu) -> StepOutcome:
    ivr = data.ivr
    call.begin_segment("ivr", ivr.id, ivr.number)
    call.language = ivr.language
    await answer(call)
    await call.close_bridge()
    verdict = SILENT
    said: tuple[str, ...] = ()
    played = 0
    while played < ivr.rounds:
        reading = await _listen(call, ivr, said)
        if _repeats(ivr, reading):
            played, said = 0, ()
            continue
        way = _way(call, ivr, reading)
        if way is not None:
            call.end_segment(Reason.FORWARDED)
            return Next(way)
        silent = reading.heard is Heard.NOTHING
        verdict, said = (SILENT, ()) if silent else (INVALID, _INVALID)
        played += 1
    await speak(call, (*said, *_GOODBYE))
    return Done(verdict)


async def _listen(call: Call, ivr: IvrLine, before: tuple[str, ...]) -> Reading:
    """Say `before` and the prompt, and take keys until they mean something."""
    tenant = call.tenant
    direct = ivr.direct_dial and tenant.options.calls.direct_dial
    actions = {keys: line.action for keys, line in ivr.keys.items()}
    choices = Choices(actions, tenant.direct_numbers if direct else frozenset())
    listening = Listening(call)
    prompt = (ivr.prompt,) if ivr.prompt else _read_out(call, ivr)
    await listening.say((*before, *prompt), otherwise=lambda: _read_out(call, ivr))
    typed, patience = "", float(ivr.wait_seconds)
    while True:
        reading = read(choices, typed, await listening.key(patience))
        typed = reading.typed
        if reading.heard is Heard.MORE:
            patience = PAUSE_SECONDS
        elif reading.heard is Heard.KEY and actions[typed] is KeyAction.INPUT:
            own = ivr.keys[typed].prompt
            await listening.say((own,) if own else _WHICH_NUMBER, lambda: _WHICH_NUMBER)
            patience = float(ivr.wait_seconds)
        else:
            return reading


def _repeats(ivr: IvrLine, reading: Reading) -> bool:
    return reading.heard is Heard.KEY and ivr.keys[reading.typed].action is KeyAction.REPEAT


def _way(call: Call, ivr: IvrLine, reading: Reading) -> Decision | None:
    """Where the keys lead, or where they do who press nothing or a wrong one; None: nowhere."""
    match reading.heard:
        case Heard.KEY:
            to = ivr.keys[reading.typed].destination
        case Heard.NUMBER:
            to = Destination(DestinationKind.EXTENSION, reading.typed)
        case Heard.NOTHING:
            return _onward(call, ivr, ivr.no_input)
        case _:
            to = None
    return _onward(call, ivr, to) or _onward(call, ivr, ivr.invalid_input)


def _onward(call: Call, ivr: IvrLine, to: Destination | None) -> Decision | None:
    decision = onward(call.facts, to, ivr.department) if to else None
    if isinstance(decision, ByName):
        return ByName(ivr.department, otherwise=Menu(ivr))
    gone = isinstance(decision, End) and decision.verdict.reason is Reason.UNKNOWN_NUMBER
    return None if gone else decision


def _read_out(call: Call, ivr: IvrLine) -> tuple[str, ...]:
    """What the keys do, in place of a prompt: press 1 for extension 101."""
    numbers = {to: number for number, to in call.tenant.extensions.items()}
    # Somebody's number may itself be the destination.
    numbers |= {
        Destination(DestinationKind.EXTENSION, number): number for number in numbers.values()
    }
    lines = [
        (Phrase.PRESS, f"digits:{line.keys}", Phrase.FOR, Phrase.EXTENSION, f"digits:{number}")
        for line in ivr.keys.values()
        if line.destination and (number := numbers.get(line.destination))
    ]
    return tuple(word for line in lines for word in line) or _WHICH_NUMBER
