"""Where the calls of a ring group or queue go besides: checked, and as its columns keep it.

Used by the services of such objects, inside their own transactions.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.destinations.schemas import DestinationBody
from orchestrator.destinations.service import require_destination
from orchestrator.errors import Invalid
from orchestrator.hours.schemas import HoursRouteBody
from orchestrator.hours.stored import StoredRoute
from orchestrator.prompts.lookup import require_prompt
from orchestrator.types import Destination, DestinationKind, Scope, StoredDestination


class Ways:
    """Checks ways of one object: they exist, and do not lead back to it, where a call would come
    round for ever. `itself` is the object and `number` its number; a new one has neither."""

    def __init__(
        self, session: AsyncSession, scope: Scope, itself: Destination, number: str
    ) -> None:
        self._session = session
        self._scope = scope
        self._itself = itself
        self._number = number

    async def destination(
        self, way: DestinationBody | None, field: str
    ) -> StoredDestination | None:
        """`way`, checked, for a column. Raises Invalid for `field`."""
        if way is None:
            return None
        await require_destination(self._session, self._scope, way, field)
        by_number = Destination(DestinationKind.EXTENSION, self._number)
        if way.plain in {self._itself, by_number}:
            what = self._itself.kind.value.replace("_", " ")
            raise Invalid.field(f"{field}.ref", f"leads back to this {what}")
        return way.stored

    async def route(self, value: HoursRouteBody | None, field: str) -> StoredRoute | None:
        """A route of the object's own, checked, for a column. Raises Invalid for `field`."""
        if value is None:
            return None
        stored = await self.destination(value.destination, f"{field}.destination")
        await require_prompt(self._session, self._scope, value.prompt, f"{field}.prompt")
        return {"destination": stored, "prompt": value.prompt}


def shown_route(stored: Mapping[str, Any] | None) -> HoursRouteBody | None:
    """A route of a JSON column as the API shows it."""
    return HoursRouteBody.model_validate(stored) if stored else None
