"""Whom a call to a ring group rings, what it shows, and where it goes when nobody takes it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.calls.verdict import Reason, Verdict, busy, no_answer
from orchestrator.forwarding.rules import (
    CallSource,
    ExceptionLine,
    Forwarding,
    Profile,
    Split,
    Status,
    When,
)
from orchestrator.hours.rules import HoursState, Override, OverrideState, Schedule, TimeFilter
from orchestrator.options.rules import CallOptions, NamePlace, NameSource, Options
from orchestrator.ring_groups.rules import Strategy
from orchestrator.routing.caller_names import name_for_group
from orchestrator.routing.decision import Announce, Decision, End, Ring, RingGroup
from orchestrator.routing.dialled import LOOP, dialled, follow, unreached
from orchestrator.routing.facts import Facts, Idle
from orchestrator.routing.inbound import inbound
from orchestrator.routing.outside_lines import DidLine
from orchestrator.routing.plan import HoursRouteLine, Person, RingGroupLine, TenantPlan
from orchestrator.routing.ring_groups import (
    NOBODY,
    SPOKEN_NOBODY,
    ready,
    unanswered,
    why_nobody,
)
from orchestrator.routing.simulate import simulate
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import department, facts, person, tenant, trunk

K = DestinationKind
CLOSED = Schedule(overrides=(Override(OverrideState.CLOSED),))
ANN, BOB, CAROL = person("101"), person("102"), person("103")


def group(*members: Person, **changes: object) -> RingGroupLine:
    made = RingGroupLine(
        "g1", "800", "Support", "dep-sales", Strategy.RING_ALL, tuple(each.id for each in members)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def acme(*people: Person, groups: tuple[RingGroupLine, ...] = (), **changes: object) -> TenantPlan:
    made = tenant(people, (trunk(),), departments={"dep-sales": department()})
    extensions = dict(made.extensions)
    extensions |= {each.number: Destination(K.RING_GROUP, each.id) for each in groups}
    made = replace(made, extensions=extensions, ring_groups={each.id: each for each in groups})
    return replace(made, **changes)  # type: ignore[arg-type]


def profiled(number: str, status: Status = Status.AVAILABLE, **changes: object) -> Person:
    profile = replace(Profile(status), **changes)  # type: ignore[arg-type]
    return person(number, forwarding=Forwarding(status, profiles={status: profile}))


class Talking(Idle):
    """102 is on a call."""

    def calls_of(self, person: str) -> int:
        return int(person == BOB.id)


EXCEPTION = ExceptionLine(
    "e",
    "All",
    "",
    CallSource.ANY,
    TimeFilter.ALL_HOURS,
    (),
    When.ALWAYS,
    Destination(K.EXTERNAL, "0612345678"),
)


@pytest.mark.parametrize(
    ("member", "rings"),
    [
        pytest.param(BOB, True, id="available"),
        pytest.param(profiled("102", Status.CUSTOM_AVAILABLE), True, id="lunch"),
        pytest.param(profiled("102", Status.AWAY), False, id="away"),
        pytest.param(profiled("102", Status.DO_NOT_DISTURB), False, id="do-not-disturb"),
        pytest.param(profiled("102", Status.CUSTOM_AWAY), False, id="business-trip"),
        pytest.param(profiled("102", ring_group_calls=False), False, id="opted-out"),
        pytest.param(profiled("102", several_calls=True), True, id="talks-takes-several"),
        pytest.param(profiled("102", several_calls=False), False, id="talks-takes-one"),
        pytest.param(person("102", devices=0), False, id="no-device"),
        pytest.param(
            person("102", forwarding=Forwarding(exceptions=(EXCEPTION,))), True, id="exception"
        ),
    ],
)
def test_a_member_rings_or_is_left_out_and_nothing_else(member: Person, rings: bool) -> None:
    plan = acme(ANN, member, groups=(group(ANN, member),))
    found = ready(facts(plan, live=Talking()), plan.ring_groups["g1"])
    assert [each.number for each in found] == (["101", "102"] if rings else ["101"])


def test_members_ring_in_the_order_of_the_group_and_not_who_calls() -> None:
    plan = acme(ANN, BOB, CAROL, groups=(group(CAROL, ANN, BOB),))
    numbers = [each.number for each in ready(facts(plan, person=ANN), plan.ring_groups["g1"])]
    assert numbers == ["103", "102"]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        pytest.param((), NOBODY, id="empty"),
        pytest.param((profiled("101", Status.AWAY),), NOBODY, id="all-away"),
        pytest.param((profiled("102", several_calls=False),), busy(), id="all-talk"),
    ],
)
def test_why_nobody_rings(people: tuple[Person, ...], expected: Verdict) -> None:
    plan = acme(*people, groups=(group(*people),))
    assert why_nobody(facts(plan, live=Talking()), plan.ring_groups["g1"]) == expected


# -- the way in --------------------------------------------------------------------------------


def call(plan: TenantPlan, number: str = "800", **changes: object) -> Decision:
    return dialled(facts(plan, **changes), ANN, number)


def outside(plan: TenantPlan, to: Destination, **otherwise: Destination) -> Decision:
    states = {HoursState(state): way for state, way in otherwise.items()}
    did = DidLine("d", "+3120", None, "Hotline", to, states)
    return inbound(facts(replace(plan, dids=(did,)), trunk=trunk()), trunk(), "+3120")


def test_a_group_is_dialled_and_reached_by_its_did() -> None:
    plan = acme(ANN, BOB, groups=(group(BOB),))
    line = plan.ring_groups["g1"]
    assert call(plan) == RingGroup(line)
    assert outside(plan, Destination(K.RING_GROUP, "g1")) == RingGroup(line)
    gone = follow(facts(plan), Destination(K.RING_GROUP, "gone"))
    assert isinstance(gone, End)
    assert gone.verdict.reason is Reason.UNKNOWN_NUMBER


def test_its_own_routes_count_for_everybody_and_the_departments_for_outside_alone() -> None:
    own = {HoursState.CLOSED: HoursRouteLine(Destination(K.USER, CAROL.id), "closed")}
    of_all = {HoursState.CLOSED: HoursRouteLine(Destination(K.BUSY))}
    closed = department(hours=CLOSED, routes=of_all)
    to_group = Destination(K.RING_GROUP, "g1")
    with_own = acme(
        ANN, BOB, CAROL, groups=(group(BOB, routes=own),), departments={closed.id: closed}
    )
    for found in (call(with_own), outside(with_own, to_group)):
        assert isinstance(found, Announce)
        assert isinstance(found.then, Ring)
        assert (found.prompts, found.then.person) == (("closed",), CAROL)
    without = acme(ANN, BOB, groups=(group(BOB),), departments={closed.id: closed})
    assert isinstance(call(without), RingGroup)
    assert isinstance(outside(without, to_group), End)


# -- nobody answers ----------------------------------------------------------------------------


def test_after_one_round_the_call_goes_to_the_destination() -> None:
    plan = acme(ANN, BOB, CAROL)
    to_carol = group(BOB, no_answer=Destination(K.USER, CAROL.id))
    found = unanswered(facts(plan), to_carol, no_answer())
    assert isinstance(found, Ring)
    assert found.person == CAROL
    assert unanswered(facts(plan), group(BOB), no_answer()) == End(no_answer(), SPOKEN_NOBODY)


def test_the_hours_of_another_department_count_anew_for_calls_from_outside() -> None:
    closed = department(
        "support", hours=CLOSED, routes={HoursState.CLOSED: HoursRouteLine(Destination(K.BUSY))}
    )
    carol = replace(CAROL, department=closed.id, hours=CLOSED)
    plan = acme(ANN, carol, departments={"dep-sales": department(), closed.id: closed})
    line = group(ANN, no_answer=Destination(K.USER, CAROL.id))
    assert isinstance(unanswered(facts(plan), line, no_answer()), Ring)
    away = unanswered(facts(plan, trunk=trunk()), line, no_answer())
    assert isinstance(away, End)
    assert away.verdict.reason is Reason.BUSY


def test_groups_that_lead_to_each_other_are_tried_once_each() -> None:
    first = group(ANN, no_answer=Destination(K.RING_GROUP, "g2"))
    second = group(BOB, id="g2", number="801", no_answer=Destination(K.RING_GROUP, "g1"))
    plan = acme(ANN, BOB, groups=(first, second))
    assert unanswered(facts(plan), first, no_answer()) == RingGroup(second)
    back = unanswered(facts(plan, tried=frozenset({"g1"})), second, no_answer())
    assert back == End(no_answer(), SPOKEN_NOBODY)
    assert follow(facts(plan, tried=frozenset({"g1"})), Destination(K.RING_GROUP, "g1")) == End(
        LOOP
    )


def test_a_person_whose_calls_go_to_a_tried_group_ends_the_call() -> None:
    way = Destination(K.RING_GROUP, "g1")
    forwarding = Forwarding(
        profiles={Status.AVAILABLE: Profile(Status.AVAILABLE, {When.NO_ANSWER: Split(way, way)})}
    )
    bob = replace(BOB, forwarding=forwarding)
    plan = acme(ANN, bob, groups=(group(ANN),))
    tried = facts(plan, tried=frozenset({"g1"}))
    assert unreached(tried, bob, no_answer()) == End(no_answer())
    assert isinstance(unreached(facts(plan), bob, no_answer()), RingGroup)


@given(st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_however_groups_lead_to_each_other_a_call_ends(ways: list[int]) -> None:
    groups = tuple(
        group(ANN, id=f"g{n}", number=f"80{n}", no_answer=Destination(K.RING_GROUP, f"g{to}"))
        for n, to in enumerate(ways)
    )
    plan = acme(ANN, BOB, groups=groups)
    decision: Decision = RingGroup(groups[0])
    tried: frozenset[str] = frozenset()
    rung = 0
    while isinstance(decision, RingGroup):
        rung += 1
        line = decision.group
        decision = unanswered(facts(plan, tried=tried), line, no_answer())
        tried |= {line.id}
    assert decision == End(no_answer(), SPOKEN_NOBODY)
    assert rung <= len(groups)


# -- names -------------------------------------------------------------------------------------


def named(source: NameSource, place: NamePlace, own: str, **changes: object) -> str:
    options = Options(calls=CallOptions(name_source=source, name_place=place))
    plan = acme(ANN, groups=(group(ANN, caller_name=own),), options=options)
    known: Facts = facts(plan, caller="0612", name="Ada", did_name="Hotline", **changes)
    return name_for_group(known, plan.ring_groups["g1"])


@pytest.mark.parametrize(
    ("source", "place", "own", "outside", "inside"),
    [
        (NameSource.NONE, NamePlace.BEFORE, "", "", ""),
        (NameSource.NONE, NamePlace.BEFORE, "Help", "Help: Ada", "Help: Ada"),
        (NameSource.DID, NamePlace.BEFORE, "", "Hotline: Ada", ""),
        (NameSource.DID, NamePlace.AFTER, "Help", "Ada (Help)", "Ada (Help)"),
        (NameSource.DEPARTMENT, NamePlace.AFTER, "", "Ada (sales)", ""),
    ],
)
def test_members_see_how_the_call_came(
    source: NameSource, place: NamePlace, own: str, outside: str, inside: str
) -> None:
    assert named(source, place, own, trunk=trunk()) == outside
    assert named(source, place, own, person=BOB) == inside


# -- other -------------------------------------------------------------------------------------


def test_the_simulator_shows_who_rings_who_does_not_and_what_follows() -> None:
    away = profiled("103", Status.AWAY)
    line = group(BOB, away, no_answer=Destination(K.BUSY), strategy=Strategy.HUNT)
    plan = acme(ANN, BOB, away, groups=(line,))
    found = simulate(facts(plan, person=ANN), "800")
    assert (found.kind, found.target, found.seconds) == ("ring_group_hunt", "800 Support", 20)
    assert found.ways == ("102 User 102",)
    told = [(note.rule, note.why) for note in found.notes if note.step == "member"]
    assert told == [("102", "rings"), ("103", "status away")]
    assert found.then["no_answer"].reason is Reason.BUSY
