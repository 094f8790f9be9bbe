"""Page: the phones of a group answer by themselves and play what the pager says, one-way.

    phones ──originate, in bursts──> those that answer ──muted──> bridge <── the pager
    multicast stream ────────────────────────────────────────────^            ^
                                                         whisper: beep, then how many hear it

The pager is answered and heard as soon as the first phone is. Beep and number are whispered by a
snoop channel: a playback on the pager's own channel would interrupt the page.
"""

from orchestrator.ari.messages import ChannelTransfer
from orchestrator.calls.call import Call
from orchestrator.calls.entry import PAGING, Segment
from orchestrator.calls.leg import Leg, LegEvent, LegState
from orchestrator.calls.messages import Message, Surrender
from orchestrator.calls.offer import Offer
from orchestrator.calls.reports import page_too_long
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.routing.decision import End, Page
from orchestrator.routing.paging import SPOKEN_NOBODY
from orchestrator.verbs.calling import cancel
from orchestrator.verbs.listeners import Listeners
from orchestrator.verbs.outcome import Done, Next, StepOutcome
from orchestrator.verbs.speech import speak
from orchestrator.verbs.whisper import Whisper

ALL_LEFT = Verdict(Outcome.ANSWERED, Reason.CALLEE_HUNG_UP)
TOO_LONG = Verdict(Outcome.ANSWERED, Reason.TIMEOUT)

# Frames must pass through Asterisk, which else lets two legs hear each other past our muting.
_KIND = "mixing,proxy_media"
_OVER = ("beeperr",)


async def run(call: Call, data: Page) -> StepOutcome:
    """Stay until the pager hangs up, the last phone does, or the time is over."""
    segment = call.begin_segment(PAGING, data.group.id, data.group.number)
    listeners, whisper = Listeners(call, data), Whisper(call)
    if not data.resumed:
        await call.close_bridge()
    await call.open_bridge(_KIND)
    if call.caller.id in call.bridged:
        call.answered()
        segment.joined = listeners.joined
    await call.ring_caller(Leg("", "", data.group.number, data.group.name))
    ends = call.ports.clock.monotonic() + data.seconds
    while (left := ends - call.ports.clock.monotonic()) > 0:
        await listeners.call_more()
        await _let_in(call, listeners, segment, whisper)
        await listeners.drop_late()
        await whisper.tell(listeners)
        if listeners.over:
            break
        message = await call.next(min(left, max(listeners.patience(), 0.0)))
        while message is not None:
            await _heed(call, message)
            message = await call.next(0)
    else:
        return await _too_long(call, data)
    if segment.answered_at:
        return Done(ALL_LEFT)
    why = listeners.why_nobody
    call.end_segment(why.reason)
    return Next(End(why, SPOKEN_NOBODY))


async def _let_in(call: Call, listeners: Listeners, segment: Segment, whisper: Whisper) -> None:
    """Let everybody who answered hear the pager, who comes in with the first of them."""
    arrived = listeners.arrived()
    if not arrived:
        return
    caller = call.caller
    steps = []
    if caller.id not in call.bridged:
        call.answered()
        steps = [call.ari.answer(caller.id)] if caller.state is LegState.RINGING else []
        steps += [call.ari.add_to_bridge(call.id, caller.id, tell_identity=False)]
        steps += [call.ari.stop_ring(caller.id)] if caller.state is LegState.UP else []
        # Whispers are put into what the pager's phone is sent, so something must be: in a bridge
        # of two, one of whom is muted, nothing is.
        steps += [call.ari.silence(caller.id), whisper.start()]
    await listeners.let_in(arrived)
    if steps:
        for step in steps:
            await step
        caller.apply(LegEvent.ANSWERED)
        call.bridged.add(caller.id)
        call.ringing = False
    segment.joined = listeners.joined
    call.ports.journal.record(call.entry)


async def _heed(call: Call, message: Message) -> None:
    """A page goes nowhere else, and nobody takes a leg of it."""
    if isinstance(message, Surrender):
        message.answer(None)
    elif isinstance(message, Offer):
        message.refuse()
    elif isinstance(message, ChannelTransfer) and message.channel_id != call.caller.id:
        await call.ari.transfer_progress(message.channel_id, "channel_declined")


async def _too_long(call: Call, data: Page) -> StepOutcome:
    """The phones are free again; the pager hears why there is no more to say."""
    call.ports.post(page_too_long(call.entry, data))
    await cancel(call, [leg for leg in call.legs.values() if leg is not call.caller], Cause.NORMAL)
    await call.close_bridge()
    await speak(call, _OVER)
    return Done(TOO_LONG)
