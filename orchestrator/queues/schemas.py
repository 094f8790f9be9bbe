"""What the API says about queues."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from orchestrator.destinations.schemas import DestinationBody
from orchestrator.hours.schemas import HoursRouteBody
from orchestrator.people.schemas import Number
from orchestrator.queues.agents import AgentState
from orchestrator.queues.rules import Strategy
from orchestrator.schemas import (
    Body,
    Language,
    Line,
    ListQuery,
    Page,
    Patch,
    Reference,
    Resource,
    Sound,
)

MAX_AGENTS = 400
MAX_SKILL = 100


class QueueAgentBody(Body):
    """A user (id) who serves the queue; `skill` 1 is the best group."""

    user: Reference
    skill: Annotated[int, Field(ge=1, le=MAX_SKILL)] = 1


QueueName = Annotated[Line, Field(min_length=1, max_length=80)]
Agents = Annotated[
    list[QueueAgentBody], Field(max_length=MAX_AGENTS, description="The first is rung first.")
]
Watchers = Annotated[
    list[Reference],
    Field(max_length=MAX_AGENTS, description="Users (ids) who watch over the queue."),
]
RingSeconds = Annotated[int, Field(ge=5, le=300, description="How long an agent is rung.")]
MaxWait = Annotated[int, Field(ge=0, le=86_400, description="0: callers wait for ever.")]
MaxCallers = Annotated[int, Field(ge=0, le=1000, description="Who wait at once; 0: no limit.")]
WrapUp = Annotated[int, Field(ge=0, le=3600, description="Rest of an agent after each call.")]
Sla = Annotated[int, Field(ge=0, le=86_400, description="A longer wait is reported; 0: none is.")]
SkillWait = Annotated[
    int,
    Field(ge=0, le=86_400, description="Before the next group is open; 0: when nobody is free."),
]
Missed = Annotated[int, Field(ge=0, le=100, description="Calls in a row; 0: never.")]
CallerName = Annotated[Line, Field(max_length=40, description="Put before the caller's name.")]
Every = Annotated[int, Field(ge=15, le=600, description="Seconds from one to the next.")]
Comforts = Annotated[list[Sound], Field(max_length=10, description="Played one after the other.")]


class QueueCreate(Body):
    """A new queue. `department` null: the default one; its hours count. `language` null: that of
    the department.

    `greeting` answers the caller; `greeting_in_full`: no agent is rung before its end. `music` (a
    playlist) null: that of the department. `no_answer`: where callers go whom nobody served.
    `closed`, `on_break`, `holiday`: where all calls go in those hours. `priority`: callers here
    come before those of other queues of the same agents. `ring_busy`: agents on another call are
    rung too, if their status takes several calls.
    """

    number: Number
    name: QueueName
    department: Reference | None = None
    strategy: Strategy = Strategy.HUNT_RANDOM_START
    agents: Agents = Field(default_factory=list)
    managers: Watchers = Field(default_factory=list)
    ring_seconds: RingSeconds = 30
    max_wait_seconds: MaxWait = 1800
    max_callers: MaxCallers = 0
    wrap_up_seconds: WrapUp = 0
    priority: bool = False
    ring_busy: bool = False
    sla_seconds: Sla = 0
    skill_wait_seconds: SkillWait = 0
    log_out_after_missed: Missed = 0
    greeting: Sound | None = None
    greeting_in_full: bool = False
    music: Reference | None = None
    language: Language | None = None
    caller_name: CallerName = ""
    announce_position: bool = False
    announce_wait: bool = False
    announce_seconds: Every = 60
    comfort_prompts: Comforts = Field(default_factory=list)
    comfort_seconds: Every = 60
    no_answer: DestinationBody | None = None
    closed: HoursRouteBody | None = None
    on_break: HoursRouteBody | None = None
    holiday: HoursRouteBody | None = None


class QueuePatch(Patch):
    number: Number = ""
    name: QueueName = ""
    department: Reference = ""
    strategy: Strategy = Strategy.HUNT_RANDOM_START
    agents: Agents = Field(default_factory=list)
    managers: Watchers = Field(default_factory=list)
    ring_seconds: RingSeconds = 30
    max_wait_seconds: MaxWait = 1800
    max_callers: MaxCallers = 0
    wrap_up_seconds: WrapUp = 0
    priority: bool = False
    ring_busy: bool = False
    sla_seconds: Sla = 0
    skill_wait_seconds: SkillWait = 0
    log_out_after_missed: Missed = 0
    greeting: Sound | None = None
    greeting_in_full: bool = False
    music: Reference | None = None
    language: Language | None = None
    caller_name: CallerName = ""
    announce_position: bool = False
    announce_wait: bool = False
    announce_seconds: Every = 60
    comfort_prompts: Comforts = Field(default_factory=list)
    comfort_seconds: Every = 60
    no_answer: DestinationBody | None = None
    closed: HoursRouteBody | None = None
    on_break: HoursRouteBody | None = None
    holiday: HoursRouteBody | None = None


class QueueQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of the name.")
    department: Reference | None = None


class QueueOut(Resource):
    """A queue; `agents` in the order of a hunt, `managers` users (ids). Calls and talk time of
    agents count since `statistics_since`. `warnings` say what keeps it from working as one may
    expect."""

    number: str
    name: str
    department: str
    strategy: Strategy
    agents: list[QueueAgentBody]
    managers: list[str]
    ring_seconds: int
    max_wait_seconds: int
    max_callers: int
    wrap_up_seconds: int
    priority: bool
    ring_busy: bool
    sla_seconds: int
    skill_wait_seconds: int
    log_out_after_missed: int
    greeting: str | None
    greeting_in_full: bool
    music: str | None
    language: str | None
    caller_name: str
    announce_position: bool
    announce_wait: bool
    announce_seconds: int
    comfort_prompts: list[str]
    comfort_seconds: int
    no_answer: DestinationBody | None
    closed: HoursRouteBody | None
    on_break: HoursRouteBody | None
    holiday: HoursRouteBody | None
    statistics_since: AwareDatetime
    warnings: list[str]


QueuePage = Page[QueueOut]


# -- agents ------------------------------------------------------------------------------------


class LogIn(BaseModel):
    """How far an agent is logged in: `logged_in` to the queue, `in_all` to all queues. `present`:
    calls of the queue come, for the agent is logged in to both and in a status that does not leave
    the queues; else `why_not` says why."""

    logged_in: bool
    in_all: bool
    present: bool
    why_not: str | None


class AgentOut(LogIn):
    """An agent of a queue; `user` is an id."""

    user: str
    number: str
    name: str
    skill: int


class AgentsOut(BaseModel):
    """The agents of a queue, in the order of a hunt."""

    items: list[AgentOut]


class ServedQueueOut(LogIn):
    """A queue that a user serves; `queue` is its id."""

    queue: str
    number: str
    name: str
    skill: int


class UserQueuesOut(BaseModel):
    """The queues that a user (id) serves, by name; `in_all`: logged in to all of them."""

    user: str
    in_all: bool
    queues: list[ServedQueueOut]


# -- live --------------------------------------------------------------------------------------


class CallerState(StrEnum):
    """Whether agents are rung for a caller at this instant."""

    WAITING = "waiting"
    RINGING = "ringing"


class WaitingCallerOut(BaseModel):
    """A caller who waits for an agent; `position` 1 is served next. `call` is the live call (id),
    `rings` are the users (ids) whose phones ring for it."""

    call: str
    number: str
    name: str
    since: AwareDatetime
    position: int
    state: CallerState
    rings: list[str]


class AgentNowOut(BaseModel):
    """What an agent does; `since` null: not known."""

    user: str
    number: str
    name: str
    state: AgentState
    since: AwareDatetime | None


class QueueTotalsOut(BaseModel):
    """What a queue did since `since`. Waits are those of callers who were served or gave up; talks
    count when they are over."""

    since: AwareDatetime
    waiting: int = Field(description="At this instant.")
    served: int
    abandoned: int
    average_wait_seconds: float
    longest_wait_seconds: float
    average_talk_seconds: float


class QueueLiveOut(BaseModel):
    """A queue (id) at this instant: who waits, the first served first; what its agents do, in the
    order of a hunt; and its counters."""

    queue: str
    number: str
    name: str
    department: str
    waiting: list[WaitingCallerOut]
    agents: list[AgentNowOut]
    totals: QueueTotalsOut


class QueueLiveQuery(ListQuery):
    sort: Literal["name", "-name"] | None = None
    department: Reference | None = None


QueueLivePage = Page[QueueLiveOut]


class StatisticsOut(BaseModel):
    """Since when a queue (id) counts."""

    queue: str
    since: AwareDatetime
