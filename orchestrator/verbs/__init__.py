"""The verbs: what a call can do, one page each. This is their list."""

from collections.abc import Awaitable, Callable
from typing import Any

from orchestrator.calls.call import Call
from orchestrator.routing.decision import (
    Alert,
    Announce,
    CheckMailbox,
    Consult,
    Decision,
    DialOut,
    End,
    Feature,
    Forward,
    Intercom,
    Join,
    LeaveMessage,
    Monitor,
    Page,
    Park,
    PickUp,
    Resume,
    Ring,
    Summon,
    Unlock,
    Unpark,
)
from orchestrator.verbs import (
    alert,
    announce,
    conference,
    consult,
    dial_out,
    end,
    feature,
    forward,
    intercom,
    leave_message,
    mailbox,
    monitor,
    page,
    park,
    pickup,
    ring,
    summon,
    talk,
    unlock,
    unpark,
)
from orchestrator.verbs.outcome import Done, Next, StepOutcome

__all__ = ["Done", "Next", "StepOutcome", "perform"]

_VERBS: dict[type, Callable[[Call, Any], Awaitable[StepOutcome]]] = {
    Ring: ring.run,
    DialOut: dial_out.run,
    Forward: forward.run,
    End: end.run,
    Announce: announce.run,
    Feature: feature.run,
    Unlock: unlock.run,
    Alert: alert.run,
    Consult: consult.run,
    Join: conference.run,
    LeaveMessage: leave_message.run,
    CheckMailbox: mailbox.run,
    Summon: summon.run,
    Monitor: monitor.run,
    Intercom: intercom.run,
    Page: page.run,
    Park: park.run,
    Unpark: unpark.run,
    PickUp: pickup.run,
    Resume: talk.resume,
}


async def perform(call: Call, decision: Decision) -> StepOutcome:
    """Do one step of the call with the verb that `decision` names."""
    return await _VERBS[type(decision)](call, decision)
