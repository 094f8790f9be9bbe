"""What the API says about outbound rules and emergency numbers."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from orchestrator.destinations.schemas import DestinationBody
from orchestrator.routing.ranges import extension_ranges, length_ranges, written
from orchestrator.schemas import (
    Body,
    Line,
    ListQuery,
    Page,
    Patch,
    PhoneNumber,
    Reference,
    Resource,
)
from orchestrator.types import DestinationKind


def _lengths(text: str) -> str:
    return written(length_ranges(text))


def _extensions(text: str) -> str:
    return written(extension_ranges(text))


RuleName = Annotated[Line, Field(min_length=1, max_length=80)]
Prefix = Annotated[str, Field(pattern=r"^(\+|\+?[0-9*#]{1,19})$")]
Affix = Annotated[str, Field(pattern=r"^\+?[0-9*#]{0,19}$")]
Lengths = Annotated[
    Line,
    Field(max_length=80, description="Dialled digits, such as 7,10-13; empty takes all."),
    AfterValidator(_lengths),
]
Extensions = Annotated[
    Line,
    Field(max_length=500, description="Who calls, such as 100,102-120; empty: everybody."),
    AfterValidator(_extensions),
]
Strip = Annotated[int, Field(ge=0, le=30, description="Digits taken off the front.")]
EmergencyDigits = Annotated[str, Field(pattern=r"^[0-9]{2,10}$")]


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


class RouteBody(Body):
    """One way out. `strip` digits go from the front, then `prepend` and `append` are put on."""

    model_config = ConfigDict(from_attributes=True)

    trunk: Reference
    strip: Strip = 0
    prepend: Affix = ""
    append: Affix = ""
    caller_id: PhoneNumber | None = None


Prefixes = Annotated[
    list[Prefix], Field(max_length=50, description="The number begins with one of them.")
]
Departments = Annotated[
    list[Reference], Field(max_length=50, description="Whose people call; empty: everybody.")
]
Routes = Annotated[list[RouteBody], Field(max_length=5, description="Tried in this order.")]


class OutboundRuleCreate(Body):
    """A new rule, placed after all others. Empty conditions take everything.

    `extensions` and `departments` are alternatives: a caller needs to be in one of the two.
    """

    name: RuleName
    prefixes: Prefixes = Field(default_factory=list)
    lengths: Lengths = ""
    extensions: Extensions = ""
    departments: Departments = Field(default_factory=list)
    blocked: bool = Field(False, description="Calls that the rule takes are refused.")
    routes: Routes = Field(default_factory=list)


class OutboundRulePatch(Patch):
    """`routes` replaces all routes of the rule."""

    name: RuleName = ""
    prefixes: Prefixes = Field(default_factory=list)
    lengths: Lengths = ""
    extensions: Extensions = ""
    departments: Departments = Field(default_factory=list)
    blocked: bool = False
    routes: Routes = Field(default_factory=list)


class OutboundRuleMove(Body):
    """One place up (tried earlier) or down."""

    direction: Direction


class OutboundRuleQuery(ListQuery):
    sort: Literal["position", "-position", "name", "-name"] | None = None
    trunk: Reference | None = Field(None, description="Rules with a route by this trunk.")


class OutboundRuleOut(Resource):
    """A rule; the one with the lowest `position` that takes a number sends it."""

    name: str
    position: int
    prefixes: list[str]
    lengths: str
    extensions: str
    departments: list[str]
    blocked: bool
    routes: list[RouteBody]


class EmergencyNumberCreate(Body):
    """`trunk`: the one that is tried first; null: that of the rule which takes the number."""

    number: EmergencyDigits
    trunk: Reference | None = None


class EmergencyNumberQuery(ListQuery):
    sort: Literal["number", "-number"] | None = None


class EmergencyNumberOut(Resource):
    """A number that every device may dial, past every restriction."""

    number: str
    trunk: str | None


CallerPattern = Annotated[
    str,
    Field(
        pattern=r"^\*?\+?[0-9A-Za-z#._-]{1,37}\*?$",
        description="A number, or a part of one with * before, behind or around it.",
    ),
]
RuleTrunks = Annotated[
    list[Reference], Field(max_length=50, description="By which the calls come; empty: by any.")
]


class CallerRuleCreate(Body):
    """Where calls of certain callers go, before any DID; a new rule comes after all others.

    `closed`, `on_break`, `holiday`: where they go in those hours of the destination's
    department; null: as the department has it.
    """

    name: RuleName
    caller: CallerPattern
    trunks: RuleTrunks = Field(default_factory=list)
    destination: DestinationBody
    closed: DestinationBody | None = None
    on_break: DestinationBody | None = None
    holiday: DestinationBody | None = None


class CallerRulePatch(Patch):
    name: RuleName = ""
    caller: CallerPattern = ""
    trunks: RuleTrunks = Field(default_factory=list)
    destination: DestinationBody = DestinationBody(kind=DestinationKind.END_CALL)
    closed: DestinationBody | None = None
    on_break: DestinationBody | None = None
    holiday: DestinationBody | None = None


class CallerRuleMove(Body):
    """One place up (tried earlier) or down."""

    direction: Direction


class CallerRuleQuery(ListQuery):
    sort: Literal["position", "-position", "name", "-name"] | None = None


class CallerRuleOut(Resource):
    """A rule; the one with the lowest `position` that fits the caller decides."""

    name: str
    position: int
    caller: str
    trunks: list[str]
    destination: DestinationBody
    closed: DestinationBody | None
    on_break: DestinationBody | None
    holiday: DestinationBody | None


CallerRulePage = Page[CallerRuleOut]
OutboundRulePage = Page[OutboundRuleOut]
EmergencyNumberPage = Page[EmergencyNumberOut]


class SimulationQuery(Body):
    """Who calls whom: `from` is an extension of the tenant, or a number of the outside world that
    comes in by `trunk` (null: by the one whose DID takes `to`). A call from the phone `hot_desk`
    is that of whoever uses it, so it goes without `from`."""

    model_config = ConfigDict(populate_by_name=True)

    caller: Annotated[Line, Field(alias="from", max_length=64)] = ""
    to: Annotated[Line, Field(min_length=1, max_length=64)]
    at: AwareDatetime | None = Field(None, description="When; now unless it is given.")
    trunk: Reference | None = None
    hot_desk: Reference | None = Field(None, description="The hot-desk phone that calls.")


class NoteOut(BaseModel):
    """Why a step is taken: which part decided (`rule` names it), and what it found."""

    step: str
    rule: str
    why: str


class SimulatedOut(BaseModel):
    """A step of the call and what may follow: `then` by `no_answer`, `busy`, `not_registered`,
    `nobody_available`, `afterwards`, and of an IVR by `key 1`, `no_input`, `invalid_input`. `ways`
    are the numbers called, the keys, or those who ring. `verdict` and `reason` are set where the
    call ends."""

    kind: str
    target: str
    seconds: int
    ways: list[str]
    verdict: str | None
    reason: str | None
    notes: list[NoteOut]
    then: dict[str, "SimulatedOut"]


class SimulationOut(BaseModel):
    """What would happen to the call, decided by the rules that decide real calls."""

    at: AwareDatetime
    caller: str
    to: str
    trunk: str | None
    first: SimulatedOut
