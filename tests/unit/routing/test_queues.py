"""Who of a queue is logged in, whose phones ring, what they show, and where its calls go."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.calls.verdict import Reason, no_answer
from orchestrator.forwarding.rules import Forwarding, Profile, Status
from orchestrator.hours.rules import HoursState, Override, OverrideState, Schedule
from orchestrator.options.rules import CallOptions, NamePlace, NameSource, Options
from orchestrator.queues.rules import Strategy
from orchestrator.routing.caller_names import name_for_queue
from orchestrator.routing.decision import Announce, End, Queue, Ring
from orchestrator.routing.dialled import LOOP, dialled, follow, reach
from orchestrator.routing.facts import Idle
from orchestrator.routing.inbound import inbound
from orchestrator.routing.outside_lines import DidLine
from orchestrator.routing.plan import AgentLine, HoursRouteLine, Person, QueueLine
from orchestrator.routing.queues import agents_of, staffed, why_logged_out, why_silent
from orchestrator.routing.ring_groups import NOBODY, SPOKEN_NOBODY, unanswered
from orchestrator.routing.simulate import MOST_STEPS, Simulated, simulate
from orchestrator.routing.transferred import transferred
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import NOON, facts, person, trunk
from tests.factories.queues import agent, queue, with_queues

K = DestinationKind
FORCED_CLOSED = Schedule(overrides=(Override(OverrideState.CLOSED),))
ANN, BOB, CAROL = agent("101"), agent("102"), agent("103")
HERE, NOT_HERE = AgentLine(BOB.id), AgentLine(BOB.id, logged_in=False)


class Talking(Idle):
    """102 is on a call."""

    def calls_of(self, person: str) -> int:
        return int(person == BOB.id)


# -- who is logged in --------------------------------------------------------------------------


def forwarded(**changes: object) -> Person:
    mine = replace(Forwarding(queues=True), **changes)  # type: ignore[arg-type]
    return person("102", forwarding=mine, hours=FORCED_CLOSED)


@pytest.mark.parametrize(
    ("line", "who", "why"),
    [
        pytest.param(HERE, BOB, None, id="in both"),
        pytest.param(NOT_HERE, BOB, "is logged out of this queue", id="out of this one"),
        pytest.param(HERE, person("102"), "is logged out of all queues", id="new agents are out"),
        pytest.param(
            NOT_HERE,
            person("102"),
            "is logged out of this queue",
            id="the log-in to all is no override",
        ),
        pytest.param(HERE, agent("102", Status.AWAY), None, id="away is not out"),
        pytest.param(
            HERE,
            agent("102", Status.AWAY, leave_queues=True),
            "status away leaves the queues",
            id="a status that leaves",
        ),
        pytest.param(
            HERE,
            agent("102", leave_queues=True),
            "status available leaves the queues",
            id="even when it rings",
        ),
        pytest.param(
            HERE,
            forwarded(
                temporary=Status.CUSTOM_AWAY,
                temporary_until=NOON + timedelta(minutes=1),
                profiles={Status.CUSTOM_AWAY: Profile(Status.CUSTOM_AWAY, leave_queues=True)},
            ),
            "status custom_away leaves the queues",
            id="for a time",
        ),
        pytest.param(
            HERE,
            forwarded(
                auto_switch=True,
                profiles={Status.DO_NOT_DISTURB: Profile(Status.DO_NOT_DISTURB, leave_queues=True)},
            ),
            "status do_not_disturb leaves the queues",
            id="a status of the hours",
        ),
        pytest.param(HERE, forwarded(), None, id="hours alone do not"),
        pytest.param(
            HERE,
            forwarded(leave_queues_when_closed=True),
            "leaves the queues while closed",
            id="hours do when told to",
        ),
    ],
)
def test_an_agent_is_logged_in_to_all_queues_and_to_this_one(
    line: AgentLine, who: Person, why: str | None
) -> None:
    assert why_logged_out(line, who, NOON) == why
    plan = with_queues(who, queues=(queue(line),))
    assert staffed(plan, plan.queues["queue-800"], NOON) is (why is None)


def test_nobody_is_there_in_a_queue_without_agents() -> None:
    plan = with_queues(queues=(queue(),))
    assert not staffed(plan, plan.queues["queue-800"], NOON)


def test_one_who_is_logged_in_is_enough() -> None:
    plan = with_queues(person("101"), BOB, queues=(queue(person("101"), BOB),))
    assert staffed(plan, plan.queues["queue-800"], NOON)


def test_agents_are_in_the_order_of_the_queue_without_those_who_are_gone() -> None:
    plan = with_queues(ANN, CAROL, queues=(queue(CAROL, BOB, ANN),))
    found = list(agents_of(plan, plan.queues["queue-800"]))
    assert [(line.person, who.number) for line, who in found] == [
        ("user-103", "103"),
        ("user-101", "101"),
    ]


# -- whose phones ring -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "ring_busy", "why"),
    [
        pytest.param(BOB, True, None, id="talks, takes several"),
        pytest.param(BOB, False, "is on a call", id="the queue leaves them in peace"),
        pytest.param(agent("102", several_calls=False), True, "is on a call", id="takes one"),
        pytest.param(agent("103", several_calls=False), False, None, id="takes one, and is free"),
        pytest.param(agent("103", Status.CUSTOM_AVAILABLE), False, None, id="lunch"),
        pytest.param(agent("103", Status.AWAY), False, "status away", id="away"),
        pytest.param(agent("103", Status.DO_NOT_DISTURB), False, "status do_not_disturb", id="dnd"),
        pytest.param(
            agent("103", Status.CUSTOM_AWAY), False, "status custom_away", id="business trip"
        ),
        pytest.param(agent("103", ring_group_calls=False), False, None, id="no calls of groups"),
        pytest.param(person("103", devices=0), False, "has no device", id="no device"),
    ],
)
def test_whose_phones_ring(who: Person, ring_busy: bool, why: str | None) -> None:
    assert why_silent(queue(who, ring_busy=ring_busy), who, NOON, Talking()) == why


statuses = st.sampled_from(Status)
people = st.builds(
    lambda devices, forwarding: person("102", devices, forwarding=forwarding),
    st.integers(0, 2),
    st.builds(
        Forwarding,
        status=statuses,
        queues=st.booleans(),
        auto_switch=st.booleans(),
        leave_queues_when_closed=st.booleans(),
        profiles=st.lists(
            st.builds(Profile, statuses, several_calls=st.booleans(), leave_queues=st.booleans())
        ).map(lambda found: {each.status: each for each in found}),
    ),
)


@given(people, st.booleans())
def test_logging_out_of_one_queue_or_of_all_always_counts(who: Person, here: bool) -> None:
    out = replace(who, forwarding=replace(who.forwarding, queues=False))
    assert why_logged_out(AgentLine(who.id, logged_in=here), out, NOON)
    assert why_logged_out(AgentLine(who.id, logged_in=False), who, NOON)


# -- what phones show --------------------------------------------------------------------------


def named(source: NameSource, place: NamePlace, own: str, **changes: object) -> str:
    options = Options(calls=CallOptions(name_source=source, name_place=place))
    plan = with_queues(ANN, queues=(queue(ANN, caller_name=own),), options=options)
    known = facts(plan, caller="0612", name="Ada", did_name="Hotline", **changes)
    return name_for_queue(known, plan.queues["queue-800"])


@pytest.mark.parametrize(
    ("source", "place", "own", "outside", "inside"),
    [
        (NameSource.NONE, NamePlace.BEFORE, "", "", ""),
        (NameSource.NONE, NamePlace.BEFORE, "Help", "Help: Ada", "Help: Ada"),
        (NameSource.QUEUE, NamePlace.BEFORE, "", "Support: Ada", ""),
        (NameSource.QUEUE, NamePlace.AFTER, "", "Ada (Support)", ""),
        (NameSource.QUEUE, NamePlace.AFTER, "Help", "Ada (Help)", "Ada (Help)"),
        (NameSource.DID, NamePlace.BEFORE, "", "Hotline: Ada", ""),
        (NameSource.DEPARTMENT, NamePlace.AFTER, "", "Ada (sales)", ""),
    ],
)
def test_agents_see_how_the_call_came(
    source: NameSource, place: NamePlace, own: str, outside: str, inside: str
) -> None:
    assert named(source, place, own, trunk=trunk()) == outside
    assert named(source, place, own, person=BOB) == inside


def test_a_call_that_comes_to_a_person_by_no_queue_is_shown_plainly() -> None:
    options = Options(calls=CallOptions(name_source=NameSource.QUEUE))
    plan = with_queues(ANN, queues=(queue(ANN),), options=options)
    decision = reach(facts(plan, caller="0612", name="Ada", trunk=trunk()), ANN)
    assert isinstance(decision, Ring)
    assert decision.caller_name == ""


# -- where calls go ----------------------------------------------------------------------------


def test_its_number_and_what_leads_to_it_let_the_caller_wait() -> None:
    plan = with_queues(ANN, queues=(queue(ANN),))
    line = plan.queues["queue-800"]
    assert dialled(facts(plan, person=ANN), ANN, "800") == Queue(line)
    assert follow(facts(plan), Destination(K.QUEUE, line.id)) == Queue(line)
    did = DidLine("d", "0201", None, "Hotline", Destination(K.QUEUE, line.id))
    plan = replace(plan, dids=(did,))
    assert inbound(facts(plan, caller="0612", trunk=trunk()), trunk(), "0201") == Queue(line)


def test_a_queue_that_is_gone_is_an_unknown_number() -> None:
    assert isinstance(follow(facts(with_queues(ANN, queues=())), Destination(K.QUEUE, "q")), End)


@pytest.mark.parametrize("outside", [True, False])
def test_its_own_route_for_closed_hours_takes_all_callers(outside: bool) -> None:
    route = HoursRouteLine(Destination(K.USER, ANN.id), "sorry")
    line = queue(BOB, routes={HoursState.CLOSED: route})
    plan = with_queues(ANN, BOB, CAROL, queues=(line,))
    department = replace(plan.departments["dep-sales"], hours=FORCED_CLOSED)
    plan = replace(plan, departments={"dep-sales": department})
    who = {"trunk": trunk()} if outside else {"person": CAROL}
    decision = follow(facts(plan, **who), Destination(K.QUEUE, line.id))
    assert isinstance(decision, Announce)
    assert decision.prompts == ("sorry",)
    assert isinstance(decision.then, Ring)
    assert decision.then.person == ANN


def test_nobody_waits_twice_in_a_queue_that_had_the_call_in_vain() -> None:
    plan = with_queues(ANN, queues=(queue(ANN),))
    tried = facts(plan, tried=frozenset({"queue-800"}))
    assert follow(tried, Destination(K.QUEUE, "queue-800")) == End(LOOP)


def waiting(number: str, to: str) -> QueueLine:
    away = Destination(K.QUEUE, f"queue-{to}")
    return queue(ANN, id=f"queue-{number}", number=number, name=number, no_answer=away)


def test_queues_that_lead_to_each_other_end_with_words() -> None:
    plan = with_queues(ANN, queues=(waiting("800", "801"), waiting("801", "800")))
    first = unanswered(facts(plan), plan.queues["queue-800"], no_answer())
    assert first == Queue(plan.queues["queue-801"])
    both = facts(plan, tried=frozenset({"queue-800"}))
    last = unanswered(both, plan.queues["queue-801"], no_answer())
    assert last == End(no_answer(), SPOKEN_NOBODY)


def test_a_queue_without_a_destination_says_that_nobody_is_available() -> None:
    plan = with_queues(ANN, queues=(queue(ANN),))
    ended = unanswered(facts(plan), plan.queues["queue-800"], no_answer())
    assert ended == End(no_answer(), SPOKEN_NOBODY)


def test_whoever_is_transferred_to_a_queue_waits_there_and_does_not_come_back() -> None:
    plan = with_queues(ANN, BOB, queues=(queue(ANN),))
    found = transferred(facts(plan, person=BOB), "800", "Ada")
    assert found == Queue(plan.queues["queue-800"])


def test_a_queue_has_no_voicemail() -> None:
    plan = with_queues(ANN, BOB, queues=(queue(ANN),))
    assert isinstance(dialled(facts(plan, person=BOB), BOB, "*4800"), End)


# -- the simulator -----------------------------------------------------------------------------


def agents_told(found: Simulated) -> list[tuple[str, str]]:
    return [(note.rule, note.why) for note in found.notes if note.step == "agent"]


def test_the_simulator_shows_who_rings_who_does_not_and_what_follows() -> None:
    out, gone = person("103"), agent("104", leave_queues=True)
    away, talks = agent("105", Status.AWAY), agent("102", several_calls=False)
    team = (ANN, AgentLine(CAROL.id, logged_in=False), out, gone, away, talks, agent("106"))
    line = queue(*team, no_answer=Destination(K.BUSY), strategy=Strategy.ROUND_ROBIN)
    everybody = (ANN, out, gone, away, talks, agent("106"))
    plan = with_queues(*everybody, queues=(line,))
    found = simulate(facts(plan, person=ANN, live=Talking()), "800")
    assert (found.kind, found.target) == ("queue_round_robin", "800 Support")
    assert found.seconds == line.ring_seconds
    assert found.ways == ("106 User 106",)
    assert agents_told(found) == [
        ("101", "logged in, calls the queue"),
        ("103", "is logged out of this queue"),
        ("103", "is logged out of all queues"),
        ("104", "status available leaves the queues"),
        ("105", "logged in, status away"),
        ("102", "logged in, is on a call"),
        ("106", "logged in, rings"),
    ]
    assert [note.step for note in found.notes][-1] == "queue"
    assert list(found.then) == ["no_answer"]
    assert found.then["no_answer"].reason is Reason.BUSY


def test_the_simulator_shows_agents_in_the_order_of_their_groups() -> None:
    team = (AgentLine(ANN.id, 2), AgentLine(BOB.id, 1), AgentLine(CAROL.id, 2))
    line = queue(*team, strategy=Strategy.SKILLS_RING_ALL)
    plan = with_queues(ANN, BOB, CAROL, queues=(line,))
    found = simulate(facts(plan, trunk=trunk(), caller="0612"), "800")
    assert found.kind == "end", "no DID leads there"
    found = simulate(facts(plan, person=person("109")), "800")
    assert found.ways == ("102 User 102, skill 1", "101 User 101, skill 2", "103 User 103, skill 2")


def test_when_nobody_is_logged_in_the_simulator_shows_only_where_the_call_goes() -> None:
    line = queue(person("102"), no_answer=Destination(K.USER, CAROL.id))
    plan = with_queues(ANN, person("102"), CAROL, queues=(line,))
    found = simulate(facts(plan, person=ANN), "800")
    assert (found.ways, found.seconds) == ((), 0)
    assert agents_told(found) == [("102", "is logged out of all queues")]
    assert found.notes[-1].why == "nobody is logged in"
    assert list(found.then) == ["nobody_available"]
    assert found.then["nobody_available"].target == "103 User 103"
    alone = with_queues(ANN, queues=(queue(),))
    end = simulate(facts(alone, person=ANN), "800").then["nobody_available"]
    assert (end.kind, end.reason) == ("end", NOBODY.reason)


def steps(found: Simulated) -> int:
    return 1 + sum(steps(each) for each in found.then.values())


def test_queues_in_a_circle_are_shown_once() -> None:
    plan = with_queues(ANN, queues=(waiting("800", "801"), waiting("801", "800")))
    found = simulate(facts(plan, person=BOB), "800")
    last = found.then["no_answer"].then["no_answer"]
    assert (last.kind, last.reason) == ("end", Reason.NO_ANSWER)
    assert steps(found) == 3


def test_a_circle_by_a_department_is_cut_off() -> None:
    line = queue(ANN, no_answer=Destination(K.DEPARTMENT, "dep-sales"))
    plan = with_queues(ANN, queues=(line,))
    back = {HoursState.OPEN: HoursRouteLine(Destination(K.QUEUE, line.id))}
    menu = replace(plan.departments["dep-sales"], routes=back)
    plan = replace(plan, departments={"dep-sales": menu})
    found = simulate(facts(plan, person=BOB), "800")
    again = found.then["no_answer"].then["afterwards"]
    assert (again.kind, again.then) == ("queue_hunt", {})
    assert again.notes[-1].step == "loop"
    assert steps(found) < MOST_STEPS
