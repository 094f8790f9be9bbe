"""Which calls to the outside world leave, by which ways, and why others do not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.calls.verdict import Reason
from orchestrator.hours.rules import Override, OverrideState, Period, Schedule
from orchestrator.options.rules import DEFAULT_CODES, Code, Options, OutboundOptions
from orchestrator.routing.decision import Attempt, Decision, DialOut, End, Ring
from orchestrator.routing.dialled import dialled, follow
from orchestrator.routing.facts import Idle
from orchestrator.routing.outbound import outbound, takes
from orchestrator.routing.outside import PIN_REQUIRED
from orchestrator.routing.outside_lines import OutboundRuleLine
from orchestrator.routing.plan import DepartmentLine, Person, TenantPlan
from orchestrator.routing.ranges import extension_ranges, length_ranges, written
from orchestrator.routing.transferred import transferred
from orchestrator.trunks.rules import NumberFormat
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import facts, person, route, rule, tenant, trunk

SALES = DepartmentLine("sales", "Sales", "en", caller_id="+31205550300")
ANN = person("100", department="sales", departments=frozenset({"sales", "board"}))
BOB = person("101")
MAIN = trunk()
CLOSED = Schedule("UTC", periods=(Period(0, 540, 1020),))  # Monday; the calls are on a Sunday.


def acme(*rules: OutboundRuleLine, **changes: object) -> TenantPlan:
    return tenant(
        (ANN, BOB), (MAIN,), outbound_rules=rules, departments={"sales": SALES}, **changes
    )


def only(**outbound_options: object) -> Options:
    return Options(outbound=OutboundOptions(**outbound_options))  # type: ignore[arg-type]


def reason(decision: Decision) -> Reason | None:
    return decision.verdict.reason if isinstance(decision, End) else None


def first(decision: Decision) -> Attempt:
    assert isinstance(decision, DialOut)
    return decision.attempts[0]


# -- conditions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "number", "fits"),
    [
        pytest.param({}, "0201234567", True, id="no condition"),
        pytest.param({"prefixes": ("06", "02")}, "0201234567", True, id="one of the prefixes"),
        pytest.param({"prefixes": ("06", "09")}, "0201234567", False, id="none of the prefixes"),
        pytest.param({"lengths": ((7, 7), (10, 13))}, "0201234567", True, id="a length in a range"),
        pytest.param({"lengths": ((7, 7), (11, 13))}, "0201234567", False, id="a length outside"),
        pytest.param({"lengths": ((11, 11),)}, "+31201234567", True, id="a plus is no digit"),
        pytest.param(
            {"prefixes": ("02",), "lengths": ((7, 7),)},
            *("0201234567", False),
            id="prefix and length",
        ),
        pytest.param({"extensions": (("100", "100"),)}, "02", True, id="the extension"),
        pytest.param({"extensions": (("090", "110"),)}, "02", True, id="a range of extensions"),
        pytest.param({"extensions": (("101", "110"),)}, "02", False, id="another extension"),
        pytest.param({"extensions": (("1000", "1999"),)}, "02", False, id="longer extensions"),
        pytest.param({"extensions": (("10", "99"),)}, "02", False, id="shorter extensions"),
        pytest.param({"departments": frozenset({"board"})}, "02", True, id="a department"),
        pytest.param({"departments": frozenset({"shop"})}, "02", False, id="another department"),
        pytest.param(
            {"departments": frozenset({"shop"}), "extensions": (("100", "100"),)},
            *("02", True),
            id="extension or department",
        ),
        pytest.param(
            {"departments": frozenset({"sales"}), "prefixes": ("9",)},
            *("02", False),
            id="caller and prefix",
        ),
    ],
)
def test_a_rule_takes_what_fits_all_its_conditions(
    conditions: dict[str, object], number: str, fits: bool
) -> None:
    assert takes(rule("", **conditions), ANN, number) is fits


def test_rules_for_certain_callers_do_not_take_calls_of_the_tenant() -> None:
    for conditions in ({"extensions": (("100", "199"),)}, {"departments": frozenset({"sales"})}):
        assert not takes(rule("", **conditions), None, "0201")
    assert takes(rule(""), None, "0201")


def test_no_later_rule_is_tried_when_the_first_one_that_fits_blocks() -> None:
    plan = acme(rule("09", blocked=True, routes=()), rule("0"))
    assert reason(dialled(facts(plan), ANN, "0900123456")) is Reason.NOT_ALLOWED
    assert isinstance(dialled(facts(plan), ANN, "0201234567"), DialOut)


_RULES = st.builds(
    lambda prefix, lengths, extensions, number: rule(
        prefix, lengths=lengths, extensions=extensions, id=f"{prefix}-{lengths}-{number}"
    ),
    st.sampled_from(["", "0", "00", "06", "9"]),
    st.sampled_from([(), ((4, 7),), ((10, 10),), ((3, 30),)]),
    st.sampled_from([(), (("100", "100"),), (("101", "199"),)]),
    st.integers(),
)


@given(st.lists(_RULES, max_size=8), st.sampled_from(["0201234567", "0044201", "9911", "123"]))
def test_reordering_rules_that_do_not_take_a_number_changes_nothing_for_it(
    rules: list[OutboundRuleLine], number: str
) -> None:
    unrelated = [each for each in rules if not takes(each, ANN, number)]
    related = [each for each in rules if takes(each, ANN, number)]
    before = outbound(rules, ANN, number)
    assert outbound([*unrelated, *related], ANN, number) is before
    assert outbound([*related, *reversed(unrelated)], ANN, number) is before


_LENGTHS = st.lists(st.tuples(st.integers(1, 15), st.integers(0, 15)), max_size=5)


@given(_LENGTHS)
def test_ranges_of_lengths_parse_and_print_back(pairs: list[tuple[int, int]]) -> None:
    ranges = tuple((begin, begin + more) for begin, more in pairs)
    assert length_ranges(written(ranges)) == ranges


@given(st.lists(st.tuples(st.integers(0, 899), st.integers(0, 100)), max_size=5))
def test_ranges_of_extensions_parse_and_print_back(pairs: list[tuple[int, int]]) -> None:
    ranges = tuple((f"{begin:03}", f"{begin + more:03}") for begin, more in pairs)
    assert extension_ranges(written(ranges)) == ranges


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("13-10", "ends before it begins"),
        ("7;8", "no number"),
        ("7-", "no number"),
        ("7,,8", "no number"),
        ("-7", "no number"),
    ],
)
def test_what_is_no_range_is_refused(text: str, wrong: str) -> None:
    for parse in (length_ranges, extension_ranges):
        with pytest.raises(ValueError, match=wrong):
            parse(text)


def test_a_range_of_extensions_has_ends_of_the_same_length() -> None:
    with pytest.raises(ValueError, match="as many digits"):
        extension_ranges("99-101")


# -- the number and who calls ----------------------------------------------------------------


def test_a_route_strips_then_puts_before_and_behind() -> None:
    plan = acme(rule("0", route(strip=2, prepend="+44", append="#1")))
    assert first(dialled(facts(plan), ANN, "00201")).number == "+44201#1"


@pytest.mark.parametrize(
    ("wanted", "dialled_number", "leaves"),
    [
        (NumberFormat.AS_DIALLED, "0201234567", "0201234567"),
        (NumberFormat.E164, "0201234567", "+31201234567"),
        (NumberFormat.E164, "0044 2079460000".replace(" ", ""), "+442079460000"),
        (NumberFormat.E164, "+442079460000", "+442079460000"),
        (NumberFormat.E164_DIGITS, "0201234567", "31201234567"),
        (NumberFormat.INTERNATIONAL, "0201234567", "0031201234567"),
        (NumberFormat.E164, "1233", "1233"),
        (NumberFormat.E164, "0*21", "0*21"),
    ],
)
def test_a_trunk_gets_numbers_in_its_form(
    wanted: NumberFormat, dialled_number: str, leaves: str
) -> None:
    plan = replace(acme(rule("")), trunks={MAIN.id: replace(MAIN, number_format=wanted)})
    assert first(dialled(facts(plan), ANN, dialled_number)).number == leaves


def test_the_form_comes_after_what_the_route_made_of_the_number() -> None:
    formed = replace(MAIN, number_format=NumberFormat.INTERNATIONAL)
    plan = replace(acme(rule("9", route(strip=1)), country="US"), trunks={MAIN.id: formed})
    assert first(dialled(facts(plan), ANN, "92125551234")).number == "01112125551234"


def test_the_caller_id_is_of_route_user_department_or_trunk_in_this_order() -> None:
    own = replace(ANN, outbound_caller_id="+31205550100")

    def shown(who: Person, caller_id: str | None = None, **of_trunk: object) -> str | None:
        plan = replace(
            acme(rule("0", route(caller_id=caller_id))),
            trunks={MAIN.id: replace(MAIN, **of_trunk)},  # type: ignore[arg-type]
        )
        return first(dialled(facts(plan, caller=who.number), who, "0201234567")).caller_id

    assert shown(own, "+31205550001") == "+31205550001"
    assert shown(own) == "+31205550100"
    assert shown(ANN) == "+31205550300"
    assert shown(BOB) == MAIN.caller_id
    assert shown(BOB, caller_id=None) == MAIN.caller_id
    assert shown(BOB, caller_id_out=(("+31(.*)", r"0\1"),)) == "0201234500"
    pairs = ((r"1(..)", r"02055501\1"),)
    assert shown(BOB, caller_id_out=pairs) == MAIN.caller_id
    plan = replace(acme(rule("0")), trunks={MAIN.id: replace(MAIN, caller_id=None)})
    numbered = replace(MAIN, caller_id=None, caller_id_out=pairs)
    assert first(dialled(facts(plan, caller="101"), BOB, "0201")).caller_id == "101"
    plan = replace(plan, trunks={MAIN.id: numbered})
    assert first(dialled(facts(plan, caller="101"), BOB, "0201")).caller_id == "0205550101"


def test_a_trunk_of_a_department_takes_calls_of_its_people_alone() -> None:
    theirs = trunk("sales", department="sales")
    two = rule("0", route("trunk-sales"), route())
    plan = replace(acme(two), trunks={theirs.id: theirs, MAIN.id: MAIN})
    for who, trunks in ((ANN, ["sales", "main"]), (BOB, ["main"])):
        decision = dialled(facts(plan), who, "0201")
        assert isinstance(decision, DialOut)
        assert [each.trunk.name for each in decision.attempts] == trunks
    external = Destination(DestinationKind.EXTERNAL, "0201")
    decision = follow(facts(plan, person=ANN), external)
    assert isinstance(decision, DialOut)
    assert [each.trunk.name for each in decision.attempts] == ["main"]


# -- restrictions ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "routed", "refused"),
    [
        pytest.param("0201234567", {}, False, id="at home"),
        pytest.param("004930123456", {}, False, id="an allowed country"),
        pytest.param("00442079460000", {}, True, id="another country"),
        pytest.param("+442079460000", {}, True, id="another country by plus"),
        pytest.param("00442079460000", {"strip": 2, "prepend": "+"}, True, id="with plus by route"),
        pytest.param("00442079460000", {"strip": 2}, True, id="bare digits by route"),
        pytest.param("9442079460000", {"strip": 1, "prepend": "00"}, True, id="made by route"),
        pytest.param("0088213123456", {}, True, id="a satellite"),
        pytest.param("00999123456", {}, True, id="no country"),
        pytest.param("1233", {}, False, id="a short code"),
    ],
)
def test_only_allowed_countries_are_called(
    number: str, routed: dict[str, object], refused: bool
) -> None:
    options = only(allowed_countries=frozenset({"NL", "DE"}))
    plan = acme(rule("", route(**routed)), options=options)
    decision = dialled(facts(plan), ANN, number)
    assert reason(decision) is (Reason.BLOCKED_COUNTRY if refused else None)
    external = follow(facts(plan), Destination(DestinationKind.EXTERNAL, number))
    assert reason(external) is (Reason.BLOCKED_COUNTRY if refused else None)


def test_digits_without_prefix_do_not_hide_another_country() -> None:
    formed = replace(MAIN, number_format=NumberFormat.E164_DIGITS)
    plan = acme(rule(""), options=only(allowed_countries=frozenset({"NL"})))
    plan = replace(plan, trunks={MAIN.id: formed})
    assert reason(dialled(facts(plan), ANN, "004930123456")) is Reason.BLOCKED_COUNTRY


def test_calls_out_may_be_for_office_hours_only() -> None:
    closed = replace(ANN, hours=CLOSED)
    forced = replace(closed, hours=replace(CLOSED, overrides=(Override(OverrideState.OPEN),)))
    bound = replace(closed, calls_out_in_hours_only=True)
    everybody = acme(rule("0"), options=only(in_hours_only=True))
    assert reason(dialled(facts(acme(rule("0"))), closed, "0201")) is None
    assert reason(dialled(facts(acme(rule("0"))), bound, "0201")) is Reason.OUTSIDE_HOURS
    assert reason(dialled(facts(everybody), closed, "0201")) is Reason.OUTSIDE_HOURS
    assert reason(dialled(facts(everybody), forced, "0201")) is None
    assert reason(dialled(facts(everybody), ANN, "0201")) is None


class _Unlocked(Idle):
    """Everybody keyed in the PIN a moment ago."""

    def calls_out_open(self, person: str) -> bool:
        return True


@pytest.mark.parametrize("number", ["0201", "0201**77", "*50201"])
def test_calls_out_may_wait_for_the_pin(number: str) -> None:
    bound = replace(ANN, pin_protected=True)
    here = facts(acme(rule("0")))
    refused = dialled(here, bound, number)
    assert reason(refused) is Reason.PIN_REQUIRED
    assert refused == End(PIN_REQUIRED, ("to-call-this-number", "vm-press", "digits:777"))
    assert isinstance(dialled(replace(here, live=_Unlocked()), bound, number), DialOut)
    assert isinstance(dialled(here, ANN, number), DialOut)


def test_the_pin_is_no_way_past_other_refusals_and_holds_up_nothing_else() -> None:
    bound = replace(ANN, pin_protected=True)
    here = facts(acme(rule("0", route(strip=1)), rule("9", blocked=True)))
    for live in (Idle(), _Unlocked()):
        facts_now = replace(here, live=live)
        assert reason(dialled(facts_now, bound, "9201")) is Reason.NOT_ALLOWED
        for number in ("112", "*5112", "0112"):
            help_ = dialled(facts_now, bound, number)
            assert isinstance(help_, DialOut)
            assert help_.emergency
        assert isinstance(dialled(facts_now, bound, BOB.number), Ring)


def test_what_somebody_forwards_outside_needs_no_pin() -> None:
    bound = replace(ANN, pin_protected=True, mobile="0612345678")
    plan = tenant((bound, BOB), (MAIN,), outbound_rules=(rule("0"),))
    mobile = follow(facts(plan), Destination(DestinationKind.MOBILE, bound.id))
    assert isinstance(mobile, DialOut)


def test_without_a_code_to_key_it_in_the_refusal_names_none() -> None:
    options = Options(codes=DEFAULT_CODES | {Code.OUTBOUND_PIN: ""})
    bound = replace(ANN, pin_protected=True)
    refused = dialled(facts(acme(rule("0"), options=options)), bound, "0201")
    assert refused == End(PIN_REQUIRED, ("cannot-complete-as-dialed",))


def test_nobody_is_handed_on_to_the_outside_before_the_pin() -> None:
    bound = replace(ANN, pin_protected=True)
    here = facts(acme(rule("0")), person=bound)
    assert reason(transferred(here, "0201", "User 101")) is Reason.PIN_REQUIRED
    assert isinstance(transferred(replace(here, live=_Unlocked()), "0201", "User 101"), DialOut)
    assert reason(transferred(here, "777", "User 101")) is Reason.NOT_ALLOWED


def test_a_refusal_is_spoken() -> None:
    plan = acme(rule("0"), options=only(allowed_countries=frozenset({"NL"})))
    bound = replace(ANN, hours=CLOSED, calls_out_in_hours_only=True)
    for who, number in ((ANN, "0049301234567"), (bound, "0201"), (ANN, "9201234")):
        decision = dialled(facts(plan), who, number)
        assert isinstance(decision, End)
        assert decision.prompts


# -- emergency -------------------------------------------------------------------------------


def test_emergency_calls_pass_every_restriction() -> None:
    locked = replace(
        ANN, may_call_out=False, calls_out_in_hours_only=True, hours=CLOSED, departments=frozenset()
    )
    formed = replace(MAIN, number_format=NumberFormat.E164, department="board", max_calls=1)
    plan = replace(
        acme(
            rule("", blocked=True, routes=()),
            options=only(in_hours_only=True, allowed_countries=frozenset({"DE"})),
        ),
        trunks={MAIN.id: formed},
    )
    decision = dialled(facts(plan), locked, "112")
    assert isinstance(decision, DialOut)
    assert (decision.emergency, decision.attempts[0].number) == (True, "112")


def test_an_emergency_number_behind_a_prefix_of_habit_is_an_emergency_call() -> None:
    locked = replace(ANN, may_call_out=False)
    plan = acme(rule("0", route(strip=1, prepend="")))
    decision = dialled(facts(plan), locked, "0112")
    assert isinstance(decision, DialOut)
    assert (decision.emergency, decision.number, decision.attempts[0].number) == (
        True,
        "112",
        "112",
    )


def test_emergency_calls_try_their_own_trunk_then_those_of_the_rule_then_all() -> None:
    lines = {each.id: each for each in (MAIN, trunk("a"), trunk("b"), trunk("off", outbound=False))}
    plan = acme(rule("1", route("trunk-b")), emergency_numbers={"112": "trunk-a", "113": None})
    plan = replace(plan, trunks=lines)
    for number, order in (("112", ["a", "b", "main"]), ("113", ["b", "main", "a"])):
        decision = dialled(facts(plan), ANN, number)
        assert isinstance(decision, DialOut)
        assert [each.trunk.name for each in decision.attempts] == order
