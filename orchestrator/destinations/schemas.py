"""What the API says about destinations: where a call goes next."""

from typing import Annotated

from pydantic import ConfigDict, Field

from orchestrator.schemas import Body, Line
from orchestrator.types import Destination, DestinationKind, StoredDestination


class DestinationBody(Body):
    """Where a call goes. `ref`: the id of a user (also for its mobile or voicemail), ring group
    (also for its voicemail), queue, IVR, department, conference room or parking place; a number
    (extension, external, rebound); or empty (dial_by_name, busy, end_call)."""

    model_config = ConfigDict(from_attributes=True)

    kind: DestinationKind
    ref: Annotated[Line, Field(max_length=64)] = ""

    @property
    def plain(self) -> Destination:
        return Destination(self.kind, self.ref)

    @property
    def stored(self) -> StoredDestination:
        """As a JSON column keeps it."""
        return {"kind": self.kind.value, "ref": self.ref}


def shown(stored: StoredDestination | None) -> DestinationBody | None:
    """A destination of a JSON column as the API shows it."""
    return DestinationBody(**stored) if stored else None
