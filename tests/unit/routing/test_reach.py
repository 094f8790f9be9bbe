"""What a call for a person does: ring, forward with that person's rights, never in a circle."""

from dataclasses import replace

import pytest

from orchestrator.calls.verdict import Reason, Verdict, no_answer
from orchestrator.forwarding.rules import Forwarding, Profile, Split, Status, When
from orchestrator.options.rules import Options, OutboundOptions
from orchestrator.routing.decision import Decision, DialOut, End, Forward, Ring
from orchestrator.routing.dialled import BUSY, LOOP, dialled, follow, reach, unreached
from orchestrator.routing.facts import Idle
from orchestrator.routing.plan import Person, TenantPlan
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import facts, person, rule, tenant, trunk

K = DestinationKind
OUTSIDE = Destination(K.EXTERNAL, "0612345678")
REBOUND = Destination(K.REBOUND, "0612345678")


def to(number: str) -> Destination:
    return Destination(K.USER, f"user-{number}")


def forwards(
    number: str,
    status: Status = Status.AVAILABLE,
    ways: dict[When, Destination] | None = None,
    **changes: object,
) -> Person:
    """A person in `status` who sends all calls by `ways`; `changes` of profile or person."""
    of_profile = {k: changes.pop(k) for k in ("ring_mobile", "several_calls") if k in changes}
    splits = {when: Split(way, way) for when, way in (ways or {}).items()}
    profile = replace(Profile(status, splits), **of_profile)  # type: ignore[arg-type]
    return person(number, forwarding=Forwarding(status, profiles={status: profile}), **changes)


def acme(*people: Person, **changes: object) -> TenantPlan:
    return tenant(people, (trunk(),), **{"outbound_rules": (rule(),)} | changes)


def call(plan: TenantPlan, number: str = "102", **changes: object) -> Decision:
    """Somebody of the tenant calls `number`."""
    return dialled(facts(plan, **changes), plan.people["user-101"], number)


ANN = person("101")


class Talking(Idle):
    def calls_of(self, person: str) -> int:
        return 1


def test_the_rights_of_who_forwards_count_not_those_of_who_calls() -> None:
    bob = forwards("102", Status.AWAY, {When.ALWAYS: OUTSIDE}, outbound_caller_id="+3120555")
    locked = person("101", may_call_out=False)
    decision = call(acme(locked, bob))
    assert isinstance(decision, Forward)
    assert (decision.person.number, decision.reason) == ("102", Reason.AWAY)
    assert isinstance(decision.then, DialOut)
    assert decision.then.attempts[0].caller_id == "+3120555"
    refused = call(acme(ANN, replace(bob, may_call_out=False)))
    assert isinstance(refused, Forward)
    assert isinstance(refused.then, End)
    assert refused.then.verdict.reason is Reason.NOT_ALLOWED
    assert not refused.then.prompts


@pytest.mark.parametrize("destination", [OUTSIDE, REBOUND, Destination(K.MOBILE, "user-102")])
def test_the_tenant_may_forbid_forwarding_outside(destination: Destination) -> None:
    bob = forwards("102", Status.AWAY, {When.ALWAYS: destination}, mobile="0611")
    options = Options(outbound=OutboundOptions(forward_outside=False))
    decision = call(acme(ANN, bob, options=options))
    assert isinstance(decision, Forward)
    assert isinstance(decision.then, End)
    assert decision.then.verdict.reason is Reason.NOT_ALLOWED


def test_nobody_forwards_to_an_emergency_service() -> None:
    bob = forwards("102", Status.AWAY, {When.ALWAYS: Destination(K.EXTERNAL, "112")})
    decision = call(acme(ANN, bob, outbound_rules=(rule(""),)))
    assert isinstance(decision, Forward)
    assert isinstance(decision.then, End)


def test_the_mobile_is_called_with_its_persons_rights() -> None:
    bob = person("102", mobile="0611", outbound_caller_id="+3120555")
    decision = follow(facts(acme(ANN, bob)), Destination(K.MOBILE, "user-102"))
    assert isinstance(decision, DialOut)
    assert (decision.number, decision.confirm) == ("0611", False)
    assert decision.attempts[0].caller_id == "+3120555"
    without = follow(facts(acme(ANN, ANN)), Destination(K.MOBILE, "user-101"))
    assert isinstance(without, End)


def test_the_mobile_rings_too_and_must_accept() -> None:
    bob = forwards("102", ring_mobile=True, mobile="0611")
    decision = call(acme(ANN, bob))
    assert isinstance(decision, Ring)
    assert decision.mobile is not None
    assert (decision.mobile.number, decision.mobile.confirm) == ("0611", True)
    for silent in (replace(bob, mobile=None), replace(bob, may_call_out=False)):
        ring = call(acme(ANN, silent))
        assert isinstance(ring, Ring)
        assert ring.mobile is None


