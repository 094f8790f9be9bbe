"""The verbs: what a call can do, one page each. This is their list."""

from collections.abc import Awaitable, Callable
from typing import Any

from orchestrator.calls.call import Call
from orchestrator.routing.decision import (
    Alert,
    Announce,
    ByName,
    CheckMailbox,
    Consult,
    Decision,
    DepartmentMenu,
    DialOut,
    End,
    Feature,
    Forward,
    HotDesk,
    Intercom,
    Join,
    LeaveMessage,
    Menu,
    Monitor,
    Page,
    Park,
    PickUp,
    Queue,
    RecordPrompt,
    Resume,
    Ring,
    RingGroup,
    Summon,
    Unlock,
    Unpark,
)
from orchestrator.verbs import (
    alert,
    announce,
    by_name,
    conference,
    consult,
    department_menu,
    dial_out,
    end,
    feature,
    forward,
    hot_desk,
    intercom,
    leave_message,
    mailbox,
    menu,
    monitor,
    page,
    park,
    pickup,
    queue,
    record_prompt,
    ring,
    ring_group,
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
    Menu: menu.run,
    ByName: by_name.run,
    Feature: feature.run,
    Unlock: unlock.run,
    HotDesk: hot_desk.run,
    Alert: alert.run,
    Consult: consult.run,
    Join: conference.run,
    LeaveMessage: leave_message.run,
    CheckMailbox: mailbox.run,
    RingGroup: ring_group.run,
    Queue: queue.run,
    DepartmentMenu: department_menu.run,
    Summon: summon.run,
    RecordPrompt: record_prompt.run,
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
