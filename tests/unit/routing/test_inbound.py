"""Which DID a number of the outside world finds, and where it leads."""

from collections.abc import Callable

import pytest

from orchestrator.calls.verdict import Reason
from orchestrator.options.rules import CallOptions, NamePlace, NameSource, Options
from orchestrator.routing.decision import End, Ring
from orchestrator.routing.dialled import reach
from orchestrator.routing.inbound import as_it_came, find_did, inbound
from orchestrator.routing.outside_lines import CallerRuleLine, Way
from orchestrator.routing.plan import DepartmentLine
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import did, facts, person, tenant, trunk

ANN, BOB = person("100"), person("101")


@pytest.mark.parametrize(
    ("number", "found"),
    [
        pytest.param("31201234567", "31201234567", id="exact"),
        pytest.param("+31201234567", "31201234567", id="plus-is-ignored"),
        pytest.param("0201234568", "*1234568", id="by-ending"),
        pytest.param("31209994568", "*4568", id="shorter-ending"),
        pytest.param("31201230000", None, id="nothing"),
        pytest.param("", None, id="empty"),
    ],
)
def test_exact_goes_before_ending_and_longer_before_shorter(number: str, found: str | None) -> None:
    dids = [did("*4568", "100"), did("31201234567", "100"), did("*1234568", "101"), did("*", "101")]
    match = find_did(tenant(dids=tuple(dids)), trunk(), number)
    assert (match.number if match else None) == found


def test_the_did_of_another_trunk_is_not_found() -> None:
    assert (
        find_did(tenant(dids=(did("5551000", "100", "trunk-other"),)), trunk(), "5551000") is None
    )


def test_a_did_of_this_trunk_goes_before_one_of_every_trunk() -> None:
    match = find_did(tenant(dids=(did("555", "100", None), did("555", "101"))), trunk(), "555")
    assert match is not None
    assert match.destination.ref == "user-101"


def test_a_did_rings_its_user() -> None:
    decision = inbound(
        facts(tenant((ANN, BOB), (trunk(),), dids=(did("5551000", "101"),))), trunk(), "5551000"
    )
    assert decision == Ring(BOB)


def test_a_number_that_leads_nowhere_is_refused_without_an_answer() -> None:
    decision = inbound(facts(tenant((ANN,), (trunk(),))), trunk(), "5551000")
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.UNKNOWN_NUMBER
    assert decision.prompts == ()


def test_a_did_whose_user_is_gone_is_an_unknown_number() -> None:
    decision = inbound(
        facts(tenant((), (trunk(),), dids=(did("5551000", "100"),))), trunk(), "5551000"
    )
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.UNKNOWN_NUMBER


def test_a_trunk_that_takes_no_calls_refuses() -> None:
    closed = trunk(inbound=False)
    decision = inbound(facts(tenant((ANN,), (closed,), dids=(did("555", "100"),))), closed, "555")
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.NOT_ALLOWED


# -- rules about callers, the trunk's own destination ---------------------------------------


def to(number: str) -> Destination:
    return Destination(DestinationKind.USER, f"user-{number}")


def caller_rule(caller: str, number: str, *trunks: str) -> CallerRuleLine:
    name = f"Rule {caller}"
    way = Way(to(number), name=name)
    return CallerRuleLine(caller, name, caller, frozenset(trunks), way)


CAROL = person("102")
RULES = (
    caller_rule("*5551234", "101"),
    caller_rule("0044*", "102"),
    caller_rule("*nonymous", "102"),
    caller_rule("+31612345678", "101"),
    caller_rule("0031*", "102", "trunk-other"),
)


@pytest.mark.parametrize(
    ("caller", "dialled", "rung"),
    [
        pytest.param("+3120555123", "0201", "100", id="no rule fits: the DID"),
        pytest.param("2145551234", "0201", "101", id="ending"),
        pytest.param("00442071234567", "0201", "102", id="beginning"),
        pytest.param("0044205551234", "0201", "101", id="the first that fits"),
        pytest.param("31612345678", "0201", "101", id="without its plus"),
        pytest.param("anonymous", "0201", "102", id="withheld"),
        pytest.param("0031201234567", "0201", "100", id="a rule of another trunk"),
        pytest.param("2145551234", "999", "101", id="a rule needs no DID"),
        pytest.param("+3120555123", "999", "102", id="no DID: the trunk's own"),
    ],
)
def test_rules_about_callers_go_first_and_the_trunk_last(
    caller: str, dialled: str, rung: str
) -> None:
    line = trunk(default_destination=to("102"))
    plan = tenant((ANN, BOB, CAROL), (line,), dids=(did("0201", "100"),), caller_rules=RULES)
    decision = inbound(facts(plan, caller=caller, trunk=line), line, dialled)
    assert isinstance(decision, Ring)
    assert decision.person.number == rung


def test_rules_and_default_of_a_trunk_that_takes_no_calls_do_not_matter() -> None:
    line = trunk(inbound=False, default_destination=to("100"))
    plan = tenant((ANN,), (line,), caller_rules=(caller_rule("1*", "100"),))
    decision = inbound(facts(plan, caller="12", trunk=line), line, "0201")
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.NOT_ALLOWED


# -- the name that tells how a call came ------------------------------------------------------


def named(source: str, place: str = "before", **changes: object) -> str:
    """The name that Ann's phone shows for a call by the DID named `DID 0201`."""
    options = Options(
        calls=CallOptions(name_source=NameSource(source), name_place=NamePlace(place))
    )
    sales = DepartmentLine("sales", "Sales", "en")
    ann = person("100", department="sales")
    line = trunk(default_destination=to("100"))
    plan = tenant(
        (ann,),
        (line,),
        dids=(did("0201", "100"),),
        departments={"sales": sales},
        options=options,
        caller_rules=(caller_rule("66*", "100"),),
    )
    number = str(changes.pop("number", "0201"))
    asked = facts(plan, **{"caller": "0612", "name": "Ada", "trunk": line} | changes)
    decision = inbound(asked, line, number)
    assert isinstance(decision, Ring)
    later = reach(as_it_came(asked, number), ann)
    assert later == decision, "a later decision of the same call shows the same"
    return decision.caller_name


@pytest.mark.parametrize(
    ("expected", "shown"),
    [
        pytest.param("", lambda: named("none"), id="plain"),
        pytest.param("DID 0201: Ada", lambda: named("did"), id="before"),
        pytest.param("Ada (DID 0201)", lambda: named("did", "after"), id="after"),
        pytest.param("Sales: Ada", lambda: named("department"), id="department"),
        pytest.param("Sales: 0612", lambda: named("department", name=""), id="nameless"),
        pytest.param("", lambda: named("did", number="999"), id="no DID, no name"),
        pytest.param("Rule 66*: Ada", lambda: named("did", caller="661"), id="caller rule"),
    ],
)
def test_the_name_shown(expected: str, shown: Callable[[], str]) -> None:
    assert shown() == expected


def test_colleagues_are_shown_as_they_are() -> None:
    options = Options(calls=CallOptions(name_source=NameSource.DEPARTMENT))
    sales = DepartmentLine("sales", "Sales", "en")
    plan = tenant(
        (person("100", department="sales"),), departments={"sales": sales}, options=options
    )
    decision = reach(facts(plan, caller="101", name="Bob"), plan.people["user-100"])
    assert isinstance(decision, Ring)
    assert decision.caller_name == ""
