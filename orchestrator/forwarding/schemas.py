"""What the API says about statuses, forwarding and its exceptions."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from orchestrator.destinations.schemas import DestinationBody
from orchestrator.forwarding.rules import CallSource, Status, When
from orchestrator.hours.rules import TimeFilter
from orchestrator.hours.schemas import Moment, PeriodBody
from orchestrator.routing.schemas import Direction
from orchestrator.schemas import Body, Line, ListQuery, Page, Patch, Resource
from orchestrator.types import DestinationKind

LONGEST_STATUS = 366 * 86_400
"""Seconds."""

MAX_PERIODS = 50

Message = Annotated[Line, Field(max_length=200, description="What colleagues see beside it.")]
Seconds = Annotated[int, Field(ge=1, le=LONGEST_STATUS)]
RingSeconds = Annotated[int, Field(ge=5, le=300, description="null: the user's own ring time.")]


class StatusBody(Body):
    """The status to be in. `temporary`: until `until`, for `seconds`, or until it is set again;
    the status from before counts then. With `auto_switch` every choice is temporary, and without
    an end of its own it lasts until the office hours change."""

    status: Status
    message: Message = ""
    temporary: bool = False
    until: Moment | None = None
    seconds: Seconds | None = None


class StatusOut(BaseModel):
    """`status` is the chosen one, `temporary` counts until `until`. `present` is what counts now,
    and `name` how the tenant calls that."""

    version: int
    user: str
    status: Status
    temporary: Status | None
    until: AwareDatetime | None
    message: str
    auto_switch: bool
    present: Status
    name: str


class SplitBody(Body):
    """Where calls of colleagues go, and those from outside; null: nowhere is set."""

    model_config = ConfigDict(from_attributes=True)

    internal: DestinationBody | None = None
    external: DestinationBody | None = None


Ways = Annotated[
    dict[When, SplitBody],
    Field(
        description="`always` for statuses that do not ring; `no_answer`, `busy` and "
        "`not_registered` for those that do. `no_answer` also counts for a rebound number "
        "where nobody accepts."
    ),
]


class ProfileBody(Body):
    """What calls do in one status."""

    destinations: Ways = Field(default_factory=dict)
    no_answer_seconds: RingSeconds | None = None
    ring_mobile: bool = Field(False, description="The mobile rings too; 1 accepts there.")
    several_calls: bool = Field(True, description="false: busy while in a call.")
    ring_group_calls: bool = Field(True, description="Calls of ring groups ring.")
    leave_queues: bool = Field(False, description="Logged out of queues in this status.")


class ForwardingBody(Body):
    """All of a user's forwarding but the exceptions. A status that is not named has the defaults:
    the phones ring, or do not, and calls go nowhere else."""

    auto_switch: bool = Field(False, description="The office hours choose the status.")
    leave_queues_when_closed: bool = Field(
        False, description="Logged out of queues while the office hours are closed."
    )
    screening: bool = Field(
        False, description="Callers from outside say a name; 1 accepts the call, 2 refuses it."
    )
    profiles: dict[Status, ProfileBody] = Field(default_factory=dict)


class ForwardingOut(ForwardingBody):
    """The forwarding of a user, with all five profiles."""

    version: int
    user: str


Caller = Annotated[
    str,
    Field(
        pattern=r"^\*?[+0-9A-Za-z._-]{0,38}\*?$",
        description="A number, with * where it may begin or end otherwise; empty: everybody.",
    ),
]
Periods = Annotated[
    list[PeriodBody], Field(max_length=MAX_PERIODS, description="For the specific hours.")
]
ExceptionName = Annotated[Line, Field(max_length=80)]


class ExceptionCreate(Body):
    """A rule that counts before the status, placed after all others."""

    name: ExceptionName = ""
    caller: Caller = ""
    source: CallSource = CallSource.ANY
    hours: TimeFilter = TimeFilter.ALL_HOURS
    periods: Periods = Field(default_factory=list)
    when: When = When.ALWAYS
    destination: DestinationBody


class ExceptionPatch(Patch):
    name: ExceptionName = ""
    caller: Caller = ""
    source: CallSource = CallSource.ANY
    hours: TimeFilter = TimeFilter.ALL_HOURS
    periods: Periods = Field(default_factory=list)
    when: When = When.ALWAYS
    destination: DestinationBody = DestinationBody(kind=DestinationKind.BUSY)


class ExceptionMove(Body):
    """One place up (asked earlier) or down."""

    direction: Direction


class ExceptionQuery(ListQuery):
    sort: Literal["position", "-position"] | None = None


class ExceptionOut(Resource):
    """An exception; the one with the lowest `position` that fits a call decides."""

    position: int
    name: str
    caller: str
    source: CallSource
    hours: TimeFilter
    periods: list[PeriodBody]
    when: When
    destination: DestinationBody


ExceptionPage = Page[ExceptionOut]
