"""What a dialled function does: the decision for each dial code. Pure."""

from orchestrator.options.rules import Code
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import (
    Decision,
    End,
    Feature,
    Monitor,
    MonitorMode,
    Park,
    PickUp,
    Unlock,
    Unpark,
)
from orchestrator.routing.dial_codes import Dialled
from orchestrator.routing.facts import Facts
from orchestrator.routing.hot_desks import log_in_or_out
from orchestrator.routing.outside import SPOKEN_UNKNOWN, UNKNOWN_NUMBER
from orchestrator.routing.paging import intercom
from orchestrator.routing.voicemail import leave_message_at, open_own_box
from orchestrator.types import DestinationKind

_MONITORED = {
    Code.LISTEN: MonitorMode.LISTEN,
    Code.WHISPER: MonitorMode.WHISPER,
    Code.BARGE_IN: MonitorMode.BARGE_IN,
}
_NOT_AVAILABLE = End(UNKNOWN_NUMBER, (Phrase.NOT_AVAILABLE,))
_UNKNOWN = End(UNKNOWN_NUMBER, SPOKEN_UNKNOWN)


def carry_out(facts: Facts, function: Dialled) -> Decision:
    """The step of a call whose caller dialled `function`."""
    code, argument = function.code, function.argument
    facts.trace.note("dial code", facts.tenant.options.codes[code], f"{code} {argument}".strip())
    match code:
        case Code.PARK:
            return Park(argument, by=facts.person.id if facts.person else None)
        case Code.UNPARK:
            return Unpark(argument[0], argument[1:])
        case Code.PICKUP:
            return PickUp(argument)
        case Code.LISTEN | Code.WHISPER | Code.BARGE_IN:
            return _monitor(facts, argument, _MONITORED[code])
        case Code.INTERCOM:
            return intercom(facts, argument)
        case (
            Code.SET_STATUS
            | Code.QUEUE_LOG_IN
            | Code.QUEUE_LOG_OUT
            | Code.HOURS_OVERRIDE
            | Code.HOTEL
        ):
            return Feature(code, argument)
        case Code.VOICEMAIL_OF:
            return leave_message_at(facts, argument)
        case Code.VOICEMAIL_MENU:
            return open_own_box(facts)
        case Code.OUTBOUND_PIN if facts.person and facts.person.pin_protected:
            return Unlock(facts.person)
        case Code.HOT_DESKING if facts.hot_desk:
            return log_in_or_out(argument)
        case _:
            return _NOT_AVAILABLE


def _monitor(facts: Facts, number: str, mode: MonitorMode) -> Decision:
    owner = facts.tenant.extensions.get(number)
    if owner is None or owner.kind is not DestinationKind.USER:
        return _UNKNOWN
    return Monitor(facts.tenant.people[owner.ref], mode)
