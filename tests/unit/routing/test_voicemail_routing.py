"""Where calls go that nobody takes, when there is a voicemail box, and what its codes do."""

from dataclasses import replace

import pytest

from orchestrator.calls.verdict import busy, no_answer, not_registered
from orchestrator.forwarding.rules import Forwarding, Profile, Split, Status, When
from orchestrator.ring_groups.rules import Strategy
from orchestrator.routing.decision import CheckMailbox, End, Forward, LeaveMessage, Ring
from orchestrator.routing.dialled import dialled, follow, reach, unreached
from orchestrator.routing.plan import MailboxLine, Person, RingGroupLine, TenantPlan
from orchestrator.routing.simulate import simulate
from orchestrator.routing.transferred import transferred
from orchestrator.routing.voicemail import NO_BOX, boxes_of, opener_of
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import facts, person, tenant

BOX = MailboxLine("box-101", "user-101")
TO_BOX = LeaveMessage("user-101", "101", "User 101")
END = Destination(DestinationKind.END_CALL)


def acme(*people: Person, boxes: tuple[MailboxLine, ...] = (BOX,)) -> TenantPlan:
    group = RingGroupLine("g", "600", "Sales", "d", Strategy.RING_ALL, ("user-102",))
    found = tenant(people or (person("101"), person("102")))
    extensions = {**found.extensions, "600": Destination(DestinationKind.RING_GROUP, "g")}
    return replace(
        found,
        mailboxes={box.owner: box for box in boxes},
        ring_groups={"g": group},
        extensions=extensions,
    )


def ann(status: Status = Status.AVAILABLE, **ways: Destination) -> Person:
    to = {When(when): Split(way, way) for when, way in ways.items()}
    return person("101", forwarding=Forwarding(status, profiles={status: Profile(status, to)}))


@pytest.mark.parametrize("verdict", [no_answer(), busy(), not_registered()])
def test_a_call_that_nobody_takes_goes_to_the_own_box(verdict: object) -> None:
    plan = acme(ann(), person("102"))
    assert unreached(facts(plan), plan.people["user-101"], verdict) == TO_BOX  # type: ignore[arg-type]


@pytest.mark.parametrize("verdict", [no_answer(), busy(), not_registered()])
def test_without_a_box_all_is_as_before(verdict: object) -> None:
    plan = acme(ann(), person("102"), boxes=())
    assert unreached(facts(plan), plan.people["user-101"], verdict) == End(verdict)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "status", [Status.AWAY, Status.DO_NOT_DISTURB, Status.CUSTOM_AWAY], ids=str
)
def test_a_silent_status_leads_to_the_own_box(status: Status) -> None:
    plan = acme(ann(status), person("102"))
    decision = reach(facts(plan), plan.people["user-101"])
    assert isinstance(decision, Forward)
    assert decision.then == TO_BOX


def test_a_way_that_somebody_set_comes_first_also_to_end_the_call() -> None:
    plan = acme(ann(no_answer=END), person("102"))
    decision = unreached(facts(plan), plan.people["user-101"], no_answer())
    assert isinstance(decision, End)
    silent = acme(ann(Status.AWAY, always=END), person("102"))
    forward = reach(facts(silent), silent.people["user-101"])
    assert isinstance(forward, Forward)
    assert isinstance(forward.then, End)


def test_the_destination_voicemail_leads_to_boxes_of_users_and_groups() -> None:
    group = MailboxLine("box-g", "g")
    plan = acme(boxes=(BOX, group))
    to = Destination(DestinationKind.VOICEMAIL, "user-101")
    assert follow(facts(plan), to) == TO_BOX
    of_group = Destination(DestinationKind.VOICEMAIL, "g")
    assert follow(facts(plan), of_group) == LeaveMessage("g", "600", "Sales")
    assert follow(facts(acme(boxes=())), to) == End(NO_BOX)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("*4101", TO_BOX),
        ("*4600", LeaveMessage("g", "600", "Sales")),
        ("*4102", NO_BOX),
        ("*4777", "unknown_number"),
    ],
)
def test_the_code_for_somebodys_voicemail(number: str, expected: object) -> None:
    plan = acme(boxes=(BOX, MailboxLine("box-g", "g")))
    decision = dialled(facts(plan), plan.people["user-102"], number)
    if isinstance(decision, End):
        assert expected in {decision.verdict, decision.verdict.reason.value}
        assert decision.prompts
    else:
        assert decision == expected


def test_the_menu_is_for_who_has_a_box() -> None:
    plan = acme()
    assert dialled(facts(plan), plan.people["user-101"], "999") == CheckMailbox(
        "user-101", "101", own_phone=True
    )
    refused = dialled(facts(plan), plan.people["user-102"], "999")
    assert isinstance(refused, End)
    assert refused.verdict == NO_BOX


def test_a_party_can_be_sent_to_a_box_but_not_into_a_menu() -> None:
    plan = acme()
    by = facts(plan, person=plan.people["user-101"])
    assert transferred(by, "*4101", "Bob") == TO_BOX
    assert isinstance(transferred(by, "999", "Bob"), End)


def test_who_opens_a_box_by_whose_pin() -> None:
    plan = acme(boxes=(BOX, MailboxLine("box-g", "g")))
    assert opener_of(plan, "user-101", "user-102") == plan.people["user-101"]
    assert opener_of(plan, "g", "user-102") == plan.people["user-102"]
    assert opener_of(plan, "g", "user-101") is None
    assert opener_of(plan, "g", None) is None
    assert boxes_of(plan, "user-101") == ("user-101",)
    assert boxes_of(plan, "user-102") == ("g",)


def test_the_simulator_shows_where_the_message_is_left() -> None:
    plan = acme()
    shown = simulate(facts(plan, person=plan.people["user-102"], caller="102"), "101")
    assert shown.then["no_answer"].kind == "voicemail"
    assert shown.then["no_answer"].target == "101 User 101"
    assert simulate(facts(plan, person=plan.people["user-101"]), "999").kind == "voicemail_menu"
    assert isinstance(reach(facts(plan), plan.people["user-101"]), Ring)
