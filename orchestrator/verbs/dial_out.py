"""Dial out: call a number of the outside world, by one trunk after the other until one takes it.

    attempts ──> trunk down or full? ──> leg ──answer──> connected
       ^                 │                └── busy, no answer, no such number ──> Done
       └─────────────────┴──────────────────── the trunk failed

Each attempt is a step in the journal. By the last one left (mostly the only one) the two legs are
bridged before the answer, so that the caller hears what the network says (early media: its
ringing, its announcements). While there is another one the caller hears plain ringing: no
announcement of a provider that fails. `verbs/provider.py` has the leg, the verdicts, the wait.
"""

from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg
from orchestrator.calls.reports import emergency, failed_over
from orchestrator.calls.verdict import Outcome, Reason, Verdict
from orchestrator.routing.decision import Attempt, DialOut
from orchestrator.verbs import provider, rebound, talk
from orchestrator.verbs.outcome import Done, StepOutcome

TRUNK_FULL = Verdict(Outcome.REFUSED, Reason.TRUNK_FULL, provider.TRUNK_DOWN.cause)

_OF_THE_TRUNK = frozenset({Reason.TRUNK_DOWN, Reason.TRUNK_FULL, Reason.TRUNK_REFUSED})
"""Why another trunk may do better; all else is about the number, and the same everywhere."""


async def run(call: Call, data: DialOut) -> StepOutcome:
    """Call `data.number`. Emergency calls pass every limit, and try trunks that are down too."""
    if data.confirm:
        return await rebound.run(call, data)
    if call.entry.direction == "internal":
        call.entry.direction = "outbound"
    if data.emergency and not call.entry.adopted:
        call.ports.post(emergency(call.entry, data.number))
        call.ports.alarm(call.entry, data.number)
    await provider.drop_adopted(call)
    ways = _in_order(call, data)
    for place, attempt in enumerate(ways):
        call.begin_segment("external", attempt.trunk.id, attempt.number)
        following = ways[place + 1] if place + 1 < len(ways) else None
        found = _unfit(call, attempt, data) or await provider.reach(
            call, attempt, data, alone=following is None
        )
        if isinstance(found, Leg):
            await call.connect(found)
            return await talk.run(call, found)
        if following is None or found.reason not in _OF_THE_TRUNK:
            return Done(found)
        call.end_segment(found.reason)
        call.ports.post(failed_over(call.entry, attempt.trunk, following.trunk, found.reason))
    return Done(provider.TRUNK_DOWN)


def _in_order(call: Call, data: DialOut) -> tuple[Attempt, ...]:
    """As the rule has them; calls for help try trunks that seem to be down after all others."""
    if not data.emergency or len(data.attempts) == 1:
        return data.attempts
    return tuple(
        sorted(data.attempts, key=lambda a: call.registry.trunk_down(a.trunk.id) is not None)
    )


def _unfit(call: Call, attempt: Attempt, data: DialOut) -> Verdict | None:
    """Why the trunk cannot take the call now, known without asking the provider."""
    trunk = attempt.trunk
    if data.emergency:
        return None
    if call.registry.trunk_down(trunk.id) is not None:
        return provider.TRUNK_DOWN
    if trunk.max_calls and call.registry.trunk_calls(trunk.id) >= trunk.max_calls:
        return TRUNK_FULL
    return None
