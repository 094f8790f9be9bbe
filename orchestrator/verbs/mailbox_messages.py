"""Messages: they are heard one after the other, and each may be deleted, copied, called back."""

from orchestrator.calls.verdict import Reason
from orchestrator.routing.decision import Decision, End
from orchestrator.routing.dialled import dialled
from orchestrator.types import DestinationKind
from orchestrator.verbs import keys
from orchestrator.verbs import mailbox_prompts as say
from orchestrator.verbs.listening import listen
from orchestrator.verbs.mailbox_visit import PATIENCE, ROUNDS, Visit, done
from orchestrator.verbs.outcome import Next, StepOutcome
from orchestrator.voicemail.menu import TABLE, Act, Pile, State, keys_of
from orchestrator.voicemail.rules import Waiting

_LONGEST_EXTENSION = 8


async def hear(visit: Visit, *, heard: bool) -> StepOutcome | None:
    """Play the messages; None: back to the main page. A step: the caller calls somebody back."""
    call, pile = visit.call, Pile(visit.those(heard=heard), deleted=visit.deleted)
    silent, play = 0, True
    while (message := pile.current) is not None and silent < ROUNDS:
        key = await _play(visit, message, play=play)
        silent, play = (0 if key else silent + 1), False
        match TABLE[State.MESSAGES].get(key or ""):
            case Act.PREVIOUS | Act.NEXT as act:
                play = pile.step(1 if act is Act.NEXT else -1)
                if not play:
                    visit.tell(say.NO_MORE)
                    if act is Act.NEXT:
                        return None
            case Act.REPEAT:
                play = True
            case Act.DELETE:
                gone = pile.toggle(message.id)
                visit.tell(say.DELETED if gone else say.UNDELETED)
                play = gone and pile.step(1)
            case Act.FORWARD:
                await _forward(visit, message)
            case Act.CALL_BACK:
                if (step := _call_back(visit, message)) is not None:
                    call.end_segment(Reason.FORWARDED)
                    return Next(step)
                visit.tell(say.NOT_ALLOWED)
            case Act.GO_MAIN:
                return None
    if pile.current is None:
        visit.tell(say.NO_MORE)
    return None


async def _play(visit: Visit, message: Waiting, *, play: bool) -> str | None:
    """The key that is pressed while a message is heard, or after it."""
    call, every = visit.call, keys_of(State.MESSAGES)
    menu = say.message_menu(deleted=message.id in visit.deleted, calls_back=_may_call(visit))
    if play:
        visit.listened(message)
        now = call.ports.clock.now()
        told = say.introduction(call.tenant, visit.box, message, (call.language, now))
        key = await listen(call, (*visit.told(), *told, f"file:{message.file}"), every)
        if key is None:
            visit.tell(say.MESSAGE_LOST)
        elif key:
            return key
    return await listen(call, (*visit.told(), *menu), every, PATIENCE)


async def _forward(visit: Visit, message: Waiting) -> None:
    """Ask for an extension, and put a copy into its box."""
    call = visit.call
    number = await keys.ask(call, say.ASK_EXTENSION, _LONGEST_EXTENSION)
    owner = call.tenant.extensions.get(number)
    kinds = {DestinationKind.USER, DestinationKind.RING_GROUP}
    if owner is None or owner.kind not in kinds or owner.ref not in call.tenant.mailboxes:
        visit.tell(say.BAD_EXTENSION)
        return
    copied = await done(call.ports.boxes.forward(call.tenant.id, message.id, owner.ref))
    visit.tell(say.FORWARDED if copied else say.NOT_NOW)


def _may_call(visit: Visit) -> bool:
    """Only from one's own phone: whoever guesses a PIN must not call at the tenant's expense."""
    opener = visit.opener
    own = opener is not None and visit.call.caller.person == opener.id
    return own and visit.call.tenant.options.voicemail.calls_out


def _call_back(visit: Visit, message: Waiting) -> Decision | None:
    """The call to who left the message; None when it cannot be made."""
    if not _may_call(visit) or visit.opener is None or not message.caller:
        return None
    decision = dialled(visit.call.facts, visit.opener, message.caller)
    return None if isinstance(decision, End) else decision
