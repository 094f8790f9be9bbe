"""What watched numbers mean, and how their lamps are: the rules alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.forwarding.rules import Forwarding, Profile, Status
from orchestrator.hours.rules import Override, OverrideState, Schedule
from orchestrator.options.rules import DEFAULT_CODES, Code, Options
from orchestrator.presence.rules import (
    QUIET,
    Activity,
    Key,
    KeyKind,
    Picture,
    State,
    lamp,
    meaning,
    next_instant,
    nothing_on,
    state_of,
)
from orchestrator.routing.plan import ParkingLine, TenantPlan
from orchestrator.types import Destination, DestinationKind
from tests.factories.plans import NOON, department, person
from tests.factories.plans import tenant as tenant_of

TALKS = Activity(talking=1)
RINGS = Activity(ringing=1)
HOLDS = Activity(held=1)

CODES = Options(codes=DEFAULT_CODES | {Code.HOURS_OVERRIDE: "*64"})


def plan(**changes: object) -> TenantPlan:
    """101 and the parking place SP0."""
    made = tenant_of((person("101"),))
    place = {"SP0": Destination(DestinationKind.PARKING, "place-0")}
    base = replace(
        made,
        extensions={**made.extensions, **place},
        parking={"place-0": ParkingLine("place-0", "SP0", "First")},
        options=CODES,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "key"),
    [
        pytest.param("101", Key(KeyKind.PERSON, "user-101"), id="extension"),
        pytest.param("SP0", Key(KeyKind.PLACE, "SP0"), id="parking place"),
        pytest.param("*03", Key(KeyKind.ORBIT, "3"), id="park code"),
        pytest.param("*13", Key(KeyKind.ORBIT, "3"), id="unpark code"),
        pytest.param("*32101", Key(KeyKind.STATUS, "user-101", "2"), id="status of a person"),
        pytest.param("*62101", Key(KeyKind.QUEUES, "user-101", "in"), id="log-in of a person"),
        pytest.param("*63101", Key(KeyKind.QUEUES, "user-101", "out"), id="log-out of a person"),
        pytest.param("*64", Key(KeyKind.HOURS), id="hours forced at all"),
        pytest.param("*641", Key(KeyKind.HOURS, choice="1"), id="hours forced open"),
        pytest.param("*32", None, id="whose status?"),
        pytest.param("*35101", None, id="no such status"),
        pytest.param("*62109", None, id="nobody's number"),
        pytest.param("*643", None, id="no such override"),
        pytest.param("102", None, id="no such number"),
        pytest.param("*0", None, id="no orbit"),
        pytest.param("", None, id="nothing"),
    ],
)
def test_a_watched_number_means(number: str, key: Key | None) -> None:
    assert meaning(plan(), number) == key


def test_a_code_that_is_switched_off_means_nothing() -> None:
    off = Options(codes=DEFAULT_CODES | {Code.SET_STATUS: ""})
    assert meaning(plan(options=off), "*32101") is None


@pytest.mark.parametrize(
    ("activity", "status", "registered", "state"),
    [
        pytest.param(QUIET, Status.AVAILABLE, True, State.NOT_INUSE, id="free"),
        pytest.param(QUIET, Status.CUSTOM_AVAILABLE, True, State.NOT_INUSE, id="lunch rings"),
        pytest.param(QUIET, Status.AVAILABLE, False, State.UNAVAILABLE, id="no phone"),
        pytest.param(QUIET, Status.DO_NOT_DISTURB, True, State.BUSY, id="do not disturb"),
        pytest.param(QUIET, Status.AWAY, False, State.BUSY, id="away counts before no phone"),
        pytest.param(RINGS, Status.AVAILABLE, True, State.RINGING, id="rings"),
        pytest.param(TALKS, Status.AVAILABLE, True, State.INUSE, id="talks"),
        pytest.param(HOLDS, Status.AVAILABLE, True, State.ONHOLD, id="holds"),
        pytest.param(TALKS, Status.AWAY, True, State.INUSE, id="a call counts before away"),
        pytest.param(Activity(1, 1), Status.AVAILABLE, True, State.RINGINUSE, id="second call"),
        pytest.param(Activity(1, 0, 1), Status.AWAY, True, State.RINGINUSE, id="rings on hold"),
        pytest.param(Activity(0, 1, 1), Status.AVAILABLE, True, State.INUSE, id="consults"),
    ],
)
def test_the_lamp_of_a_person(
    activity: Activity, status: Status, registered: bool, state: State
) -> None:
    assert lamp(activity, status, registered=registered) is state


@given(
    st.builds(Activity, st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)),
    st.sampled_from(Status),
    st.booleans(),
)
def test_a_phone_that_rings_always_flashes_and_one_in_use_is_never_dark(
    activity: Activity, status: Status, registered: bool
) -> None:
    state = lamp(activity, status, registered=registered)
    assert (state in {State.RINGING, State.RINGINUSE}) is (activity.ringing > 0)
    if activity.talking or activity.held:
        assert state not in {State.NOT_INUSE, State.UNAVAILABLE, State.BUSY}


@given(st.text(alphabet="0123456789*#SPa", max_size=12))
def test_any_number_may_be_watched(number: str) -> None:
    tenant = plan()
    key = meaning(tenant, number)
    assert key is None or state_of(key, tenant, nothing_on(NOON)) in State


@pytest.mark.parametrize(
    ("number", "lit"),
    [("*31101", True), ("*30101", False), ("*62101", True), ("*63101", False)],
)
def test_keys_of_a_person_show_what_is_chosen(number: str, lit: bool) -> None:
    away = person("101", forwarding=Forwarding(Status.AWAY, queues=True))
    assert _state(replace(plan(), people={away.id: away}), number) is _lit(lit)


@pytest.mark.parametrize("queues", [True, False])
@pytest.mark.parametrize(
    "kept_out",
    [
        pytest.param(
            {"profiles": {Status.AWAY: Profile(Status.AWAY, leave_queues=True)}}, id="by status"
        ),
        pytest.param({"leave_queues_when_closed": True}, id="by hours"),
    ],
)
def test_who_is_kept_out_of_the_queues_is_shown_as_logged_out(
    kept_out: dict[str, object], queues: bool
) -> None:
    mine = replace(Forwarding(Status.AWAY, queues=queues), **kept_out)  # type: ignore[arg-type]
    closed = Schedule(overrides=(Override(OverrideState.CLOSED),))
    away = person("101", forwarding=mine, hours=closed)
    people = replace(plan(), people={away.id: away})
    assert _state(people, "*62101") is _lit(False)
    assert _state(people, "*63101") is _lit(True)


@pytest.mark.parametrize(
    ("state", "lit"),
    [
        pytest.param(OverrideState.OPEN, {"*64", "*641"}, id="forced open"),
        pytest.param(OverrideState.HOLIDAY, {"*64", "*642"}, id="forced closed"),
        pytest.param(None, set(), id="by the schedule"),
    ],
)
def test_keys_of_the_hours_show_an_override_of_all(
    state: OverrideState | None, lit: set[str]
) -> None:
    forced = (Override(state),) if state else ()
    sales = department("sales", hours=Schedule(overrides=forced))
    support = department("support", hours=Schedule(overrides=forced))
    tenant = plan(departments={sales.id: sales, support.id: support})
    keys = ("*64", "*641", "*642")
    assert {number for number in keys if _state(tenant, number) is State.INUSE} == lit


def test_an_override_of_one_department_is_not_the_tenants() -> None:
    sales = department("sales", hours=Schedule(overrides=(Override(OverrideState.OPEN),)))
    tenant = plan(departments={sales.id: sales, "dep-support": department("support")})
    assert _state(tenant, "*641") is State.NOT_INUSE


def test_an_override_that_expired_is_dark() -> None:
    over = Override(OverrideState.OPEN, expires_at=NOON)
    sales = department("sales", hours=Schedule(overrides=(over,)))
    assert _state(plan(departments={sales.id: sales}), "*641") is State.NOT_INUSE


def test_the_lamp_of_a_parking_place_is_lit_while_a_call_waits_there() -> None:
    tenant = plan()
    key = Key(KeyKind.PLACE, "SP0")
    parked = Picture(NOON, lambda who: QUIET, parked=lambda id_, place: place == "SP0")
    assert state_of(key, tenant, parked) is State.INUSE
    assert state_of(Key(KeyKind.ORBIT, "3"), tenant, parked) is State.NOT_INUSE


@pytest.mark.parametrize(
    ("shows", "state"),
    [
        pytest.param({"presence.show_calls_to_group"}, State.INUSE, id="calls"),
        pytest.param({"presence.show_presence_to_group"}, State.BUSY, id="status alone"),
        pytest.param({"presence.park_calls"}, State.NOT_INUSE, id="nothing"),
    ],
)
def test_lamps_show_only_what_the_person_shows(shows: set[str], state: State) -> None:
    who = person("101", rights={"dep": frozenset(shows)}, forwarding=Forwarding(Status.AWAY))
    tenant = replace(plan(), people={who.id: who})
    picture = Picture(NOON, lambda id_: TALKS)
    assert state_of(Key(KeyKind.PERSON, who.id), tenant, picture) is state


def test_somebody_who_is_gone_from_the_plan_is_dark() -> None:
    assert state_of(Key(KeyKind.PERSON, "nobody"), plan(), nothing_on(NOON)) is State.NOT_INUSE


def test_time_is_looked_at_again_at_the_next_minute_or_when_something_ends() -> None:
    now = NOON + timedelta(seconds=20)
    assert next_instant((), (), now) == 40.0
    soon = person("101", forwarding=Forwarding(temporary_until=now + timedelta(seconds=5)))
    past = Override(OverrideState.OPEN, expires_at=NOON)
    assert next_instant((soon,), (past,), now) == 5.0


def _state(tenant: TenantPlan, number: str) -> State:
    key = meaning(tenant, number)
    assert key is not None
    return state_of(key, tenant, nothing_on(NOON))


def _lit(on: bool) -> State:
    return State.INUSE if on else State.NOT_INUSE
