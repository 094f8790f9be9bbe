"""What the API says about calls of the journal."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from orchestrator.calls.verdict import Direction
from orchestrator.schemas import Line, ListQuery, Page


class CallQuery(ListQuery):
    """Newest first unless `sort` says otherwise."""

    sort: Literal["started_at", "-started_at"] | None = "-started_at"
    direction: Direction | None = None
    verdict: Line | None = Field(None, max_length=32)
    number: Line | None = Field(None, max_length=64, description="Part of caller or dialled.")
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    billing_code: Line | None = Field(None, max_length=32, description="Exactly this one.")


class CallOut(BaseModel):
    """One call; `verdict` is null while it runs. `adopted`: taken over after a restart."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    direction: Direction
    caller_number: str
    caller_name: str
    dialled: str
    started_at: AwareDatetime
    answered_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    verdict: str | None
    reason: str | None
    adopted: bool
    billing_code: str


CallPage = Page[CallOut]


class SegmentOut(BaseModel):
    """One step of a call's journey."""

    model_config = ConfigDict(from_attributes=True)

    seq: int
    source: str
    destination_kind: str
    destination_ref: str
    destination_number: str
    started_at: AwareDatetime
    answered_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    reason: str | None


class CallDetail(CallOut):
    segments: list[SegmentOut]