@pytest.mark.parametrize(("from_outside", "screened"), [(True, True), (False, False)])
def test_only_callers_from_outside_are_screened(from_outside: bool, screened: bool) -> None:
    bob = person("102", forwarding=Forwarding(screening=True))
    plan = acme(ANN, bob)
    line = plan.trunks["trunk-main"] if from_outside else None
    decision = reach(facts(plan, trunk=line), bob)
    assert isinstance(decision, Ring)
    assert decision.screened is screened


def test_without_several_calls_a_person_who_talks_is_busy() -> None:
    bob = forwards("102", several_calls=False)
    assert call(acme(ANN, bob), live=Talking()) == End(BUSY, person=bob)
    assert call(acme(ANN, bob)) == Ring(bob)
    helped = forwards("102", ways={When.BUSY: to("103")}, several_calls=False)
    carol = person("103")
    expected = Forward(helped, Reason.BUSY, Ring(carol))
    assert call(acme(ANN, helped, carol), live=Talking()) == expected


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.AWAY, Reason.AWAY),
        (Status.CUSTOM_AWAY, Reason.AWAY),
        (Status.DO_NOT_DISTURB, Reason.DO_NOT_DISTURB),
    ],
)
def test_a_silent_status_without_a_way_ends_the_call_and_names_the_person(
    status: Status, reason: Reason
) -> None:
    bob = forwards("102", status)
    decision = call(acme(ANN, bob))
    assert isinstance(decision, End)
    assert (decision.verdict.reason, decision.person) == (reason, bob)


@pytest.mark.parametrize(
    ("reason", "when"),
    [
        (Reason.NO_ANSWER, When.NO_ANSWER),
        (Reason.BUSY, When.BUSY),
        (Reason.DECLINED, When.BUSY),
        (Reason.NOT_REGISTERED, When.NOT_REGISTERED),
        (Reason.NO_DEVICE, When.NOT_REGISTERED),
    ],
)
def test_each_end_of_ringing_has_its_way(reason: Reason, when: When) -> None:
    bob = forwards("102", ways={when: to("103")})
    carol = person("103")
    verdict = Verdict(BUSY.outcome, reason)
    assert unreached(facts(acme(ANN, bob, carol)), bob, verdict) == Ring(carol)
    others = forwards("102", ways={w: to("103") for w in When if w is not when})
    assert unreached(facts(acme(ANN, others, carol)), others, verdict) == End(verdict)


def test_a_rebound_that_nobody_accepts_goes_on_to_no_answer() -> None:
    bob = forwards("102", ways={When.BUSY: REBOUND, When.NO_ANSWER: to("103")})
    carol = person("103")
    found = unreached(facts(acme(ANN, bob, carol)), bob, BUSY)
    assert isinstance(found, DialOut)
    assert (found.confirm, found.otherwise) == (True, Ring(carol))
    alone = forwards("102", ways={When.NO_ANSWER: REBOUND})
    last = unreached(facts(acme(ANN, alone)), alone, no_answer())
    assert isinstance(last, DialOut)
    assert last.otherwise == End(no_answer())


def test_away_people_who_forward_to_each_other_are_a_loop() -> None:
    bob = forwards("102", Status.AWAY, {When.ALWAYS: to("103")})
    carol = forwards("103", Status.AWAY, {When.ALWAYS: to("102")})
    decision = call(acme(ANN, bob, carol))
    assert isinstance(decision, Forward)
    assert decision.then == Forward(carol, Reason.AWAY, End(LOOP))


def test_a_forwarding_back_to_somebody_who_was_tried_ends_with_the_reason() -> None:
    bob = forwards("102", ways={When.NO_ANSWER: to("103")})
    carol = forwards("103", ways={When.NO_ANSWER: to("102")})
    plan = acme(ANN, bob, carol)
    assert unreached(facts(plan), bob, no_answer()) == Ring(carol)
    tried = facts(plan, tried=frozenset({"user-102", "user-103"}))
    assert unreached(tried, carol, no_answer()) == End(no_answer())
    dave = forwards("104", Status.AWAY, {When.ALWAYS: to("102")})
    round_about = forwards("103", ways={When.NO_ANSWER: to("104")})
    by_dave = facts(acme(ANN, bob, round_about, dave), tried=frozenset({"user-102"}))
    assert unreached(by_dave, round_about, no_answer()) == End(no_answer())


@pytest.mark.parametrize(
    ("destination", "reason"),
    [(Destination(K.BUSY), Reason.BUSY), (Destination(K.END_CALL), Reason.ENDED)],
)
def test_busy_and_the_end_are_destinations_too(destination: Destination, reason: Reason) -> None:
    bob = forwards("102", Status.AWAY, {When.ALWAYS: destination})
    decision = call(acme(ANN, bob))
    assert isinstance(decision, Forward)
    assert isinstance(decision.then, End)
    assert decision.then.verdict.reason is reason
