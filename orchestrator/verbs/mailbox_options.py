"""Options of a box: the spoken name, the PIN, greetings by status."""

from collections.abc import AsyncIterator, Awaitable, Callable

from orchestrator.ari.client import Record
from orchestrator.ari.errors import AriError
from orchestrator.calls.call import Call
from orchestrator.forwarding.rules import Status
from orchestrator.people.pins import weakness
from orchestrator.types import new_id
from orchestrator.verbs import keys
from orchestrator.verbs import mailbox_prompts as say
from orchestrator.verbs.listening import listen
from orchestrator.verbs.mailbox_visit import PATIENCE, ROUNDS, Visit, done
from orchestrator.verbs.recording import record
from orchestrator.verbs.speech import speak
from orchestrator.voicemail.menu import STATUS_KEYS, TABLE, Act, State, keys_of

_GREETING_SECONDS = 120
_NAME_SECONDS = 8
_SILENCE_SECONDS = 5
_PIN_LENGTHS = range(4, 11)

Keep = Callable[[str], Awaitable[None]]
"""Keeps the recording of this name."""


async def run(visit: Visit) -> None:
    """The page of options, until the caller goes back."""
    async for act, _ in _pages(visit, State.OPTIONS, say.OPTIONS):
        match act:
            case Act.RECORD_NAME:
                await _record(visit, _NAME_SECONDS, _keep_name(visit))
            case Act.CHANGE_PIN:
                await _change_pin(visit)
            case Act.GO_GREETINGS:
                await _greetings(visit)
            case Act.GO_MAIN:
                return


async def _pages(
    visit: Visit, state: State, prompts: tuple[str, ...]
) -> AsyncIterator[tuple[Act, str]]:
    """What the caller chooses, again and again; ends for somebody who presses nothing."""
    silent = 0
    while silent < ROUNDS:
        key = await listen(visit.call, (*visit.told(), *prompts), keys_of(state), PATIENCE)
        if key:
            silent = 0
            yield TABLE[state][key], key
        else:
            silent += 1


async def _greetings(visit: Visit) -> None:
    async for act, key in _pages(visit, State.GREETINGS, say.GREETINGS):
        match act:
            case Act.RECORD_ALWAYS:
                await _record(visit, _GREETING_SECONDS, _keep_greeting(visit, None))
            case Act.CHOOSE_STATUS:
                await _greeting(visit, STATUS_KEYS[key])
            case Act.GO_OPTIONS:
                return


async def _greeting(visit: Visit, status: Status) -> None:
    """The greeting for one status."""
    call = visit.call
    async for act, _ in _pages(visit, State.GREETING, say.GREETING):
        match act:
            case Act.RECORD_GREETING:
                await _record(visit, _GREETING_SECONDS, _keep_greeting(visit, status))
            case Act.HEAR_GREETING:
                file = visit.box.greetings.get(status)
                visit.tell((f"file:{file}",) if file else say.NO_GREETING)
            case Act.DROP_GREETING:
                boxes, tenant = call.ports.boxes, call.tenant.id
                gone = await done(boxes.drop_greeting(tenant, visit.box, status))
                visit.tell(say.GREETING_DELETED if gone else say.NOT_NOW)
            case Act.GO_GREETINGS:
                return


def _keep_greeting(visit: Visit, status: Status | None) -> Keep:
    call = visit.call
    return lambda name: call.ports.boxes.keep_greeting(call.tenant.id, visit.box, status, name)


def _keep_name(visit: Visit) -> Keep:
    call = visit.call
    return lambda name: call.ports.boxes.keep_self_id(call.tenant.id, visit.box, name)


async def _record(visit: Visit, seconds: int, keep: Keep) -> None:
    """Record, let the caller hear it and decide; nothing of it stays in Asterisk."""
    call, again = visit.call, True
    while again:
        again = False
        name = f"greeting-{new_id()}"
        try:
            await speak(call, say.RECORD_NOW)
            wanted = Record(
                name,
                max_duration=seconds,
                max_silence=_SILENCE_SECONDS,
                beep=True,
                terminate_on="#",
            )
            if await record(call, wanted) is None:
                visit.tell(say.NOT_NOW)
                return
            async for act, _ in _pages(visit, State.RECORDED, say.RECORDED):
                if act is Act.HEAR_RECORDED:
                    visit.tell((f"recording:{name}",))
                    continue
                again = act is Act.AGAIN
                if act is Act.SAVE:
                    visit.tell(say.SAVED if await done(keep(name)) else say.NOT_NOW)
                break
        finally:
            await _forget(call, name)


async def _forget(call: Call, name: str) -> None:
    try:
        await call.ari.delete_recording(name)
    except AriError:
        # Without Asterisk there is nothing to tidy up; what is left there harms nobody.
        return


async def _change_pin(visit: Visit) -> None:
    """Ask for a new PIN twice. The box of a ring group has its PIN from who manages it."""
    call, person = visit.call, visit.opener
    if person is None:
        visit.tell(say.NOT_ALLOWED)
        return
    for _ in range(ROUNDS):
        first = await keys.ask(call, say.NEW_PIN, max(_PIN_LENGTHS))
        if not first:
            return
        if len(first) not in _PIN_LENGTHS or not first.isdigit() or weakness(first, person.number):
            await speak(call, say.WEAK_PIN)
        elif first != await keys.ask(call, say.NEW_PIN_AGAIN, max(_PIN_LENGTHS)):
            await speak(call, say.PINS_DIFFER)
        else:
            changed = await done(call.ports.boxes.set_pin(call.tenant.id, person.id, first))
            visit.tell(say.PIN_CHANGED if changed else say.NOT_NOW)
            return
