"""Feature: a dial code that changes something, and says that it did.

The change comes before the answer: a caller who hears the confirmation can rely on it, and one
who may not, or finds the database away, is refused without having been answered.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

import structlog

from orchestrator.calls.call import Call
from orchestrator.calls.reports import room_reported
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.errors import CentraleError, Denied
from orchestrator.forwarding.rules import Status, why_out_of_queues
from orchestrator.hotel.rules import taken
from orchestrator.hours.rules import OverrideState
from orchestrator.options.rules import Code
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import Feature
from orchestrator.verbs.outcome import Done, StepOutcome
from orchestrator.verbs.speech import answer, speak

log = structlog.get_logger(__name__)

CHANGED = Verdict(Outcome.ANSWERED, Reason.ENDED)
NOT_ALLOWED = Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED)
FAILED = Verdict(Outcome.FAILED_US, Reason.INTERNAL_ERROR, Cause.CONGESTION)

# Longer than any change takes while the database is well; the caller waits in silence.
_CHANGE_SECONDS = 3.0

STATUSES = {
    "0": Status.AVAILABLE,
    "1": Status.AWAY,
    "2": Status.DO_NOT_DISTURB,
    "3": Status.CUSTOM_AVAILABLE,
    "4": Status.CUSTOM_AWAY,
}
HOURS = {"1": OverrideState.OPEN, "2": OverrideState.CLOSED, "": None}

REFUSALS = {
    NOT_ALLOWED: (Phrase.CANNOT_COMPLETE,),
    FAILED: (Phrase.SORRY, Phrase.CALL_LATER),
}
_HOURS_SAID = {"1": Phrase.ACTIVATED, "2": Phrase.DEACTIVATED, "": Phrase.CANCELLED}


async def run(call: Call, data: Feature) -> StepOutcome:
    code = call.tenant.options.codes[data.code]
    call.begin_segment("service_code", data.code, f"{code}{data.argument}")
    refused = await _change(call, data)
    if refused is not None:
        await speak(call, REFUSALS[refused])
        return Done(refused)
    call.answered()
    await answer(call)
    await speak(call, _confirmation(call, data))
    return Done(CHANGED)


async def _change(call: Call, data: Feature) -> Verdict | None:
    """Carry it out on behalf of the caller; the verdict when that cannot be."""
    person, features = call.facts.person, call.ports.features
    if person is None:
        return NOT_ALLOWED
    who = (call.tenant.id, person.id)
    match data.code:
        case Code.SET_STATUS:
            change = features.set_status(*who, STATUSES[data.argument])
        case Code.HOURS_OVERRIDE:
            change = features.override_hours(*who, HOURS[data.argument])
        case Code.HOTEL:
            change = features.report_room(*who, data.argument)
        case _:
            change = features.set_queues(*who, data.code is Code.QUEUE_LOG_IN)
    refused = await carried_out(call, data.code, change)
    if refused is None and data.code is Code.HOTEL:
        call.ports.post(room_reported(call.entry, data.argument))
    return refused


async def carried_out(call: Call, code: Code, change: Awaitable[None]) -> Verdict | None:
    """Wait for `change`, a short time; the verdict when it was refused or failed."""
    try:
        async with asyncio.timeout(_CHANGE_SECONDS):
            await change
    except Denied:
        return NOT_ALLOWED
    except (CentraleError, TimeoutError) as error:
        log.warning("feature-failed", call=call.id, code=code, error=str(error))
        return FAILED
    return None


def _confirmation(call: Call, data: Feature) -> tuple[str, ...]:
    """What the caller hears, from the sounds that every language pack of Asterisk has."""
    match data.code:
        case Code.SET_STATUS if data.argument == "0":
            return (Phrase.DO_NOT_DISTURB, Phrase.DEACTIVATED)
        case Code.SET_STATUS if data.argument == "2":
            return (Phrase.DO_NOT_DISTURB, Phrase.ACTIVATED)
        case Code.HOTEL if items := taken(data.argument):
            said = (f"digits:{keys}" for each in items for keys in (each.item, each.count))
            return (*said, Phrase.ADDED)
        case Code.SET_STATUS | Code.HOTEL:
            return (Phrase.EXTENSION, Phrase.IS_SET_TO, f"digits/{data.argument}")
        case Code.HOURS_OVERRIDE:
            return (Phrase.HOURS, _HOURS_SAID[data.argument])
        case Code.QUEUE_LOG_IN if not _kept_out(call):
            return (Phrase.LOGGED_IN,)
        case _:
            return (Phrase.LOGGED_OFF,)


def _kept_out(call: Call) -> bool:
    """Whether status or hours of the caller win over the log-in that was just made."""
    facts = call.facts
    if facts.person is None:
        return False
    # The plan may not know of the change yet.
    logged_in = replace(facts.person.forwarding, queues=True)
    return why_out_of_queues(logged_in, facts.person.hours, facts.now) is not None
