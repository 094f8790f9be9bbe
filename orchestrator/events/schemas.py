"""What the API says about the event log."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from orchestrator.events.rules import EventLevel
from orchestrator.schemas import ListQuery, Page


class EventQuery(ListQuery):
    sort: Literal["at", "-at"] | None = "-at"
    level: EventLevel | None = None
    number: int | None = Field(None, ge=0, le=1_000_000)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class EventOut(BaseModel):
    """One thing that happened; `tag` is `subject:thing:action`."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    number: int
    level: EventLevel
    tag: str
    message: str
    details: dict[str, str]
    at: AwareDatetime


EventPage = Page[EventOut]
