"""Where a number goes that a person dialled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.calls.verdict import Reason
from orchestrator.routing.decision import Attempt, DialOut, End, Feature, Park, PickUp, Ring, Unpark
from orchestrator.routing.dialled import dialled, follow
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import facts, person, route, rule, tenant, trunk

ANN, BOB = person("100"), person("101")
MAIN = trunk()
ACME = tenant((ANN, BOB), (MAIN,), outbound_rules=(rule("0", route(strip=1, prepend="+31")),))


def test_an_extension_rings_its_user() -> None:
    assert dialled(facts(ACME), ANN, "101") == Ring(BOB)


def test_an_outside_number_leaves_reformatted_by_the_rules_trunk() -> None:
    decision = dialled(facts(ACME), ANN, "0201234567")
    assert decision == DialOut(
        "0201234567", (Attempt(MAIN, "+31201234567", MAIN.caller_id),), "rule-0"
    )


def test_the_caller_id_of_the_rule_goes_before_the_persons_and_the_trunks() -> None:
    own = person("102", outbound_caller_id="+31205550102")
    by_person = tenant((own,), (MAIN,), outbound_rules=(rule("0"),))
    by_rule = tenant((own,), (MAIN,), outbound_rules=(rule("0", route(caller_id="+31205550000")),))
    first, second = dialled(facts(by_person), own, "0201"), dialled(facts(by_rule), own, "0201")
    assert isinstance(first, DialOut)
    assert isinstance(second, DialOut)
    assert (first.attempts[0].caller_id, second.attempts[0].caller_id) == (
        "+31205550102",
        "+31205550000",
    )


def test_a_mistyped_extension_is_an_unknown_number() -> None:
    decision = dialled(facts(ACME), ANN, "199")
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.UNKNOWN_NUMBER
    assert decision.prompts


def test_an_outside_number_without_a_rule_says_so() -> None:
    decision = dialled(facts(ACME), ANN, "9201234567")
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.NO_OUTBOUND_RULE


def test_a_person_who_may_not_call_out_is_refused_but_reaches_emergency() -> None:
    locked = person("102", may_call_out=False)
    acme = tenant((locked, BOB), (MAIN,), outbound_rules=(rule("0"),))
    refused, emergency = dialled(facts(acme), locked, "0201"), dialled(facts(acme), locked, "112")
    assert isinstance(refused, End)
    assert refused.verdict.reason is Reason.NOT_ALLOWED
    assert isinstance(emergency, DialOut)
    assert (emergency.number, emergency.emergency) == ("112", True)


def test_emergency_needs_no_rule_and_goes_before_an_extension_of_that_number() -> None:
    clash = person("112")
    decision = dialled(facts(tenant((ANN, clash), (MAIN,))), ANN, "112")
    assert isinstance(decision, DialOut)
    assert decision.emergency


def test_a_trunk_that_is_switched_off_is_not_used() -> None:
    acme = tenant((ANN,), (trunk(outbound=False),), outbound_rules=(rule("0"),))
    for number in ("0201234567", "112"):
        decision = dialled(facts(acme), ANN, number)
        assert isinstance(decision, End)
        assert decision.verdict.reason is Reason.TRUNK_DOWN


def test_the_first_rule_that_fits_decides() -> None:
    rules = (
        rule("00", id="international"),
        rule("0", id="national", lengths=((10, 10),)),
        rule("", id="rest", lengths=((4, 30),)),
    )
    acme = tenant((ANN,), (MAIN,), outbound_rules=rules)
    taken = []
    for number in ("0044201", "0201234567", "02012345678"):
        decision = dialled(facts(acme), ANN, number)
        assert isinstance(decision, DialOut)
        taken.append(decision.rule)
    assert taken == ["international", "national", "rest"]


def test_an_extension_that_is_a_destination_leads_to_its_owner() -> None:
    assert follow(facts(ACME), Destination(DestinationKind.EXTENSION, "101")) == Ring(BOB)


@pytest.mark.parametrize(
    "number",
    ["0201@trunk-other", "0201/x", "0201;a=b", "0 201", "", "0" * 65, "０１"],
    ids=["at", "slash", "parameter", "space", "empty", "long", "other-digits"],
)
def test_what_no_phone_can_dial_reaches_no_dial_string(number: str) -> None:
    decision = dialled(facts(ACME), ANN, number)
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.UNKNOWN_NUMBER


@given(st.text(alphabet="0123456789*#+", max_size=20))
def test_every_number_gets_exactly_one_decision(number: str) -> None:
    decision = dialled(facts(ACME), ANN, number)
    assert isinstance(decision, Ring | DialOut | End | Feature | Park | Unpark | PickUp)
