"""The executor: one task owns one call, from its first event to its verdict.

    first decision ──> verb ──Next──> verb ──Next──> … ──Done──> verdict
                         │
            caller hangs up, verb crashes, Asterisk is lost: caught here, once

The executor alone holds the duties that no verb should have to think of: the caller's hang-up,
crashes, the limit of steps, cleaning up, and the journal's last word.
"""

import asyncio

import structlog

from orchestrator.ari.errors import AriError, Timeout
from orchestrator.calls.call import Call, CallerGone
from orchestrator.calls.command import Steered
from orchestrator.calls.leg import LegState
from orchestrator.calls.reports import event_of
from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.routing.decision import Decision, Join, Park
from orchestrator.verbs import Done, Next, StepOutcome, perform

log = structlog.get_logger(__name__)

# More steps than any sane call plan has: beyond this it is forwarding in a circle.
MAX_STEPS = 50

ABANDONED = Verdict(Outcome.ABANDONED, Reason.CALLER_HUNG_UP)
LEFT_TALKING = Verdict(Outcome.ANSWERED, Reason.CALLER_HUNG_UP)
LOOP = Verdict(Outcome.FAILED_US, Reason.LOOP, Cause.OUT_OF_ORDER)
CRASHED = Verdict(Outcome.FAILED_US, Reason.INTERNAL_ERROR, Cause.INTERWORKING)
ASTERISK_FAILED = Verdict(Outcome.FAILED_US, Reason.ASTERISK_LOST, Cause.OUT_OF_ORDER)


class LeftForAdoption(Exception):
    """The connection to Asterisk is lost: channels and journal entry stay as they are.

    The reconciliation on the next connection adopts the call, or closes its entry.
    """


async def execute(call: Call, first: StepOutcome) -> None:
    """Run the call to its end. Raises LeftForAdoption when the connection is lost meanwhile.

    Cancelling the task has the same effect: call and journal entry stay open.
    """
    verdict = await _steps(call, first)
    await _finish(call, verdict)


async def _steps(call: Call, outcome: StepOutcome) -> Verdict:
    steps = 0
    while steps < MAX_STEPS:
        if isinstance(outcome, Done):
            return outcome.verdict
        # A parked caller may go back and be parked again for as long as it takes.
        steps = 0 if isinstance(outcome.decision, Park) else steps + 1
        try:
            outcome = await _step(call, outcome.decision)
        except CallerGone:
            return LEFT_TALKING if call.entry.answered_at else ABANDONED
        except AriError as error:
            # A request that timed out is the first sign: the connection is given up right after.
            if isinstance(error, Timeout) or not call.ari.connected:
                raise LeftForAdoption from error
            log.warning("asterisk-failed-in-call", call=call.id, error=str(error))
            return ASTERISK_FAILED
    log.warning("call-went-in-a-circle", call=call.id, steps=MAX_STEPS)
    return LOOP


async def _step(call: Call, decision: Decision) -> StepOutcome:
    """One verb. A crash of ours ends the step with a verdict and a report, not the orchestrator."""
    try:
        if not isinstance(decision, Join):
            await call.registry.rooms.take_out(call.caller.id)
        return await perform(call, decision)
    except Steered as steered:
        return await _steered(call, steered.step)
    except (CallerGone, AriError, asyncio.CancelledError):
        raise
    except Exception:
        log.exception("verb-crashed", call=call.id, verb=type(decision).__name__)
        return Done(CRASHED)


async def _steered(call: Call, step: Decision | Verdict) -> StepOutcome:
    """A command ended the verb where it waited: end what it was ringing, then take the new step."""
    for leg in [leg for leg in call.legs.values() if leg is not call.caller]:
        await call.hang_up(leg)
    if isinstance(step, Verdict):
        return Done(step)
    await call.stop_music()
    if call.registry.parked.holds(call):
        await call.ari.moh_stop(call.caller.id)
        call.registry.parked.leave(call)
    call.end_segment(Reason.FORWARDED)
    return Next(step)


async def _finish(call: Call, verdict: Verdict) -> None:
    """Write the last word, let go of the events, then clean up."""
    call.entry.close(call.now, _outcome(call, verdict), verdict.reason)
    call.ports.journal.record(call.entry)
    if (event := event_of(call.entry, verdict)) is not None:
        call.ports.post(event)
    call.registry.forget(call)
    try:
        await call.registry.rooms.leave(call.legs)
        await call.clear(_last_cause(call, verdict))
    except AriError as error:
        # The channels are found and ended by the reconciliation on the next connection.
        log.warning("clean-up-failed", call=call.id, error=str(error))


def _outcome(call: Call, verdict: Verdict) -> Outcome:
    """A call that somebody answered stays answered, also when a transfer then led nowhere."""
    if call.entry.answered_at and verdict.outcome is not Outcome.FAILED_US:
        return Outcome.ANSWERED
    return verdict.outcome


def _last_cause(call: Call, verdict: Verdict) -> Cause:
    """A caller who was talking gets a plain BYE; the cause matters only before the answer."""
    return verdict.cause if call.caller.state is LegState.RINGING else Cause.NORMAL
