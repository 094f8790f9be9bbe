"""Where calls from outside go by the hours of the one who is called."""

from dataclasses import dataclass, field
from datetime import date

import pytest

from orchestrator.calls.verdict import Reason
from orchestrator.hours.rules import (
    HolidayLine,
    HoursState,
    Override,
    OverrideState,
    Period,
    Schedule,
)
from orchestrator.routing.decision import Announce, Decision, End, Ring
from orchestrator.routing.facts import Trace
from orchestrator.routing.inbound import by_hours
from orchestrator.routing.outside_lines import Way
from orchestrator.routing.plan import HoursRouteLine, ParkingLine
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import NOON, department, facts, person, tenant, trunk

OPEN = Schedule()
CLOSED = Schedule(periods=(Period(0, 0, 1),))
BREAK = Schedule(breaks=(Period(6, 0, 1440),))
HOLIDAY = Schedule(holidays=(HolidayLine("h", "Sunday", date(2026, 3, 1), date(2026, 3, 1)),))
SPOKEN_HOLIDAY = Schedule(
    holidays=(HolidayLine("h", "S", date(2026, 3, 1), date(2026, 3, 1), prompt="merry"),)
)
STATES = [HoursState.CLOSED, HoursState.BREAK, HoursState.HOLIDAY]


def forced(state: OverrideState, **fields: object) -> Schedule:
    return Schedule(overrides=(Override(state, **fields),))  # type: ignore[arg-type]


def user(number: str) -> Destination:
    return Destination(DestinationKind.USER, f"user-{number}")


def route(number: str, prompt: str | None = None) -> HoursRouteLine:
    return HoursRouteLine(user(number), prompt)


ROUTES = {state: route("20" + str(n)) for n, state in enumerate(STATES)}
OWN = {state: user("30" + str(n)) for n, state in enumerate(STATES)}


@dataclass
class Company:
    """100 of the department with `hours` and `routes` is called; 200-202, 300-302 are others."""

    hours: Schedule
    routes: dict[HoursState, HoursRouteLine] = field(default_factory=dict)
    own_hours: Schedule | None = None

    def call(self, **otherwise: Destination) -> Decision:
        sales = department(hours=self.hours, routes=self.routes)
        called = person("100", department=sales.id, hours=self.own_hours or self.hours)
        others = [person(number) for number in ("200", "201", "202", "300", "301", "302")]
        plan = tenant((called, *others), (trunk(),), departments={sales.id: sales})
        way = Way(user("100"), {HoursState(state): to for state, to in otherwise.items()})
        return by_hours(facts(plan, trunk=trunk()), way)


def goes(decision: Decision) -> str:
    """Which prompt is heard, and who rings, in short: `closed>200`."""
    if isinstance(decision, Announce):
        return f"{' '.join(decision.prompts)}>{goes(decision.then)}"
    if isinstance(decision, Ring):
        return decision.person.number
    assert isinstance(decision, End)
    return decision.verdict.reason.value


@pytest.mark.parametrize(
    ("hours", "own", "expected"),
    [
        pytest.param(OPEN, True, "100", id="open"),
        pytest.param(CLOSED, False, "200", id="closed-department"),
        pytest.param(BREAK, False, "201", id="break-department"),
        pytest.param(HOLIDAY, False, "202", id="holiday-department"),
        pytest.param(CLOSED, True, "300", id="closed-own-way"),
        pytest.param(BREAK, True, "301", id="break-own-way"),
        pytest.param(HOLIDAY, True, "302", id="holiday-own-way"),
        pytest.param(forced(OverrideState.OPEN), True, "100", id="forced-open"),
        pytest.param(forced(OverrideState.HOLIDAY), True, "302", id="forced-holiday-own-way"),
        pytest.param(
            forced(OverrideState.CUSTOM, destination=user("200")), True, "200", id="custom"
        ),
        pytest.param(forced(OverrideState.CUSTOM, prompt="away"), True, "away>ended", id="say-end"),
        pytest.param(
            forced(OverrideState.CUSTOM, destination=user("200"), prompt="away"),
            True,
            "away>200",
            id="say-and-go",
        ),
        pytest.param(SPOKEN_HOLIDAY, True, "merry>302", id="own-way-after-the-holidays-prompt"),
        pytest.param(SPOKEN_HOLIDAY, False, "merry>202", id="route-after-the-holidays-prompt"),
    ],
)
def test_the_override_goes_before_the_own_way_and_that_before_the_department(
    hours: Schedule, own: bool, expected: str
) -> None:
    otherwise = {state.value: to for state, to in OWN.items()} if own else {}
    assert goes(Company(hours, ROUTES).call(**otherwise)) == expected


