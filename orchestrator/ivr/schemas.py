"""What the API says about IVRs."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from orchestrator.destinations.schemas import DestinationBody
from orchestrator.hours.schemas import HoursRouteBody
from orchestrator.ivr.rules import KeyAction
from orchestrator.people.schemas import Number
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

MAX_KEYS = 100
"""Keys and input strings of one IVR at most."""

IvrName = Annotated[Line, Field(min_length=1, max_length=80)]
Keys = Annotated[
    str, Field(pattern=r"^[0-9]{1,8}$", description="One key, or an input string of several.")
]
WaitSeconds = Annotated[
    int, Field(ge=1, le=60, description="How long nothing may be keyed in after a prompt.")
]
Rounds = Annotated[int, Field(ge=1, le=10, description="How often the prompt is played in all.")]


class IvrKeyBody(Body):
    """What a key does. `go` needs a destination; `input` plays `prompt`, and waits for an input
    string that begins with the key."""

    model_config = ConfigDict(from_attributes=True)

    keys: Keys
    action: KeyAction = KeyAction.GO
    destination: DestinationBody | None = None
    prompt: Sound | None = None


KeyList = Annotated[list[IvrKeyBody], Field(max_length=MAX_KEYS)]


class IvrCreate(Body):
    """A new IVR. `prompt` null: its keys are read out. `language` null: that of the department.

    `no_input`, `invalid_input`: where callers go who press nothing, or something that leads
    nowhere; null: the prompt again, `rounds` times in all, then the end. `direct_dial`: extensions
    can be dialled, unless the options of the tenant forbid that. `closed`, `on_break`, `holiday`:
    where calls go in those hours of the department; null: calls of colleagues come in, those from
    outside go as the department has it. `sms_to`: who gets text messages to its numbers.
    """

    number: Number
    name: IvrName
    department: Reference
    prompt: Sound | None = None
    language: Language | None = None
    wait_seconds: WaitSeconds = 5
    rounds: Rounds = 3
    keys: KeyList = Field(default_factory=list)
    no_input: DestinationBody | None = None
    invalid_input: DestinationBody | None = None
    direct_dial: bool = True
    sms_to: DestinationBody | None = None
    closed: HoursRouteBody | None = None
    on_break: HoursRouteBody | None = None
    holiday: HoursRouteBody | None = None


class IvrPatch(Patch):
    """`keys` replaces all keys of the IVR."""

    number: Number = ""
    name: IvrName = ""
    department: Reference = ""
    prompt: Sound | None = None
    language: Language | None = None
    wait_seconds: WaitSeconds = 5
    rounds: Rounds = 3
    keys: KeyList = Field(default_factory=list)
    no_input: DestinationBody | None = None
    invalid_input: DestinationBody | None = None
    direct_dial: bool = True
    sms_to: DestinationBody | None = None
    closed: HoursRouteBody | None = None
    on_break: HoursRouteBody | None = None
    holiday: HoursRouteBody | None = None


class IvrQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of the name.")
    department: Reference | None = Field(None, description="IVRs of this department.")


class IvrOut(Resource):
    """An IVR; `keys` in their order."""

    number: str
    name: str
    department: str
    prompt: str | None
    language: str | None
    wait_seconds: int
    rounds: int
    keys: list[IvrKeyBody]
    no_input: DestinationBody | None
    invalid_input: DestinationBody | None
    direct_dial: bool
    sms_to: DestinationBody | None
    closed: HoursRouteBody | None
    on_break: HoursRouteBody | None
    holiday: HoursRouteBody | None


IvrPage = Page[IvrOut]
