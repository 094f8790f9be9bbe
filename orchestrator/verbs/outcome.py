"""What a verb answers: the call goes on with another step, or it has ended."""

from dataclasses import dataclass

from orchestrator.calls.verdict import Verdict
from orchestrator.routing.decision import Decision


@dataclass(frozen=True, slots=True)
class Next:
    """Go on with `decision`, on behalf of the leg that is now `call.caller`."""

    decision: Decision


@dataclass(frozen=True, slots=True)
class Done:
    """The call has ended."""

    verdict: Verdict


StepOutcome = Next | Done
