"""What hot-desk phones may dial, and what their code leads to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.calls.verdict import Reason
from orchestrator.options.rules import DEFAULT_CODES, Code, Options
from orchestrator.prompts.phrases import Phrase
from orchestrator.routing.decision import Decision, DialOut, End, HotDesk, Ring
from orchestrator.routing.facts import Facts
from orchestrator.routing.first_step import first_step
from orchestrator.routing.plan import TenantPlan
from orchestrator.routing.transferred import transferred
from tests.factories.plans import (
    department,
    facts,
    hot_desk,
    person,
    route,
    rule,
    tenant,
    trunk,
    with_desks,
)

ANN, BOB = person("101"), person("102")
EMPTY, ANNS = hot_desk("lobby"), hot_desk("attic", ANN)
ACME = with_desks(
    tenant(
        (ANN, BOB),
        (trunk(),),
        outbound_rules=(rule("0", route(strip=1)), rule("")),
        departments={"dep-sales": department()},
    ),
    *(EMPTY, ANNS),
)


def at_unused(plan: TenantPlan = ACME) -> Facts:
    return facts(plan, name="Lobby", hot_desk=EMPTY)


def at_anns(plan: TenantPlan = ACME) -> Facts:
    return facts(plan, caller="101", person=plan.people[ANN.id], hot_desk=ANNS)


def emergency(decision: Decision) -> str | None:
    return decision.number if isinstance(decision, DialOut) and decision.emergency else None


@pytest.mark.parametrize("number", ["112", "0112", "*5112", "112**7"])
def test_calls_for_help_are_made_by_anybody(number: str) -> None:
    assert emergency(first_step(at_unused(), number)) == "112"
    full = replace(ACME, max_calls=1)
    assert emergency(first_step(at_unused(full), number, calls=1)) == "112"
    suspended = replace(ACME, suspended=True)
    assert emergency(first_step(at_unused(suspended), number)) == "112"


@pytest.mark.parametrize(
    "number",
    [
        "102",
        "0201234567",
        "999",
        "777",
        "*62",
        "*30",
        "*20*",
        "*10",
        "*5102",
        "0",
        "h@x",
        "*77*101",
    ],
)
def test_nothing_else_is(number: str) -> None:
    decision = first_step(at_unused(), number)
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.NOT_LOGGED_IN
    assert decision.prompts == (Phrase.LOG_IN_FIRST, "digits:*77*")


@given(st.text("0123456789*#+", min_size=1, max_size=12))
def test_whatever_is_dialled_calls_nobody_but_for_help(number: str) -> None:
    decision = first_step(at_unused(), number)
    assert emergency(decision) == "112" or isinstance(decision, End | HotDesk)


def test_without_a_code_it_is_not_said() -> None:
    codes = DEFAULT_CODES | {Code.HOT_DESKING: ""}
    decision = first_step(at_unused(replace(ACME, options=Options(codes=codes))), "*77*")
    assert isinstance(decision, End)
    assert decision.prompts == (Phrase.LOG_IN_FIRST,)


@pytest.mark.parametrize(
    ("number", "decision"),
    [
        pytest.param("*77*", HotDesk(), id="asks who it is"),
        pytest.param("*77*102*", HotDesk("102"), id="says who it is"),
        pytest.param("*77*5*", HotDesk(out=True), id="log out"),
        pytest.param("*77*55*", HotDesk("55"), id="a number that begins so"),
    ],
)
def test_the_code_works_used_or_not(number: str, decision: Decision) -> None:
    assert first_step(at_unused(), number) == decision
    assert first_step(at_anns(), number) == decision


def test_other_devices_are_no_hot_desks() -> None:
    decision = first_step(facts(ACME, caller="102", person=BOB), "*77*")
    assert isinstance(decision, End)
    assert decision.prompts == (Phrase.NOT_AVAILABLE,)


def test_a_used_one_calls_as_its_user() -> None:
    assert first_step(at_anns(), "102") == Ring(BOB)
    out = first_step(at_anns(), "0201234567")
    assert isinstance(out, DialOut)
    assert not out.emergency


def test_a_suspended_tenant_has_nobody_log_in() -> None:
    decision = first_step(at_unused(replace(ACME, suspended=True)), "*77*")
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.SUSPENDED


def test_nobody_is_transferred_to_the_login() -> None:
    decision = transferred(at_anns(), "*77*102*", "Eve")
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.NOT_ALLOWED
