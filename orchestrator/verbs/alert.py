"""Alert: ring one device, and tell whoever answers which extension calls for help.

    originate ──> ringing ──answer──> the person's other devices stop ──> said three times ──> Done

The call has no other party: its caller is the device that rings.
"""

from orchestrator.ari.client import Originate
from orchestrator.ari.errors import AriError, Unavailable
from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg, LegEvent, LegState
from orchestrator.calls.messages import Dismiss, Surrender
from orchestrator.calls.verdict import Outcome, Reason, Verdict, no_answer, not_registered
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import Alert
from orchestrator.verbs.outcome import Done, StepOutcome
from orchestrator.verbs.speech import speak

TOLD = Verdict(Outcome.ANSWERED, Reason.ENDED)

RING_SECONDS = 60
_TIMES = 3


async def run(call: Call, data: Alert) -> StepOutcome:
    """Ring `call.caller`; a device that is not there ends the call."""
    device = call.caller
    call.begin_segment("user", device.person or "", device.number)
    shown = Leg("", "", data.caller, f"{data.number}: {data.name}")
    request = Originate(
        endpoint=f"PJSIP/{device.endpoint}",
        channel_id=device.id,
        timeout=RING_SECONDS,
        variables={"CONNECTEDLINE(all,i)": shown.identity},
    )
    try:
        await call.ari.originate(request)
    except Unavailable:
        raise
    except AriError:
        device.apply(LegEvent.GONE)
        return Done(not_registered())
    deadline = call.ports.clock.monotonic() + RING_SECONDS
    while device.state is LegState.RINGING:
        message = await call.next(deadline - call.ports.clock.monotonic())
        if message is None:
            return Done(no_answer())
        if isinstance(message, Surrender):
            message.answer(None)
    call.answered()
    for each in data.others:
        other = call.registry.get(each)
        if other is not None:
            other.mailbox.put(Dismiss())
    # A hot-desk phone at which nobody is logged in has no number, but a name that is shown.
    number = (Phrase.AT_EXTENSION, f"digits:{data.caller}")
    caller = (Phrase.CALL_FROM, *number) if data.caller else ()
    words = (Phrase.URGENT, *caller, Phrase.CALLING)
    for _ in range(_TIMES):
        await speak(call, (Phrase.ERROR_BEEP, *words, f"digits:{data.number}"))
    return Done(TOLD)
