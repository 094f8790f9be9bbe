"""When everybody is logged out of hot-desk phones."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.hot_desks.rules import HotDeskLine, due, last_time
from orchestrator.options.rules import HotDeskOptions

AMSTERDAM = "Europe/Amsterdam"
ZONES = (
    AMSTERDAM,
    "UTC",
    "America/New_York",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Australia/Lord_Howe",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def used(since: str | None) -> HotDeskLine:
    return HotDeskLine("d", "h", "Lobby", "ann", at(since)) if since else HotDeskLine("d", "h", "L")


@pytest.mark.parametrize(
    ("of_day", "now", "last"),
    [
        pytest.param("18:00", "2026-01-15T17:00Z", "2026-01-15T17:00Z", id="now"),
        pytest.param("18:00", "2026-01-15T16:59:59Z", "2026-01-14T17:00Z", id="a second before"),
        pytest.param("18:00", "2026-07-15T16:30Z", "2026-07-15T16:00Z", id="in summer"),
        pytest.param("00:00", "2026-01-15T22:59Z", "2026-01-14T23:00Z", id="midnight, before"),
        pytest.param("00:00", "2026-01-15T23:00Z", "2026-01-15T23:00Z", id="midnight"),
        pytest.param("02:30", "2026-03-29T12:00Z", "2026-03-29T01:30Z", id="left out: later"),
        pytest.param("02:30", "2026-10-25T12:00Z", "2026-10-25T00:30Z", id="twice: the first"),
    ],
)
def test_the_last_time_at_which_clocks_showed_it(of_day: str, now: str, last: str) -> None:
    assert last_time(time.fromisoformat(of_day), AMSTERDAM, at(now)) == at(last)


@example(time(2, 0, fold=1), "America/New_York", at("2011-03-13T07:06:40Z"))
@given(
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.sampled_from(ZONES),
    st.integers(1_300_000_000, 2_200_000_000).map(lambda s: datetime.fromtimestamp(s, UTC)),
)
def test_it_has_passed_and_is_less_than_two_days_ago(
    of_day: time, zone: str, now: datetime
) -> None:
    found = last_time(of_day, zone, now)
    assert timedelta() <= now - found < timedelta(hours=49)
    assert last_time(of_day, zone, found) == found, "asked again, it is the same"
    shown = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    off = timedelta(hours=shown.hour - of_day.hour, minutes=shown.minute - of_day.minute)
    assert off in {timedelta(), timedelta(minutes=30), timedelta(hours=1), timedelta(hours=-23)}


@pytest.mark.parametrize(
    ("chosen", "chosen_at", "logged_in", "instant"),
    [
        pytest.param(None, None, ["2026-01-01T08:00Z"], None, id="nothing chosen"),
        pytest.param("18:00", None, ["2026-01-15T08:00Z"], "2026-01-15T17:00Z", id="all day"),
        pytest.param("18:00", None, ["2026-01-12T08:00Z"], "2026-01-15T17:00Z", id="for days"),
        pytest.param("18:00", None, ["2026-01-15T17:00Z"], None, id="in that moment"),
        pytest.param("18:00", None, ["2026-01-15T17:30Z"], None, id="after it"),
        pytest.param(
            *("18:00", None, ["2026-01-15T17:30Z", "2026-01-15T16:59Z"], "2026-01-15T17:00Z"),
            id="one of two",
        ),
        pytest.param("18:00", None, [None], None, id="nobody"),
        pytest.param("18:00", None, [], None, id="no phones"),
        pytest.param(
            *("18:00", "2026-01-15T17:00:01Z", ["2026-01-15T08:00Z"], None),
            id="chosen after that time of this day",
        ),
        pytest.param(
            *("18:00", "2026-01-15T16:59Z", ["2026-01-15T08:00Z"], "2026-01-15T17:00Z"),
            id="chosen just in time",
        ),
    ],
)
def test_who_logged_in_before_it_is_to_go(
    chosen: str | None, chosen_at: str | None, logged_in: list[str | None], instant: str | None
) -> None:
    options = HotDeskOptions(
        time.fromisoformat(chosen) if chosen else None, at(chosen_at) if chosen_at else None
    )
    found = due(options, AMSTERDAM, at("2026-01-15T20:00Z"), [used(each) for each in logged_in])
    assert found == (at(instant) if instant else None)