@pytest.mark.parametrize(
    ("routes", "own", "expected"),
    [
        pytest.param({}, {}, "merry>100", id="nothing-set"),
        pytest.param({HoursState.CLOSED: route("200", "shut")}, {}, "merry>200", id="as-closed"),
        pytest.param(
            {HoursState.HOLIDAY: route("202", "feast")}, {}, "merry>202", id="its-prompt-first"
        ),
        pytest.param(
            {HoursState.HOLIDAY: route("202")}, {"closed": user("300")}, "merry>202", id="exact"
        ),
        pytest.param(
            {HoursState.CLOSED: route("200")}, {"closed": user("300")}, "merry>300", id="own-closed"
        ),
    ],
)
def test_a_holiday_without_a_route_is_as_when_closed(
    routes: dict[HoursState, HoursRouteLine], own: dict[str, Destination], expected: str
) -> None:
    assert goes(Company(SPOKEN_HOLIDAY, routes).call(**own)) == expected


@pytest.mark.parametrize("hours", [CLOSED, BREAK])
def test_without_a_route_calls_go_where_they_go_in_office_hours(hours: Schedule) -> None:
    assert goes(Company(hours).call()) == "100"


def test_a_break_is_not_as_when_closed() -> None:
    assert goes(Company(BREAK, {HoursState.CLOSED: route("200")}).call()) == "100"


def test_the_prompt_of_the_route_is_heard() -> None:
    closed = {HoursState.CLOSED: route("200", "shut")}
    assert goes(Company(CLOSED, closed).call()) == "shut>200"
    assert goes(Company(CLOSED, closed).call(closed=user("300"))) == "300"


@pytest.mark.parametrize(
    ("own", "expected"), [pytest.param(OPEN, "100", id="open"), pytest.param(CLOSED, "200")]
)
def test_a_person_counts_by_hours_of_their_own(own: Schedule, expected: str) -> None:
    department_is = CLOSED if own is OPEN else OPEN
    assert goes(Company(department_is, ROUTES, own).call()) == expected


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        pytest.param(Destination(DestinationKind.EXTENSION, "100"), "200", id="extension"),
        pytest.param(Destination(DestinationKind.USER, "user-100"), "200", id="user"),
        pytest.param(Destination(DestinationKind.PARKING, "place"), "200", id="parking"),
        pytest.param(Destination(DestinationKind.END_CALL), "ended", id="no-hours-at-all"),
        pytest.param(Destination(DestinationKind.USER, "gone"), "unknown_number", id="gone"),
    ],
)
def test_the_department_of_the_destination_decides(to: Destination, expected: str) -> None:
    sales = department(hours=CLOSED, routes=ROUTES)
    called = person("100", department=sales.id, hours=CLOSED)
    plan = tenant(
        (called, person("200")),
        (trunk(department="dep-other"),),
        departments={sales.id: sales, "dep-other": department("other")},
        parking={"place": ParkingLine("place", "800", "Hall", sales.id)},
    )
    assert goes(by_hours(facts(plan, trunk=trunk()), Way(to))) == expected


def test_a_person_of_no_department_has_hours_and_no_routes() -> None:
    plan = tenant((person("100", hours=CLOSED), person("300")), (trunk(),))
    way = Way(user("100"), {HoursState.CLOSED: user("300")})
    assert goes(by_hours(facts(plan, trunk=trunk()), way)) == "300"


def test_the_trace_says_which_hours_decided_and_why() -> None:
    sales = department(hours=CLOSED, routes=ROUTES)
    plan = tenant(
        (person("100", department=sales.id, hours=CLOSED),), departments={sales.id: sales}
    )
    trace = Trace()
    decision = by_hours(facts(plan, trace=trace, now=NOON), Way(user("100")))
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.UNKNOWN_NUMBER
    assert [(n.rule, n.why) for n in trace.notes] == [
        ("sales", "closed: outside office hours"),
        ("sales", "route when closed"),
    ]
