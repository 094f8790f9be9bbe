"""Who may page and call by intercom, who is reached, and who is not and why."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.calls.verdict import Reason
from orchestrator.forwarding.rules import Forwarding, Profile, Status
from orchestrator.options.rules import DEFAULT_CODES, Code, Options
from orchestrator.ring_groups.rules import Strategy, paging_warnings, wrong_multicast
from orchestrator.routing.decision import End, Intercom, Page
from orchestrator.routing.dialled import dialled, follow
from orchestrator.routing.facts import Facts, Idle, Trace
from orchestrator.routing.paging import Skipped, skipped
from orchestrator.routing.plan import Person, RingGroupLine, TenantPlan
from orchestrator.routing.simulate import simulate
from orchestrator.routing.transferred import transferred
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import facts, paging_group, person, tenant

SALES, STORE = "dep-sales", "dep-store"
RIGHT = frozenset({"presence.intercom"})
ANN = person("101", departments=frozenset({SALES}), rights={SALES: RIGHT})
BOB = person("102", departments=frozenset({SALES}))
CAROL = person("103", departments=frozenset({STORE}))
NO_PHONE = person("104", devices=0, departments=frozenset({SALES}))
DND = person("105", departments=frozenset({SALES}), forwarding=Forwarding(Status.DO_NOT_DISTURB))
AWAY = person("106", departments=frozenset({SALES}), forwarding=Forwarding(Status.AWAY))
ONE_CALL = Forwarding(profiles={Status.AVAILABLE: Profile(Status.AVAILABLE, several_calls=False)})
SINGLE = person("107", departments=frozenset({SALES}), forwarding=ONE_CALL)
PEOPLE = (ANN, BOB, CAROL, NO_PHONE, DND, AWAY, SINGLE)


class Live(Idle):
    """These are on a call, those hear a page."""

    def __init__(self, busy: frozenset[str] = frozenset(), paged: frozenset[str] = frozenset()):
        self._busy, self._paged = busy, paged

    def calls_of(self, person: str) -> int:
        return int(person in self._busy)

    def paged(self) -> frozenset[str]:
        return self._paged


def acme(*groups: RingGroupLine, code: str = "*9") -> TenantPlan:
    plain = tenant(PEOPLE, options=Options(codes=DEFAULT_CODES | {Code.INTERCOM: code}))
    numbers = {g.number: Destination(DestinationKind.RING_GROUP, g.id) for g in groups}
    return replace(
        plain,
        ring_groups={group.id: group for group in groups},
        extensions={**plain.extensions, **numbers},
    )


def given_facts(plan: TenantPlan, caller: Person | None = ANN, live: Idle | None = None) -> Facts:
    return facts(plan, person=caller, live=live or Idle())


GROUP = paging_group("800", *PEOPLE)


@pytest.mark.parametrize(
    ("who", "live", "why"),
    [
        pytest.param(ANN, Live(), Skipped.PAGES, id="the pager"),
        pytest.param(BOB, Live(), None, id="a colleague"),
        pytest.param(CAROL, Live(), None, id="of another department"),
        pytest.param(NO_PHONE, Live(), Skipped.NO_DEVICE, id="no device"),
        pytest.param(DND, Live(), Skipped.DO_NOT_DISTURB, id="do not disturb"),
        pytest.param(AWAY, Live(), None, id="away: the phone stands in the room"),
        pytest.param(BOB, Live(busy=frozenset({BOB.id})), Skipped.BUSY, id="on a call"),
        pytest.param(BOB, Live(paged=frozenset({BOB.id})), Skipped.PAGED, id="in another page"),
        pytest.param(DND, Live(busy=frozenset({DND.id})), Skipped.DO_NOT_DISTURB, id="both"),
    ],
)
def test_who_is_paged_and_who_is_not(who: Person, live: Live, why: Skipped | None) -> None:
    assert skipped(given_facts(acme(GROUP), live=live), GROUP, who) is why


def test_a_group_may_disturb_who_is_on_a_call() -> None:
    group = replace(GROUP, disturb_busy=True)
    live = Live(busy=frozenset({BOB.id}))
    assert skipped(given_facts(acme(group), live=live), group, BOB) is None


@pytest.mark.parametrize("number", ["*9800", "800"])
@pytest.mark.parametrize("code", ["*9", ""])
def test_a_group_is_paged_by_code_and_number_or_by_its_number(number: str, code: str) -> None:
    decision = dialled(given_facts(acme(GROUP, code=code)), ANN, number)
    if number == "*9800" and not code:
        assert isinstance(decision, End)
    else:
        assert decision == Page(GROUP, (BOB, CAROL, AWAY, SINGLE))


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        pytest.param("*9999", Reason.UNKNOWN_NUMBER, id="no such number"),
        pytest.param("*9101", Reason.UNKNOWN_NUMBER, id="oneself"),
        pytest.param("*9103", Reason.NOT_ALLOWED, id="no right in that department"),
        pytest.param("*9105", Reason.DO_NOT_DISTURB, id="do not disturb"),
        pytest.param("*9801", Reason.UNKNOWN_NUMBER, id="a group that rings"),
        pytest.param("*9802", Reason.NOT_ALLOWED, id="a group of another department"),
        pytest.param("*9803", Reason.NOT_REGISTERED, id="an empty group"),
        pytest.param("*9804", Reason.NOT_REGISTERED, id="nobody can be paged"),
    ],
)
def test_refusals(number: str, reason: Reason) -> None:
    plan = acme(
        paging_group("801", BOB, strategy=Strategy.RING_ALL),
        paging_group("802", BOB, department=STORE),
        paging_group("803"),
        paging_group("804", ANN, NO_PHONE, DND),
    )
    decision = dialled(given_facts(plan), ANN, number)
    assert isinstance(decision, End)
    assert decision.verdict.reason is reason
    assert decision.prompts or decision.person == DND, "the caller is told"


@pytest.mark.parametrize(
    ("who", "busy", "expected"),
    [
        pytest.param(BOB, False, Intercom(BOB), id="free"),
        pytest.param(BOB, True, Intercom(BOB), id="takes several calls"),
        pytest.param(AWAY, False, Intercom(AWAY), id="away"),
        pytest.param(SINGLE, False, Intercom(SINGLE), id="takes one call, free"),
        pytest.param(SINGLE, True, Reason.BUSY, id="takes one call, busy"),
    ],
)
def test_intercom(who: Person, busy: bool, expected: object) -> None:
    live = Live(busy=frozenset({who.id} if busy else ()))
    decision = dialled(given_facts(acme(), live=live), ANN, f"*9{who.number}")
    assert (decision.verdict.reason if isinstance(decision, End) else decision) == expected


def test_the_outside_world_pages_nobody() -> None:
    decision = follow(
        given_facts(acme(GROUP), caller=None), Destination(DestinationKind.RING_GROUP, GROUP.id)
    )
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.NOT_ALLOWED


@pytest.mark.parametrize("number", ["800", "*9800", "*9102"])
def test_nobody_is_handed_on_into_a_page(number: str) -> None:
    decision = transferred(given_facts(acme(GROUP)), number, "Bob")
    assert isinstance(decision, End)
    assert decision.verdict.reason is Reason.NOT_ALLOWED


def test_a_group_without_members_pages_by_multicast_alone() -> None:
    group = paging_group("800", multicast=("239.1.2.3", 5004))
    assert dialled(given_facts(acme(group)), ANN, "800") == Page(group, (), ("239.1.2.3", 5004))


def test_an_address_that_is_none_of_multicast_is_not_sent_to() -> None:
    group = paging_group("800", multicast=("10.0.0.1", 5004))
    assert isinstance(dialled(given_facts(acme(group)), ANN, "800"), End)


def test_the_simulator_says_who_is_left_out_and_why() -> None:
    step = simulate(replace(given_facts(acme(GROUP)), caller="101"), "*9800")
    assert (step.kind, step.target) == ("page", "800 Group 800")
    said = {note.rule: note.why for note in step.notes if note.step == "page"}
    assert said["105"] == "does not want to be disturbed"
    assert said["102"] == "is paged"
    assert simulate(given_facts(acme(GROUP)), "*9102").kind == "intercom"
    trace = Trace()
    dialled(replace(given_facts(acme(GROUP), caller=BOB), trace=trace), BOB, "800")
    assert any("presence.intercom" in note.why for note in trace.notes)


@pytest.mark.parametrize(
    ("address", "port", "right"),
    [
        ("224.0.1.0", 5004, True),
        ("239.255.255.255", 65534, True),
        ("224.0.0.251", 5004, False),
        ("224.0.1.75", 5004, False),
        ("240.0.0.1", 5004, False),
        ("192.168.1.1", 5004, False),
        ("239.1.2.3", 5005, False),
        ("239.1.2.3", 80, False),
        ("239.1.2.3", 65536, False),
        ("ff02::1", 5004, False),
        ("239.1.2.3)L(1", 5004, False),
        ("", 5004, False),
    ],
)
def test_addresses_of_multicast(address: str, port: int, *, right: bool) -> None:
    assert (wrong_multicast(address, port) == "") is right


@given(st.text(max_size=20), st.integers(-10, 70000))
def test_what_passes_as_multicast_can_do_no_harm_in_a_dial_string(address: str, port: int) -> None:
    if not wrong_multicast(address, port):
        assert set(address) <= set("0123456789.")
        assert 224 <= int(address.partition(".")[0]) <= 239


def test_a_group_that_is_paged_without_an_intercom_code_is_worth_a_warning() -> None:
    assert paging_warnings(Strategy.PAGING, "")
    assert not paging_warnings(Strategy.PAGING, "*9")
    assert not paging_warnings(Strategy.HUNT, "")


def test_a_system_role_pages_and_calls_people_of_all_departments() -> None:
    owner = replace(ANN, rights={}, everywhere=RIGHT)
    plan = acme(paging_group("802", CAROL, department=STORE))
    assert dialled(given_facts(plan, owner), owner, "*9103") == Intercom(CAROL)
    assert isinstance(dialled(given_facts(plan, owner), owner, "*9802"), Page)
