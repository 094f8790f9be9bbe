"""What the API says about colleagues."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from orchestrator.forwarding.rules import Status
from orchestrator.schemas import Line, ListQuery, Page, Reference


class PhoneState(StrEnum):
    """What somebody's phones do: one that rings counts first, then one that talks."""

    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    HOLDING = "holding"


class PresenceQuery(ListQuery):
    """Paging and filters; the list is in the order of numbers."""

    sort: Literal["number"] | None = Field(None, description="Field to sort by.")
    department: Reference | None = Field(None, description="Only members of this department (id).")
    search: Annotated[Line, Field(min_length=1, max_length=100)] | None = Field(
        None, description="A part of the name or of the number."
    )


class PresenceOut(BaseModel):
    """How a colleague is at this moment, as far as they show it and the reader may see it."""

    id: str
    number: str
    name: str
    departments: list[str] = Field(description="Departments (id) that the reader may see, too.")
    status: Status | None = Field(description="Null: not shown.")
    status_name: str = Field(description="What the tenant calls a custom status; else empty.")
    message: str
    status_until: AwareDatetime | None = Field(description="When a temporary status ends.")
    phone: PhoneState | None = Field(description="Null: not shown.")
    phone_since: AwareDatetime | None
    registered: bool | None = Field(description="Whether a phone is there. Null: not shown.")


PresencePage = Page[PresenceOut]
