"""Hot-desk phones as calls see them, and when everybody is logged out of them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from orchestrator.options.rules import HotDeskOptions


@dataclass(frozen=True, slots=True)
class HotDeskLine:
    """A telephone without a user of its own. `user` is who (id) is logged in there, since `since`;
    None: nobody, and it can only call for help and have somebody log in."""

    id: str
    endpoint: str
    name: str
    user: str | None = None
    since: datetime | None = None


def last_time(at: time, zone: str, now: datetime) -> datetime:
    """The last instant, up to `now`, at which the clocks in `zone` showed `at`.

    On the day on which clocks go back it is the first of the two, and on the day on which they
    leave `at` out it is as much later as they go forward.
    """
    local = ZoneInfo(zone)
    today = now.astimezone(local).date()
    first = at.replace(fold=0)
    for days_ago in range(3):
        found = datetime.combine(today - timedelta(days=days_ago), first, local).astimezone(UTC)
        if found <= now:
            return found
    raise AssertionError("some time of the day before yesterday has passed")


def due(
    options: HotDeskOptions, zone: str, now: datetime, desks: Iterable[HotDeskLine]
) -> datetime | None:
    """Who logged in before this instant is to be logged out now; None: there is nobody."""
    if options.log_out_at is None:
        return None
    instant = last_time(options.log_out_at, zone, now)
    if options.since is not None and instant < options.since:
        return None
    found = any(desk.since is not None and desk.since < instant for desk in desks)
    return instant if found else None
