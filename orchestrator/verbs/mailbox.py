"""Mailbox: the menu of a voicemail box, by telephone. `voicemail/menu.py` has its table.

    PIN ──> main ──1, 2──> messages      heard one after the other
              ├────9─────> options       `mailbox_options.py`
              └────4─────> main          of the next of one's boxes

What is deleted goes when the menu is left, by a hang-up too; until then it can be brought back.
"""

from orchestrator.calls.call import Call
from orchestrator.calls.verdict import Outcome, Reason, Verdict
from orchestrator.routing.decision import CheckMailbox
from orchestrator.routing.plan import MailboxLine, Person
from orchestrator.routing.voicemail import boxes_of, opener_of
from orchestrator.verbs import keys
from orchestrator.verbs import mailbox_options as options
from orchestrator.verbs import mailbox_prompts as say
from orchestrator.verbs.listening import listen
from orchestrator.verbs.mailbox_messages import hear
from orchestrator.verbs.mailbox_visit import PATIENCE, ROUNDS, Visit
from orchestrator.verbs.outcome import Done, StepOutcome
from orchestrator.verbs.pin import WRONG_PIN, ask_pin
from orchestrator.verbs.speech import answer, speak
from orchestrator.voicemail.menu import TABLE, Act, State, keys_of

LEFT = Verdict(Outcome.ANSWERED, Reason.ENDED)
GONE = Verdict(Outcome.REFUSED, Reason.NO_VOICEMAIL)

_LONGEST_PIN = 10
_TRIES = 3


async def run(call: Call, data: CheckMailbox) -> StepOutcome:
    box = call.tenant.mailboxes.get(data.owner)
    call.begin_segment("voicemail_menu", data.owner, data.number)
    await answer(call)
    await call.close_bridge()
    if box is None:
        await speak(call, say.NO_BOX)
        return Done(GONE)
    opener = opener_of(call.tenant, data.owner, call.caller.person)
    if opener is not None:
        call.language = opener.language
    if not await _admitted(call, data, box, opener):
        return Done(WRONG_PIN)
    call.answered()
    visit = Visit(call, box, opener)
    try:
        return await _main(visit) or Done(LEFT)
    finally:
        visit.throw_away()


async def _admitted(
    call: Call, data: CheckMailbox, box: MailboxLine, opener: Person | None
) -> bool:
    """Whether the caller may hear what is in the box."""
    own = data.own_phone and opener is not None and call.caller.person == opener.id
    if own and not box.ask_pin:
        return True
    return await ask_pin(call, opener) if opener else await _knows_pin(call, box)


async def _knows_pin(call: Call, box: MailboxLine) -> bool:
    """The PIN of a ring group's box, counted and blocked as that of a person."""
    pins = call.registry.pins
    keeper = Person(box.id, "", "", None, call.language, (), pin=box.pin)
    for _ in range(_TRIES):
        if pins.blocked(keeper.id) or not box.pin:
            break
        given = await keys.ask(call, say.ASK_PIN, _LONGEST_PIN)
        if given and pins.matches(keeper, given):
            return True
    await speak(call, say.REFUSED)
    return False


async def _main(visit: Visit) -> StepOutcome | None:
    """The first page, until the caller has had enough, or calls somebody back."""
    call, silent, anew = visit.call, 0, True
    while silent < ROUNDS:
        if anew and not await visit.read():
            await speak(call, say.NOT_NOW)
            return None
        counts = say.counts(visit.new, visit.old, call.language) if anew else ()
        several = visit.opener is not None and len(boxes_of(call.tenant, visit.opener.id)) > 1
        prompts = (*visit.told(), *counts, *say.main(several=several))
        key = await listen(call, prompts, keys_of(State.MAIN), PATIENCE)
        silent, anew = (0, True) if key else (silent + 1, False)
        match TABLE[State.MAIN].get(key or ""):
            case Act.HEAR_NEW | Act.HEAR_OLD as act:
                if (outcome := await hear(visit, heard=act is Act.HEAR_OLD)) is not None:
                    return outcome
            case Act.NEXT_BOX:
                visit.next_box()
            case Act.GO_OPTIONS:
                await options.run(visit)
            case Act.GOODBYE:
                break
    await speak(call, say.GOODBYE)
    return None
