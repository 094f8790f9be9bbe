"""Where the menu of a department sends a call, at every state of its hours."""

from dataclasses import replace
from datetime import date

import pytest

from orchestrator.hours.rules import (
    HolidayLine,
    HoursState,
    Override,
    OverrideState,
    Period,
    Schedule,
)
from orchestrator.routing.decision import Announce, Decision, DepartmentMenu, End, Ring
from orchestrator.routing.department_menus import SPOKEN_SORRY, by_menu
from orchestrator.routing.dialled import dialled
from orchestrator.routing.inbound import inbound
from orchestrator.routing.outside_lines import DidLine
from orchestrator.routing.plan import DepartmentLine, HoursRouteLine, TenantPlan
from orchestrator.routing.simulate import MOST_STEPS, Simulated, simulate
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import department, facts, person, tenant, trunk

K = DestinationKind
OPEN = Schedule()
CLOSED = Schedule(periods=(Period(0, 0, 1),))
BREAK = Schedule(breaks=(Period(6, 0, 1440),))
SUNDAY = HolidayLine("h", "Sunday", date(2026, 3, 1), date(2026, 3, 1))
HOLIDAY = Schedule(holidays=(SUNDAY,))
MERRY = Schedule(holidays=(replace(SUNDAY, prompt="merry"),))


def user(number: str) -> Destination:
    return Destination(K.USER, f"user-{number}")


ROUTES = {
    HoursState.OPEN: HoursRouteLine(user("101"), "welcome"),
    HoursState.CLOSED: HoursRouteLine(user("102"), "closed"),
    HoursState.BREAK: HoursRouteLine(user("103")),
    HoursState.HOLIDAY: HoursRouteLine(Destination(K.BUSY), "holiday"),
}


def forced(**fields: object) -> Schedule:
    return Schedule(overrides=(Override(OverrideState.CUSTOM, **fields),))  # type: ignore[arg-type]


def acme(*departments: DepartmentLine, **changes: object) -> TenantPlan:
    people = tuple(person(number) for number in ("101", "102", "103"))
    lines = {each.id: each for each in departments}
    return tenant(people, (trunk(),), **{"departments": lines} | changes)


def goes(decision: Decision) -> str:
    """What is heard, and who rings, in short: `closed>102`."""
    if isinstance(decision, Announce):
        return f"{' '.join(decision.prompts)}>{goes(decision.then)}"
    if isinstance(decision, Ring):
        return decision.person.number
    assert isinstance(decision, End)
    return decision.verdict.reason.value


SORRY = f"{SPOKEN_SORRY[0]}>no_route"


@pytest.mark.parametrize(
    ("hours", "without", "expected"),
    [
        pytest.param(OPEN, (), "welcome>101", id="open"),
        pytest.param(CLOSED, (), "closed>102", id="closed"),
        pytest.param(BREAK, (), "103", id="break"),
        pytest.param(HOLIDAY, (), "holiday>busy", id="holiday"),
        pytest.param(MERRY, (), "merry>busy", id="prompt-of-the-holiday"),
        pytest.param(HOLIDAY, ("holiday",), "closed>102", id="holiday-as-closed"),
        pytest.param(OPEN, ("open",), SORRY, id="open-no-route"),
        pytest.param(BREAK, ("break",), SORRY, id="break-no-route"),
        pytest.param(CLOSED, ("closed",), SORRY, id="closed-no-route"),
        pytest.param(MERRY, ("holiday", "closed"), f"merry {SORRY}", id="holiday-no-route"),
        pytest.param(forced(destination=user("103")), (), "103", id="override"),
        pytest.param(forced(prompt="fire"), (), "fire>ended", id="announcement-and-end"),
        pytest.param(
            forced(destination=Destination(K.DEPARTMENT, "dep-sales")),
            (),
            f"{SPOKEN_SORRY[0]}>loop",
            id="back-to-itself",
        ),
    ],
)
@pytest.mark.parametrize("from_outside", [True, False])
def test_the_state_decides_for_everybody(
    hours: Schedule, without: tuple[str, ...], expected: str, from_outside: bool
) -> None:
    routes = {state: route for state, route in ROUTES.items() if state.value not in without}
    sales = department(hours=hours, routes=routes)
    known = facts(acme(sales), trunk=trunk() if from_outside else None)
    assert goes(by_menu(known, sales)) == expected


def test_a_menu_is_dialled_and_reached_by_its_did_whatever_the_hour() -> None:
    sales = department(hours=CLOSED, routes=ROUTES, number="600")
    to_sales = Destination(K.DEPARTMENT, sales.id)
    plan = acme(sales, extensions={"600": to_sales})
    assert dialled(facts(plan), plan.people["user-101"], "600") == DepartmentMenu(sales)
    assert come_in(plan, to_sales) == DepartmentMenu(sales)


def come_in(plan: TenantPlan, to: Destination, **otherwise: Destination) -> Decision:
    states = {HoursState(state): way for state, way in otherwise.items()}
    did = DidLine("d", "+3120", None, "", to, states)
    return inbound(facts(replace(plan, dids=(did,)), trunk=trunk()), trunk(), "+3120")


def test_a_did_with_its_own_way_goes_before_the_menu_and_an_override_before_that() -> None:
    sales = department(hours=MERRY, routes=ROUTES)
    to_sales = Destination(K.DEPARTMENT, sales.id)
    assert goes(come_in(acme(sales), to_sales, holiday=user("103"))) == "merry>103"
    assert come_in(acme(sales), to_sales, **{"break": user("103")}) == DepartmentMenu(sales)
    forced_away = replace(sales, hours=forced(prompt="fire"))
    found = come_in(acme(forced_away), to_sales, closed=user("103"))
    assert found == DepartmentMenu(forced_away)


def test_the_hours_of_another_department_count_behind_a_menu() -> None:
    support = department("support", hours=CLOSED, routes=ROUTES)
    bob = person("102", department=support.id, hours=CLOSED)
    away = {HoursState.OPEN: HoursRouteLine(user("102"))}
    sales = department(routes=away)
    plan = replace(acme(sales, support), people={bob.id: bob})
    assert goes(by_menu(facts(plan, trunk=trunk()), sales)) != "102"
    assert goes(by_menu(facts(plan), sales)) == "102"


def test_the_simulator_follows_a_menu_and_cuts_off_a_circle() -> None:
    sales = department(routes=ROUTES, number="600", answer_after=4)
    plan = acme(sales, extensions={"600": Destination(K.DEPARTMENT, sales.id)})
    found = simulate(facts(plan, person=plan.people["user-103"]), "600")
    assert (found.kind, found.target, found.seconds) == ("department", "600 sales", 4)
    then = found.then["afterwards"]
    assert (then.kind, then.target) == ("announce", "welcome")
    assert then.then["afterwards"].kind == "ring"
    there, back = (
        department(name, routes={HoursState.OPEN: HoursRouteLine(Destination(K.DEPARTMENT, to))})
        for name, to in (("a", "dep-b"), ("b", "dep-a"))
    )
    circle = acme(there, back, extensions={"600": Destination(K.DEPARTMENT, there.id)})
    assert steps(simulate(facts(circle, person=circle.people["user-103"]), "600")) <= MOST_STEPS + 1


def steps(found: Simulated) -> int:
    return 1 + sum(steps(each) for each in found.then.values())
