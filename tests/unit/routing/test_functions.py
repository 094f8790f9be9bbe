"""What a dialled code leads to."""

from dataclasses import replace

import pytest

from orchestrator.calls.verdict import Reason
from orchestrator.options.rules import DEFAULT_CODES, Code, Options
from orchestrator.routing.decision import (
    Decision,
    DialOut,
    End,
    Feature,
    Monitor,
    MonitorMode,
    Park,
    PickUp,
    Ring,
    Unlock,
    Unpark,
)
from orchestrator.routing.dialled import dialled, follow
from orchestrator.routing.facts import Trace
from orchestrator.routing.first_step import first_step
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import facts, person, rule, tenant, trunk

ANN, BOB = person("100"), person("101")
CODES = DEFAULT_CODES | {
    Code.HOURS_OVERRIDE: "*64",
    Code.INTERCOM: "*9",
    Code.LISTEN: "#1",
    Code.WHISPER: "#2",
    Code.BARGE_IN: "#3",
}
ACME = tenant(
    (ANN, BOB), (trunk(),), outbound_rules=(rule("0"), rule("9")), options=Options(codes=CODES)
)


@pytest.mark.parametrize(
    ("number", "decision"),
    [
        pytest.param("*03", Park("3", by=ANN.id), id="park"),
        pytest.param("*13", Unpark("3"), id="unpark"),
        pytest.param("*13101", Unpark("3", "101"), id="unpark what 101 parked"),
        pytest.param("*20*", PickUp(), id="pick up"),
        pytest.param("*20*101", PickUp("101"), id="pick up at 101"),
        pytest.param("*32", Feature(Code.SET_STATUS, "2"), id="do not disturb"),
        pytest.param("*62", Feature(Code.QUEUE_LOG_IN), id="log in"),
        pytest.param("*63", Feature(Code.QUEUE_LOG_OUT), id="log out"),
        pytest.param("*64", Feature(Code.HOURS_OVERRIDE), id="hours by schedule"),
        pytest.param("*641", Feature(Code.HOURS_OVERRIDE, "1"), id="hours forced"),
        pytest.param("#1101", Monitor(BOB, MonitorMode.LISTEN), id="listen"),
        pytest.param("#2101", Monitor(BOB, MonitorMode.WHISPER), id="whisper"),
        pytest.param("#3101", Monitor(BOB, MonitorMode.BARGE_IN), id="barge in"),
        pytest.param("*5101", Ring(BOB), id="withheld, to a colleague"),
        pytest.param("101**42", Ring(BOB), id="billed, to a colleague"),
    ],
)
def test_a_code_leads_to_its_step(number: str, decision: Decision) -> None:
    assert dialled(facts(ACME), ANN, number) == decision


@pytest.mark.parametrize("number", ["*77*", "*77*101*", "777"])
def test_what_is_not_there_yet_is_refused_by_a_spoken_message(number: str) -> None:
    decision = dialled(facts(ACME), ANN, number)
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.UNKNOWN_NUMBER
    assert decision.prompts == ("feature-not-avail-line",)


def test_who_has_to_key_in_the_pin_can_do_so() -> None:
    bound = replace(ANN, pin_protected=True)
    assert dialled(facts(ACME), bound, "777") == Unlock(bound)


@pytest.mark.parametrize("number", ["#1199", "#10201"])
def test_only_colleagues_can_be_listened_to(number: str) -> None:
    decision = dialled(facts(ACME), ANN, number)
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.UNKNOWN_NUMBER


def test_nothing_around_the_number_is_sent_and_the_number_is_withheld() -> None:
    plain = dialled(facts(ACME), ANN, "0201234567")
    hidden = dialled(facts(ACME), ANN, "*50201234567**3265")
    assert isinstance(plain, DialOut)
    assert isinstance(hidden, DialOut)
    assert hidden.attempts == plain.attempts
    assert (plain.withheld, hidden.withheld, hidden.number) == (False, True, "0201234567")


@pytest.mark.parametrize("number", ["112", "*5112", "112**7", "*5112**7"])
def test_help_is_reached_through_codes_by_suspended_tenants_too_and_shows_who_calls(
    number: str,
) -> None:
    acme = tenant((ANN,), (trunk(),), suspended=True)
    decision = first_step(facts(acme, person=ANN), number)
    assert isinstance(decision, DialOut)
    assert (decision.number, decision.emergency, decision.withheld) == ("112", True, False)


def test_a_number_from_before_there_were_codes_goes_on_as_it_did() -> None:
    old = person("999")
    acme = tenant((ANN, old))
    assert dialled(facts(acme), ANN, "999") == Ring(old)


def test_an_emergency_number_goes_before_a_code() -> None:
    acme = tenant((ANN,), (trunk(),), emergency_numbers={"999": None})
    decision = dialled(facts(acme), ANN, "999")
    assert isinstance(decision, DialOut)
    assert decision.emergency


def test_a_code_that_is_off_is_a_number_like_others() -> None:
    off = Options(codes=dict.fromkeys(Code, ""))
    acme = tenant((ANN,), (trunk(),), outbound_rules=(rule("9"),), options=off)
    assert isinstance(dialled(facts(acme), ANN, "999"), DialOut)
    decision = dialled(facts(acme), ANN, "*30")
    assert isinstance(decision, End)


def test_the_trace_says_which_codes_were_found() -> None:
    trace = Trace()
    dialled(facts(ACME, trace=trace), ANN, "*50201234567**3265")
    dialled(facts(ACME, trace=trace), ANN, "*32")
    notes = [(note.rule, note.why) for note in trace.notes if note.step == "dial code"]
    assert notes == [
        ("**", "bills to 3265"),
        ("*5", "withholds the number"),
        ("*3", "set_status 2"),
    ]


def test_destinations_are_numbers_of_the_plan_never_codes() -> None:
    assert isinstance(follow(facts(ACME), Destination(DestinationKind.EXTENSION, "*32")), End)
