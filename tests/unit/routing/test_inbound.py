"""Which DID a number of the outside world finds, and where it leads."""

import pytest

from orchestrator.calls.verdict import Reason
from orchestrator.routing.decision import End, Ring
from orchestrator.routing.inbound import find_did, inbound
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
