"""What the API says about calls of the journal."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from orchestrator.calls.verdict import Direction
from orchestrator.schemas import Body, Line, ListQuery, Page, Reference


class CallQuery(ListQuery):
    """Newest first unless `sort` says otherwise."""

    sort: Literal["started_at", "-started_at"] | None = "-started_at"
    direction: Direction | None = None
    verdict: Line | None = Field(None, max_length=32)
    number: Line | None = Field(None, max_length=64, description="Part of caller or dialled.")
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    billing_code: Line | None = Field(None, max_length=32, description="Exactly this one.")
    queue: Reference | None = Field(None, description="Calls that came to this queue (id).")


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
    recordings: list[str]


CallPage = Page[CallOut]


class SegmentOut(BaseModel):
    """One step of a call's journey. `joined`: how many people heard it, if it was a page. `queue`:
    the queue (id) that it is, or by which the call came to this person; else empty. `polled`: how
    often phones of agents were rung there."""

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
    joined: int
    queue: str = Field(validation_alias="queue_id")
    polled: int


class CallDetail(CallOut):
    segments: list[SegmentOut]


class RecordingState(StrEnum):
    """`paused`: a part has ended, and another may follow."""

    OFF = "off"
    ON = "on"
    PAUSED = "paused"


class CallState(StrEnum):
    """What a live call does. `connecting`: it is on its way, and rings nowhere yet. `waiting`: in a
    queue, whether phones of agents ring or not."""

    CONNECTING = "connecting"
    RINGING = "ringing"
    WAITING = "waiting"
    ANNOUNCEMENT = "announcement"
    TALKING = "talking"
    HELD = "held"
    PARKED = "parked"
    CONFERENCE = "conference"
    SUPERVISING = "supervising"
    PAGING = "paging"


class PartyOut(BaseModel):
    """One end of a live call. `user` is null for the outside world; `holding`: it has put the
    other on hold; `muted`: the other does not hear it."""

    number: str
    name: str
    user: str | None
    department: str | None
    caller: bool
    answered: bool
    holding: bool
    muted: bool


class ActiveCallOut(BaseModel):
    """A call that is going on; the journal shows it by the same id once it has ended."""

    id: str
    direction: Direction
    state: CallState
    dialled: str
    started_at: AwareDatetime
    answered_at: AwareDatetime | None
    since: AwareDatetime = Field(description="Of the present step of its journey.")
    recording: RecordingState
    parties: list[PartyOut]


ActiveCallPage = Page[ActiveCallOut]

Dialled = Annotated[str, Field(pattern=r"^\+?[0-9*#]{1,32}$", description="As one dials it.")]


class SendBody(Body):
    """`user`: on behalf of which party of the call; empty: your own, else the first you may."""

    to: Dialled
    user: Reference | None = None


class JoinBody(Body):
    """`with` is the id of the other call of the same person."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    with_: Reference = Field(alias="with")
    user: Reference | None = None


class PartyBody(Body):
    user: Reference | None = Field(None, description="Which party; empty: your own.")


class RecordAction(StrEnum):
    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"


class RecordBody(Body):
    action: RecordAction
    user: Reference | None = None


class SuperviseBody(Body):
    user: Reference = Field("-", description="Whose devices ring: your own.")


class CallMake(Body):
    """Click to call: the devices of `from` ring (`-`: your own), then `to` is dialled."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    from_: Reference = Field("-", alias="from")
    to: Dialled


class CallMade(BaseModel):
    id: str
