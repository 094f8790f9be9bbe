"""Which status counts, what an exception changes, and where a call goes, rung or not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.forwarding.rules import (
    RINGING_STATUSES,
    Asking,
    CallSource,
    ExceptionLine,
    Forwarding,
    Profile,
    Split,
    Status,
    When,
    after_ringing,
    before_ringing,
    present_status,
    why_out_of_queues,
)
from orchestrator.hours.rules import (
    HolidayLine,
    Override,
    OverrideState,
    Period,
    Schedule,
    TimeFilter,
)
from orchestrator.types import Destination, DestinationKind

# A Monday. Office hours 9-17, break 12-13.
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TEN, NOON_BREAK, NIGHT = (MONDAY.replace(hour=hour, minute=30) for hour in (10, 12, 22))
WEEK = Schedule("UTC", (Period(0, 540, 1020),), (Period(0, 720, 780),))
HOLIDAY = replace(WEEK, holidays=(HolidayLine("h", "Feast", MONDAY.date(), MONDAY.date()),))

DESK = Destination(DestinationKind.USER, "user-desk")
MOBILE = Destination(DestinationKind.MOBILE, "user-me")
BUSY = Destination(DestinationKind.BUSY)


def asking(
    caller: str = "101", *, internal: bool = True, now: datetime = TEN, hours: Schedule = WEEK
) -> Asking:
    return Asking(caller, internal, now, hours)


def exception(**changes: object) -> ExceptionLine:
    line = ExceptionLine(
        "e", "Exception", "", CallSource.ANY, TimeFilter.ALL_HOURS, (), When.ALWAYS, DESK
    )
    return replace(line, **changes)  # type: ignore[arg-type]


def profile(status: Status, when: When, internal: Destination, external: Destination) -> Forwarding:
    own = Profile(status, {when: Split(internal, external)})
    return Forwarding(status, profiles={status: own})


# -- which status ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("temporary", "until", "expected"),
    [
        pytest.param(None, None, Status.AWAY, id="none: the chosen one"),
        pytest.param(
            Status.CUSTOM_AWAY, TEN + timedelta(seconds=1), Status.CUSTOM_AWAY, id="still counts"
        ),
        pytest.param(Status.CUSTOM_AWAY, TEN, Status.AWAY, id="expired this instant"),
        pytest.param(Status.CUSTOM_AWAY, None, Status.CUSTOM_AWAY, id="until it is taken back"),
    ],
)
def test_a_temporary_status_counts_until_it_expires(
    temporary: Status | None, until: datetime | None, expected: Status
) -> None:
    mine = Forwarding(Status.AWAY, temporary=temporary, temporary_until=until)
    assert present_status(mine, WEEK, TEN) is expected


@pytest.mark.parametrize(
    ("hours", "now", "expected"),
    [
        pytest.param(WEEK, TEN, Status.AVAILABLE, id="in office hours"),
        pytest.param(WEEK, NOON_BREAK, Status.AWAY, id="in a break"),
        pytest.param(WEEK, NIGHT, Status.DO_NOT_DISTURB, id="outside"),
        pytest.param(HOLIDAY, TEN, Status.DO_NOT_DISTURB, id="on a holiday"),
        pytest.param(
            replace(WEEK, overrides=(Override(OverrideState.CLOSED),)),
            TEN,
            Status.DO_NOT_DISTURB,
            id="forced closed",
        ),
        pytest.param(Schedule(), NIGHT, Status.AVAILABLE, id="always open without hours"),
    ],
)
def test_the_hours_choose_the_status_when_told_to(
    hours: Schedule, now: datetime, expected: Status
) -> None:
    mine = Forwarding(Status.CUSTOM_AVAILABLE, auto_switch=True)
    assert present_status(mine, hours, now) is expected
    assert present_status(replace(mine, auto_switch=False), hours, now) is mine.status


def test_a_temporary_status_goes_before_that_of_the_hours() -> None:
    mine = Forwarding(auto_switch=True, temporary=Status.CUSTOM_AWAY)
    assert present_status(mine, WEEK, TEN) is Status.CUSTOM_AWAY


# -- whether they are in their queues ----------------------------------------------------------

OUT = "is logged out of all queues"
CLOSED = "leaves the queues while closed"


def in_queues(**changes: object) -> Forwarding:
    """Logged in; the status "lunch" leaves the queues."""
    lunch = Profile(Status.CUSTOM_AVAILABLE, leave_queues=True)
    mine = Forwarding(queues=True, profiles={lunch.status: lunch})
    return replace(mine, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mine", "now", "why"),
    [
        pytest.param(in_queues(), TEN, None, id="logged in"),
        pytest.param(in_queues(), NIGHT, None, id="hours alone log nobody out"),
        pytest.param(in_queues(queues=False), TEN, OUT, id="logged out"),
        pytest.param(in_queues(status=Status.AWAY), TEN, None, id="a status that stays"),
        pytest.param(
            in_queues(status=Status.CUSTOM_AVAILABLE),
            TEN,
            "status custom_available leaves the queues",
            id="a status that leaves wins over the button",
        ),
        pytest.param(
            in_queues(temporary=Status.CUSTOM_AVAILABLE, temporary_until=TEN + timedelta(1)),
            TEN,
            "status custom_available leaves the queues",
            id="a temporary one too",
        ),
        pytest.param(
            in_queues(temporary=Status.CUSTOM_AVAILABLE, temporary_until=TEN),
            TEN,
            None,
            id="and is back when it expires",
        ),
        pytest.param(
            in_queues(
                auto_switch=True,
                profiles={Status.AWAY: Profile(Status.AWAY, leave_queues=True)},
            ),
            NOON_BREAK,
            "status away leaves the queues",
            id="the status of the hours",
        ),
        pytest.param(in_queues(leave_queues_when_closed=True), TEN, None, id="open"),
        pytest.param(in_queues(leave_queues_when_closed=True), NOON_BREAK, None, id="a break"),
        pytest.param(in_queues(leave_queues_when_closed=True), NIGHT, CLOSED, id="closed"),
        pytest.param(
            in_queues(leave_queues_when_closed=True, temporary=Status.AVAILABLE),
            NIGHT,
            CLOSED,
            id="closed, whatever the status",
        ),
        pytest.param(
            in_queues(leave_queues_when_closed=True, queues=False),
            NIGHT,
            OUT,
            id="logged out first",
        ),
    ],
)
def test_who_is_logged_in_to_all_queues(mine: Forwarding, now: datetime, why: str | None) -> None:
    assert why_out_of_queues(mine, WEEK, now) == why


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        pytest.param(HOLIDAY, CLOSED, id="holiday"),
        pytest.param(
            replace(WEEK, overrides=(Override(OverrideState.CLOSED),)), CLOSED, id="forced closed"
        ),
        pytest.param(Schedule(), None, id="without hours always open"),
    ],
)
def test_closed_is_whatever_the_hours_of_the_person_say(hours: Schedule, why: str | None) -> None:
    mine = in_queues(leave_queues_when_closed=True)
    assert why_out_of_queues(mine, hours, TEN) == why


# -- the five statuses -------------------------------------------------------------------------


@pytest.mark.parametrize("status", list(Status))
def test_only_the_statuses_of_the_available_kind_ring(status: Status) -> None:
    choice = before_ringing(Forwarding(status), asking())
    assert choice.rings is (status in RINGING_STATUSES)
    assert choice.destination is None


@pytest.mark.parametrize("status", sorted(set(Status) - RINGING_STATUSES))
@pytest.mark.parametrize(("internal", "expected"), [(True, DESK), (False, MOBILE)])
def test_a_silent_status_sends_colleagues_and_others_each_their_way(
    status: Status, internal: bool, expected: Destination
) -> None:
    mine = profile(status, When.ALWAYS, DESK, MOBILE)
    choice = before_ringing(mine, asking(internal=internal))
    assert (choice.rings, choice.destination) == (False, expected)


@pytest.mark.parametrize("status", sorted(RINGING_STATUSES))
@pytest.mark.parametrize("when", [When.NO_ANSWER, When.BUSY, When.NOT_REGISTERED])
@pytest.mark.parametrize(("internal", "expected"), [(True, DESK), (False, MOBILE)])
def test_a_ringing_status_has_a_way_for_each_end_of_ringing(
    status: Status, when: When, internal: bool, expected: Destination
) -> None:
    mine = profile(status, when, DESK, MOBILE)
    assert before_ringing(mine, asking(internal=internal)).rings
    assert after_ringing(mine, when, asking(internal=internal)).destination == expected
    others = set(When) - {when, When.ALWAYS}
    assert all(after_ringing(mine, other, asking()).destination is None for other in others)


# -- exceptions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        pytest.param({}, True, id="everybody, always"),
        pytest.param({"caller": "101"}, True, id="that caller"),
        pytest.param({"caller": "102"}, False, id="another caller"),
        pytest.param({"caller": "10*"}, True, id="callers that begin so"),
        pytest.param({"source": CallSource.INTERNAL}, True, id="colleagues"),
        pytest.param({"source": CallSource.EXTERNAL}, False, id="callers from outside"),
        pytest.param({"hours": TimeFilter.OFFICE_HOURS}, True, id="in office hours"),
        pytest.param({"hours": TimeFilter.OUT_OF_OFFICE_HOURS}, False, id="outside of them"),
        pytest.param({"hours": TimeFilter.BREAK}, False, id="in breaks"),
        pytest.param({"hours": TimeFilter.NEVER}, False, id="never"),
        pytest.param(
            {"hours": TimeFilter.SPECIFIC_HOURS, "periods": (Period(0, 600, 660),)},
            True,
            id="in its own hours",
        ),
        pytest.param({"when": When.NO_ANSWER}, False, id="only after ringing"),
        pytest.param(
            {"caller": "101", "hours": TimeFilter.NEVER}, False, id="caller fits, hours do not"
        ),
    ],
)
def test_an_exception_counts_when_caller_hours_and_source_all_fit(
    changes: dict[str, object], fits: bool
) -> None:
    mine = Forwarding(exceptions=(exception(**changes),))
    choice = before_ringing(mine, asking("101", internal=True, now=TEN))
    assert (choice.destination == DESK, choice.exception, choice.rings) == (fits, fits, not fits)


@pytest.mark.parametrize("status", list(Status))
def test_exceptions_come_before_every_status(status: Status) -> None:
    mine = replace(
        profile(status, When.ALWAYS, MOBILE, MOBILE),
        exceptions=(exception(),),
        temporary=Status.AWAY,
    )
    assert before_ringing(mine, asking()).destination == DESK


def test_the_first_of_two_exceptions_that_fit_decides() -> None:
    first, second = exception(), exception(destination=BUSY)
    assert before_ringing(Forwarding(exceptions=(first, second)), asking()).destination == DESK
    assert before_ringing(Forwarding(exceptions=(second, first)), asking()).destination == BUSY


def test_an_exception_for_no_answer_goes_before_the_profile() -> None:
    mine = profile(Status.AVAILABLE, When.NO_ANSWER, DESK, DESK)
    mine = replace(mine, exceptions=(exception(when=When.NO_ANSWER, destination=BUSY),))
    assert after_ringing(mine, When.NO_ANSWER, asking()).destination == BUSY
    assert after_ringing(mine, When.BUSY, asking()).destination is None


# -- properties --------------------------------------------------------------------------------

instants = st.integers(0, 365 * 24 * 60).map(lambda n: MONDAY + timedelta(minutes=n))
destinations = st.sampled_from([DESK, MOBILE, BUSY])
callers = st.sampled_from(["101", "102", "+31612345678", "anonymous", ""])
lines = st.builds(
    ExceptionLine,
    st.just("e"),
    st.just("E"),
    st.sampled_from(["", "101", "*78", "+316*", "zzz"]),
    st.sampled_from(CallSource),
    st.sampled_from(TimeFilter),
    st.just((Period(0, 540, 600),)),
    st.sampled_from(When),
    destinations,
)
profiles = st.builds(
    lambda status, splits, seconds: Profile(status, splits, seconds),
    st.sampled_from(Status),
    st.dictionaries(
        st.sampled_from(When), st.builds(Split, destinations, st.none() | destinations)
    ),
    st.none() | st.integers(5, 60),
)
forwardings = st.builds(
    Forwarding,
    status=st.sampled_from(Status),
    temporary=st.none() | st.sampled_from(Status),
    temporary_until=st.none() | instants,
    auto_switch=st.booleans(),
    profiles=st.lists(profiles).map(lambda found: {each.status: each for each in found}),
    exceptions=st.lists(lines, max_size=4).map(tuple),
)
askings = st.builds(Asking, callers, st.booleans(), instants, st.sampled_from([WEEK, HOLIDAY]))


def outcome(mine: Forwarding, call: Asking) -> list[object]:
    after = [after_ringing(mine, when, call) for when in When]
    return [before_ringing(mine, call), *after]


@given(forwardings, askings, st.integers(0, 4), lines)
def test_an_exception_that_does_not_fit_never_changes_the_outcome(
    mine: Forwarding, call: Asking, place: int, line: ExceptionLine
) -> None:
    never = replace(line, hours=TimeFilter.NEVER)
    with_it = (*mine.exceptions[:place], never, *mine.exceptions[place:])
    assert outcome(replace(mine, exceptions=with_it), call) == outcome(mine, call)


@given(forwardings, askings, st.sampled_from(Status), st.timedeltas(timedelta(0), timedelta(9)))
def test_a_temporary_status_that_expired_never_counts(
    mine: Forwarding, call: Asking, status: Status, ago: timedelta
) -> None:
    expired = replace(mine, temporary=status, temporary_until=call.now - ago)
    without = replace(mine, temporary=None, temporary_until=None)
    assert outcome(expired, call) == outcome(without, call)


@given(forwardings, askings, st.permutations(["101", "102", "+31612345678", "anonymous"]))
def test_the_order_of_exceptions_for_different_callers_changes_nothing(
    mine: Forwarding, call: Asking, order: list[str]
) -> None:
    made = {number: exception(name=number, caller=number) for number in order}
    sorted_lines = tuple(made[number] for number in sorted(made))
    shuffled = tuple(made[number] for number in order)
    assert outcome(replace(mine, exceptions=shuffled), call) == outcome(
        replace(mine, exceptions=sorted_lines), call
    )


@given(forwardings, askings)
def test_a_call_either_rings_or_goes_somewhere_or_is_told_why_not(
    mine: Forwarding, call: Asking
) -> None:
    choice = before_ringing(mine, call)
    assert not (choice.rings and choice.destination)
    assert choice.why
    assert choice.profile.status is present_status(mine, call.hours, call.now)
