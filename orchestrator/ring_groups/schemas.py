"""What the API says about ring groups."""

from typing import Annotated, Literal

from pydantic import Field

from orchestrator.destinations.schemas import DestinationBody
from orchestrator.hours.schemas import HoursRouteBody
from orchestrator.people.schemas import Number
from orchestrator.ring_groups.rules import Strategy
from orchestrator.schemas import Body, Line, ListQuery, Page, Patch, Reference, Resource, Sound

MAX_MEMBERS = 200

GroupName = Annotated[Line, Field(min_length=1, max_length=80)]
Members = Annotated[
    list[Reference], Field(max_length=MAX_MEMBERS, description="Users (ids), the first first.")
]
RingSeconds = Annotated[
    int, Field(ge=5, le=300, description="How long all ring, or each one in turn.")
]
CallerName = Annotated[Line, Field(max_length=40, description="Put before the caller's name.")]
MulticastAddress = Annotated[Line, Field(min_length=1, max_length=45)]


class RingGroupCreate(Body):
    """A new ring group. `department` null: the default one; its hours count.

    `greeting` answers the caller; `music` (a playlist) is what they hear afterwards, else ringing.
    `closed`, `on_break`, `holiday`: where all calls go in those hours. `disturb_busy` and the
    multicast fields are for paging.
    """

    number: Number
    name: GroupName
    department: Reference | None = None
    strategy: Strategy = Strategy.RING_ALL
    members: Members = Field(default_factory=list)
    ring_seconds: RingSeconds = 20
    greeting: Sound | None = None
    caller_name: CallerName = ""
    no_answer: DestinationBody | None = None
    closed: HoursRouteBody | None = None
    on_break: HoursRouteBody | None = None
    holiday: HoursRouteBody | None = None
    music: Reference | None = None
    disturb_busy: bool = False
    multicast_address: MulticastAddress | None = None
    multicast_port: int | None = None


class RingGroupPatch(Patch):
    number: Number = ""
    name: GroupName = ""
    department: Reference = ""
    strategy: Strategy = Strategy.RING_ALL
    members: Members = Field(default_factory=list)
    ring_seconds: RingSeconds = 20
    greeting: Sound | None = None
    caller_name: CallerName = ""
    no_answer: DestinationBody | None = None
    closed: HoursRouteBody | None = None
    on_break: HoursRouteBody | None = None
    holiday: HoursRouteBody | None = None
    music: Reference | None = None
    disturb_busy: bool = False
    multicast_address: MulticastAddress | None = None
    multicast_port: int | None = None


class RingGroupQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of the name.")
    department: Reference | None = None


class RingGroupOut(Resource):
    """A ring group; `members` are users (ids) in the order of a hunt. `warnings` say what keeps it
    from working as one may expect."""

    number: str
    name: str
    department: str
    strategy: Strategy
    members: list[str]
    ring_seconds: int
    greeting: str | None
    caller_name: str
    no_answer: DestinationBody | None
    closed: HoursRouteBody | None
    on_break: HoursRouteBody | None
    holiday: HoursRouteBody | None
    music: str | None
    disturb_busy: bool
    multicast_address: str | None
    multicast_port: int | None
    warnings: list[str]


RingGroupPage = Page[RingGroupOut]
