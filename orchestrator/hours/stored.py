"""Own routes of an object by the state of its department's hours, as JSON columns keep them.

An object with routes of its own (IVR, ring group, queue) follows the hours of its department: while
the department is closed, on break or on holiday, its calls go where its own route says.
"""

from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.hours.rules import HoursState
from orchestrator.types import StoredDestination

StoredRoute = dict[str, Any]
"""`{"destination": {"kind": "user", "ref": "..."}, "prompt": "..." or None}`."""


class OwnRoutes:
    """Mixin: where calls go while the department is not open; NULL: no route of its own."""

    closed: Mapped[StoredRoute | None] = mapped_column(JSON(none_as_null=True))
    on_break: Mapped[StoredRoute | None] = mapped_column(JSON(none_as_null=True))
    holiday: Mapped[StoredRoute | None] = mapped_column(JSON(none_as_null=True))


COLUMNS = {
    HoursState.CLOSED: "closed",
    HoursState.BREAK: "on_break",
    HoursState.HOLIDAY: "holiday",
}
"""State -> column of `OwnRoutes`."""


def destination_in(route: StoredRoute | None) -> StoredDestination | None:
    """Where a stored route leads."""
    return route["destination"] if route else None


def prompts_in(*routes: StoredRoute | None) -> list[str]:
    """The prompts that stored routes play."""
    return [route["prompt"] for route in routes if route and route.get("prompt")]
