"""Monitor: be in a colleague's conversation, by a channel that Asterisk hangs onto theirs.

    supervisor ── bridge of this call ── snoop channel ┄┄ the colleague's channel
                                           hears both directions of it
                                           whispers: listen none, whisper out, barge in both

The snoop channel is a leg of the supervisor's call, so that the conversation itself is not
touched: whichever ends first takes it along. It has no person and no endpoint; a restarted
orchestrator cannot tell what it is and ends both. Every use is noted, those refused too.
"""

from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg, LegState
from orchestrator.calls.messages import Surrender
from orchestrator.calls.reports import supervised, supervision
from orchestrator.calls.rules import may_listen_in
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.calls.waiting import play_on
from orchestrator.routing.decision import End, Monitor, MonitorMode
from orchestrator.routing.plan import Person
from orchestrator.verbs.outcome import Done, Next, StepOutcome
from orchestrator.verbs.speech import answer

REFUSED = End(
    Verdict(Outcome.REFUSED, Reason.NOT_ALLOWED, Cause.REJECTED), ("cannot-complete-as-dialed",)
)
NOT_TALKING = Verdict(Outcome.REFUSED, Reason.NO_ANSWER, Cause.NO_ANSWER)
CONVERSATION_OVER = Verdict(Outcome.ANSWERED, Reason.CALLEE_HUNG_UP)

_WHISPER = {
    MonitorMode.LISTEN: "none",
    MonitorMode.WHISPER: "out",
    MonitorMode.BARGE_IN: "both",
}

# How long the snoop channel may take to become ours.
_START_SECONDS = 2.0


async def run(call: Call, data: Monitor) -> StepOutcome:
    """Stay in the conversation of `data.person` until one of the two calls ends."""
    supervisor = call.tenant.people.get(call.caller.person or "")
    allowed = supervisor is not None and may_listen_in(supervisor, data.person)
    found = conversation_of(call, data.person) if allowed else None
    if supervisor is not None:
        call.ports.note(supervision(call, supervisor, data, allowed=allowed))
        call.ports.post(supervised(call, supervisor, data, allowed=allowed))
    if not allowed:
        return Next(REFUSED)
    if found is None:
        return Done(NOT_TALKING)
    conversation, target = found
    call.begin_segment("monitor", data.person.id, data.person.number)
    await answer(call)
    snoop = Leg(call.new_leg_id(), "", data.person.number, data.person.name)
    call.add_leg(snoop)
    whisper = _WHISPER[data.mode]
    if not await call.ari.snoop(target.id, snoop.id, whisper=whisper):
        snoop.state = LegState.GONE
    deadline = call.ports.clock.monotonic() + _START_SECONDS
    while snoop.state is LegState.RINGING:
        message = await call.next(deadline - call.ports.clock.monotonic())
        if message is None:
            return Done(NOT_TALKING)
        if isinstance(message, Surrender):
            message.answer(None)
    if snoop.alive:
        await call.connect(snoop)
        await play_on(conversation)
    while snoop.alive:
        message = await call.next()
        if isinstance(message, Surrender):
            message.answer(None)
    return Done(CONVERSATION_OVER)


def conversation_of(call: Call, person: Person) -> tuple[Call, Leg] | None:
    """Another call in which `person` talks, and their leg of it; of several the newest."""
    talks = [
        (other, leg)
        for other in call.registry.calls()
        if other is not call and other.tenant.id == call.tenant.id and other.partner is not None
        for leg in (other.caller, other.partner)
        if leg.person == person.id and leg.state is LegState.UP
    ]
    return talks[-1] if talks else None
