"""Department menu: the department's hours say where the call goes, in the department's language.

    ringing for `answer_after` seconds ──> announcement ──> where the route of this hour leads

The menu itself answers nothing; its announcement does (`verbs/announce.py`).
"""

from orchestrator.calls.call import Call
from orchestrator.calls.leg import Leg, LegState
from orchestrator.calls.messages import Surrender
from orchestrator.calls.verdict import Reason
from orchestrator.routing.decision import DepartmentMenu
from orchestrator.routing.department_menus import by_menu
from orchestrator.verbs.outcome import Next, StepOutcome


async def run(call: Call, data: DepartmentMenu) -> StepOutcome:
    """A caller who was answered before does not wait: their patience was tried already."""
    department = data.department
    call.language = department.language
    call.begin_segment("department", department.id, department.number)
    if department.answer_after and call.caller.state is LegState.RINGING:
        await call.ring_caller(Leg("", "", department.number, department.name))
        await _wait(call, department.answer_after)
    call.end_segment(Reason.FORWARDED)
    return Next(by_menu(call.facts, call.tenant.departments.get(department.id, department)))


async def _wait(call: Call, seconds: int) -> None:
    deadline = call.ports.clock.monotonic() + seconds
    while (message := await call.next(deadline - call.ports.clock.monotonic())) is not None:
        if isinstance(message, Surrender):
            message.answer(None)
