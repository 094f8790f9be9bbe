"""Leave message: the greeting of a box, a beep, and what the caller says is kept.

    greeting ──0──> operator                            ┌──3──┐
       │  └────*──> the menu of the box                 v     │
       └──over, #──> beep, recording ──#, silence──> 1 keep, 2 listen, 3 again
                          └──hang-up: kept <─────────────────┘

The recording is taken from here by `orchestrator/voicemail/`; the call waits for none of that.
"""

from contextlib import suppress

from orchestrator.ari.client import Record
from orchestrator.calls.call import Call, CallerGone
from orchestrator.calls.command import Steered
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.forwarding.rules import present_status
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import CheckMailbox, LeaveMessage
from orchestrator.routing.dialled import follow
from orchestrator.routing.plan import MailboxLine
from orchestrator.types import new_id
from orchestrator.verbs.listening import listen
from orchestrator.verbs.outcome import Done, Next, StepOutcome
from orchestrator.verbs.recording import ended, record
from orchestrator.verbs.speech import answer, speak
from orchestrator.voicemail.rules import Note, greeting_of

LEFT = Verdict(Outcome.ANSWERED, Reason.MESSAGE_LEFT)
NOTHING_SAID = Verdict(Outcome.ABANDONED, Reason.CALLER_HUNG_UP)
FULL = Verdict(Outcome.REFUSED, Reason.MAILBOX_FULL, Cause.CONGESTION)
GONE = Verdict(Outcome.REFUSED, Reason.NO_VOICEMAIL, Cause.NO_ANSWER)

_TRIES = 5
_SILENCE_SECONDS = 8
_CHOICE_SECONDS = 6.0

_REVIEW = (Phrase.REVIEW_RECORDING,)
_SAVED = (Phrase.MESSAGE_SAVED, Phrase.GOODBYE)
_TOO_SHORT = (Phrase.TOO_SHORT,)
_FULL = (Phrase.BOX_FULL, Phrase.GOODBYE)
_NO_BOX = (Phrase.NO_BOX, Phrase.GOODBYE)


async def run(call: Call, data: LeaveMessage) -> StepOutcome:
    box = call.tenant.mailboxes.get(data.owner)
    call.begin_segment("voicemail", data.owner, data.number)
    call.language = _language(call, data.owner)
    await answer(call)
    await call.close_bridge()
    if (note := call.ports.taker.under_way(call.id)) is not None:
        return await _resumed(call, note)
    if box is None:
        await speak(call, _NO_BOX)
        return Done(GONE)
    if call.ports.taker.full(call.tenant.id):
        await speak(call, _FULL)
        return Done(FULL)
    key = await _greet(call, data, box)
    operator = call.tenant.options.voicemail.operator
    if key == "*" or (key == "0" and operator is not None):
        call.end_segment(Reason.FORWARDED)
        if operator is None or key == "*":
            return Next(CheckMailbox(data.owner, data.number))
        return Next(follow(call.facts, operator))
    return await _take(call, box)


async def _greet(call: Call, data: LeaveMessage, box: MailboxLine) -> str | None:
    """Speak the greeting of the present status, the one for always, or our own; the key that was
    pressed meanwhile."""
    person = call.tenant.people.get(data.owner)
    own = box.greetings.get(None)
    if person is not None:
        status = present_status(person.forwarding, person.hours, call.ports.clock.now())
        own = greeting_of(box.greetings, status)
    keys = "*#0" if call.tenant.options.voicemail.operator else "*#"
    key = await listen(call, (f"file:{own}",), keys) if own else None
    return (
        await listen(call, _built_in(data, box, person=person is not None), keys)
        if key is None
        else key
    )


def _built_in(data: LeaveMessage, box: MailboxLine, *, person: bool) -> tuple[str, ...]:
    """The person at extension 1 0 1 is unavailable; leave a message after the tone. For a group:
    nobody is available."""
    if box.self_id:
        return (f"file:{box.self_id}", Phrase.IS_UNAVAILABLE, Phrase.LEAVE_MESSAGE)
    who = (Phrase.PERSON_AT_EXTENSION, f"digits:{data.number}", Phrase.IS_UNAVAILABLE)
    return (*(who if person else (Phrase.NOBODY_AVAILABLE,)), Phrase.LEAVE_MESSAGE)


async def _take(call: Call, box: MailboxLine) -> StepOutcome:
    """Record until the caller is content; every try that is given up is deleted."""
    options = call.tenant.options.voicemail
    for _ in range(_TRIES):
        note = _note(call, box)
        if not call.ports.taker.begin(note):
            await speak(call, _FULL)
            return Done(FULL)
        wanted = Record(
            note.recording,
            max_duration=options.max_seconds,
            max_silence=_SILENCE_SECONDS,
            beep=True,
            terminate_on="#",
        )
        try:
            done = await record(call, wanted)
            if done is None or done.duration < note.min_seconds:
                call.ports.taker.drop(note)
                await speak(call, _TOO_SHORT)
            elif await _keeps(call, note):
                return await _saved(call, note)
            else:
                call.ports.taker.drop(note)
        except (CallerGone, Steered) as end:
            return _cut_off(call, note, end)
    return Done(NOTHING_SAID)


async def _keeps(call: Call, note: Note) -> bool:
    """Whether the caller, who may listen to it first, keeps the message."""
    while True:
        key = await listen(call, _REVIEW, "123", _CHOICE_SECONDS)
        if key != "2":
            return key != "3"
        await speak(call, (f"recording:{note.recording}",))


async def _saved(call: Call, note: Note) -> StepOutcome:
    call.ports.taker.finish(note)
    with suppress(CallerGone):
        await speak(call, _SAVED)
    return Done(LEFT)


def _cut_off(call: Call, note: Note, end: CallerGone | Steered) -> StepOutcome:
    """The caller hung up, or was sent elsewhere: what was said stays."""
    call.ports.taker.finish(note)
    if isinstance(end, Steered):
        raise end
    long_enough = call.now - note.started_at >= note.min_seconds
    return Done(LEFT if long_enough else NOTHING_SAID)


async def _resumed(call: Call, note: Note) -> StepOutcome:
    """Go on after an adoption: Asterisk has recorded all the time."""
    try:
        if await call.ari.recording(note.recording) is not None:
            await ended(call, note.recording, call.tenant.options.voicemail.max_seconds)
            await _keeps(call, note)
    except (CallerGone, Steered) as end:
        return _cut_off(call, note, end)
    return await _saved(call, note)


def _note(call: Call, box: MailboxLine) -> Note:
    caller, id_ = call.caller, new_id()
    return Note(
        id=id_,
        tenant=call.tenant.id,
        owner=box.owner,
        box=box.id,
        call=call.id,
        caller=caller.number,
        caller_name=caller.name,
        recording=f"voicemail-{id_}",
        started_at=call.now,
        min_seconds=call.tenant.options.voicemail.min_seconds,
    )


def _language(call: Call, owner: str) -> str:
    """That of the owner: callers know whom they reach."""
    person = call.tenant.people.get(owner)
    if person is not None:
        return person.language
    group = call.tenant.ring_groups.get(owner)
    department = call.tenant.departments.get(group.department) if group else None
    return department.language if department else call.language
