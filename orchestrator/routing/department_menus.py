"""Where the menu of a department sends a call: by its hours, after an announcement. Pure."""

from orchestrator.calls.verdict import Cause, Outcome, Reason, Verdict
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import Announce, Decision, DepartmentMenu, End
from orchestrator.routing.dialled import LOOP
from orchestrator.routing.facts import Facts
from orchestrator.routing.inbound import onward
from orchestrator.routing.office import menu_route
from orchestrator.routing.plan import DepartmentLine

NO_ROUTE = Verdict(Outcome.REFUSED, Reason.NO_ROUTE, Cause.ABSENT)

SPOKEN_SORRY: tuple[str, ...] = (Phrase.NOBODY_AVAILABLE,)


def by_menu(facts: Facts, department: DepartmentLine) -> Decision:
    """The step after the menu of `department`, whoever calls.

    A state that has no route is answered by a word of regret: a caller who chose this department
    is not left with a busy tone.
    """
    destination, prompt = menu_route(facts, department)
    spoken = (prompt,) if prompt else ()
    if destination is None:
        facts.trace.note("department", department.name, "has no route for this state")
        return Announce(spoken + SPOKEN_SORRY, End(NO_ROUTE))
    then = onward(facts, destination, department.id)
    if isinstance(then, DepartmentMenu) and then.department.id == department.id:
        # An override may lead here, since it may be for all departments.
        facts.trace.note("loop", department.name, "leads back to this menu")
        return Announce(spoken + SPOKEN_SORRY, End(LOOP))
    return Announce(spoken, then) if spoken else then
