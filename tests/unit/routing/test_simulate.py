"""What the simulator says is what the rules decide, with the reasons."""

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.calls.verdict import Outcome, Reason
from orchestrator.forwarding.rules import Forwarding, Profile, Split, Status, When
from orchestrator.hours.rules import HolidayLine, HoursState, Period, Schedule
from orchestrator.ivr.rules import KeyAction
from orchestrator.routing.first_step import first_step
from orchestrator.routing.plan import DepartmentLine, HoursRouteLine, IvrKeyLine, IvrLine
from orchestrator.routing.simulate import MOST_STEPS, Simulated, simulate
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import NOON, did, facts, person, rule, tenant, trunk

MAIN = trunk()


def to(number: str) -> Destination:
    return Destination(DestinationKind.USER, f"user-{number}")


def forwards(when: When, number: str) -> Forwarding:
    split = Split(to(number), to(number))
    profile = Profile(Status.AVAILABLE, {when: split}, no_answer_seconds=12)
    return Forwarding(profiles={Status.AVAILABLE: profile})


def test_a_person_rings_and_every_way_of_not_answering_is_followed() -> None:
    ann = person("100", forwarding=forwards(When.NO_ANSWER, "101"))
    acme = tenant((ann, person("101")))
    found = simulate(facts(acme, person=acme.people["user-101"]), "100")
    assert (found.kind, found.target, found.seconds) == ("ring", "100 User 100", 12)
    assert set(found.then) == {"no_answer", "busy", "not_registered"}
    assert found.then["no_answer"].target == "101 User 101"
    assert found.then["busy"].reason is Reason.BUSY
    assert [note.why for note in found.notes] == ["belongs to user", "status available"]


def test_a_circle_is_shown_once_and_cut_off() -> None:
    ann = person("100", forwarding=forwards(When.NO_ANSWER, "101"))
    bob = person("101", forwarding=forwards(When.NO_ANSWER, "100"))
    acme = tenant((ann, bob))
    found = simulate(facts(acme, person=bob), "100")
    again = found.then["no_answer"].then["no_answer"]
    assert (again.kind, again.reason) == ("end", Reason.NO_ANSWER)
    assert again.notes[-1].step == "loop"


def test_a_call_from_outside_names_did_holiday_and_route() -> None:
    christmas = HolidayLine(
        "h",
        "Christmas",
        date(2026, 12, 25),
        date(2026, 12, 26),
        prompt="xmas",
    )
    hours = Schedule("Europe/Amsterdam", (Period(4, 540, 1020),), holidays=(christmas,))
    route = HoursRouteLine(to("101"))
    sales = DepartmentLine("sales", "Sales", "en", hours, {HoursState.HOLIDAY: route})
    ann = person("100", department="sales", hours=hours)
    acme = tenant(
        (ann, person("101")), (MAIN,), dids=(did("5551000", "100"),), departments={"sales": sales}
    )
    at = datetime(2026, 12, 25, 10, tzinfo=UTC)
    found = simulate(facts(acme, now=at, trunk=MAIN, caller="0612345678"), "5551000")
    assert (found.kind, found.target) == ("announce", "xmas")
    assert [note.step for note in found.notes][:2] == ["DID", "hours"]
    assert "holiday Christmas" in found.notes[1].why
    assert found.then["afterwards"].target == "101 User 101"


def test_a_call_out_shows_its_rule_and_ways() -> None:
    acme = tenant((person("100"),), (MAIN,), outbound_rules=(rule("0"),))
    found = simulate(facts(acme, person=acme.people["user-100"]), "0201234567")
    assert (found.kind, found.target) == ("dial_out", "0201234567")
    assert found.ways == ("0201234567 by main as +31201234500",)
    assert found.notes[-1].rule == "Prefix 0"


def test_a_call_that_ends_says_how_and_why() -> None:
    acme = tenant((person("100"),), suspended=True)
    found = simulate(facts(acme, person=acme.people["user-100"]), "100")
    assert (found.kind, found.verdict, found.reason) == ("end", Outcome.REFUSED, Reason.SUSPENDED)


def steps(found: Simulated) -> int:
    return 1 + sum(steps(each) for each in found.then.values())


@given(st.lists(st.sampled_from(When), min_size=4, max_size=4), st.data())
def test_every_plan_is_followed_to_an_end(whens: list[When], data: st.DataObject) -> None:
    """Whoever forwards to whomever: the answer is finite, and begins as the call would."""
    numbers = ["100", "101", "102", "103"]
    people = tuple(
        person(number, forwarding=forwards(when, data.draw(st.sampled_from(numbers))))
        for number, when in zip(numbers, whens, strict=True)
    )
    acme = tenant(people)
    asked = facts(acme, person=people[0], now=NOON)
    found = simulate(asked, data.draw(st.sampled_from([*numbers, "199", "112", ""])))
    assert steps(found) <= 4 * MOST_STEPS


def test_the_simulator_begins_with_the_step_of_real_calls() -> None:
    acme = tenant((person("100"), person("101")), (MAIN,), outbound_rules=(rule("0"),))
    asked = facts(acme, person=acme.people["user-100"])
    for number, kind in (("101", "ring"), ("0201", "dial_out"), ("112", "end"), ("199", "end")):
        decision = type(first_step(asked, number)).__name__.lower()
        found = simulate(asked, number).kind
        assert found in {kind, "emergency"}
        assert decision == {"ring": "ring", "dial_out": "dialout", "emergency": "dialout"}.get(
            found, "end"
        )


def test_an_ivr_shows_its_keys_and_what_is_behind_them() -> None:
    again = IvrKeyLine("9", KeyAction.REPEAT)
    keys = (IvrKeyLine("1", KeyAction.GO, to("101")), again)
    night_keys = (IvrKeyLine("2", KeyAction.GO, Destination(DestinationKind.IVR, "day")),)
    night = ivr("night", "801", *night_keys)
    day = ivr("day", "800", *keys, no_input=Destination(DestinationKind.IVR, "night"))
    numbers = {"800": Destination(DestinationKind.IVR, "day")}
    acme = tenant((person("101"),), extensions=numbers, ivrs={"day": day, "night": night})
    found = simulate(facts(acme, person=acme.people["user-101"]), "800")
    assert (found.kind, found.target, found.seconds) == ("ivr", "800 day", 5)
    assert found.ways == ("1: go to user", "9: repeat")
    assert set(found.then) == {"key 1", "no_input"}
    assert found.then["key 1"].kind == "ring"
    back = found.then["no_input"].then["key 2"]
    assert (back.kind, back.then) == ("ivr", {})
    assert back.notes[-1].step == "loop"


def ivr(name: str, number: str, *keys: IvrKeyLine, **fields: object) -> IvrLine:
    line = IvrLine(name, number, name, "", "en", keys={each.keys: each for each in keys})
    return replace(line, **fields)  # type: ignore[arg-type]
