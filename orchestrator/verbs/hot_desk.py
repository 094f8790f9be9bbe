"""Hot desk: somebody makes the telephone theirs by extension and PIN, or gives it back.

    *77*            extension? ──> PIN? ──> logged in
    *77*EXTENSION*                 PIN? ──> logged in
    *77*5*                                  logged out

The phone is that of the caller's channel, whatever the call was before. An extension that is
nobody's is asked for its PIN as any other, and blocked as any other: nobody learns here which
extensions there are.
"""

from collections.abc import Awaitable

from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Outcome, Reason, Verdict
from orchestrator.hot_desks.rules import HotDeskLine
from orchestrator.options.rules import Code
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import HotDesk
from orchestrator.routing.plan import Person, TenantPlan
from orchestrator.types import DestinationKind
from orchestrator.verbs import keys
from orchestrator.verbs.feature import CHANGED, NOT_ALLOWED, REFUSALS, carried_out
from orchestrator.verbs.outcome import Done, StepOutcome
from orchestrator.verbs.pin import WRONG_PIN, ask_pin
from orchestrator.verbs.speech import answer, speak

NO_EXTENSION = Verdict(Outcome.REFUSED, Reason.NO_INPUT)

_LONGEST_NUMBER = 10


async def run(call: Call, data: HotDesk) -> StepOutcome:
    call.begin_segment("service_code", Code.HOT_DESKING, call.entry.dialled)
    desk = call.tenant.hot_desks.get(call.caller.endpoint)
    if desk is None:
        await speak(call, REFUSALS[NOT_ALLOWED])
        return Done(NOT_ALLOWED)
    return Done(await (_leave(call, desk) if data.out else _use(call, desk, data.number)))


async def _use(call: Call, desk: HotDeskLine, number: str) -> Verdict:
    await answer(call)
    number = number or await keys.ask(call, (Phrase.ASK_EXTENSION,), _LONGEST_NUMBER)
    if not number:
        await speak(call, (Phrase.VM_GOODBYE,))
        return NO_EXTENSION
    person = _whose(call.tenant, number)
    if not await ask_pin(call, person, desk.id):
        return WRONG_PIN
    call.language = person.language
    change = call.ports.features.use_hot_desk(call.tenant.id, person.id, desk.id)
    return await _said(call, change, Phrase.LOGGED_IN)


async def _leave(call: Call, desk: HotDeskLine) -> Verdict:
    if desk.user is None:
        return await _confirmed(call, Phrase.LOGGED_OFF)
    change = call.ports.features.leave_hot_desk(call.tenant.id, desk.user, desk.id)
    return await _said(call, change, Phrase.LOGGED_OFF)


async def _said(call: Call, change: Awaitable[None], confirmation: Phrase) -> Verdict:
    """Wait for the change, and say that it was made, or was not."""
    refused = await carried_out(call, Code.HOT_DESKING, change)
    if refused is None:
        return await _confirmed(call, confirmation)
    await speak(call, REFUSALS[refused])
    return refused


async def _confirmed(call: Call, confirmation: Phrase) -> Verdict:
    call.answered()
    await answer(call)
    await speak(call, (confirmation,))
    return CHANGED


def _whose(tenant: TenantPlan, number: str) -> Person:
    """The person with this extension; one without a PIN, for whom none is right, if nobody is."""
    owner = tenant.extensions.get(number)
    person = tenant.people.get(owner.ref) if owner else None
    if owner is None or person is None or owner.kind is not DestinationKind.USER:
        nobody = f"{tenant.id}/{number}"
        return Person(nobody, number, "", None, tenant.language, devices=())
    return person
