"""What the API says about conference rooms."""

from typing import Annotated, Literal

from pydantic import Field

from orchestrator.people.schemas import Number
from orchestrator.schemas import Body, Line, ListQuery, Page, Patch, Resource

MAX_MEMBERS = 100

RoomName = Annotated[Line, Field(min_length=1, max_length=80)]
Pin = Annotated[str, Field(pattern=r"^[0-9]{4,10}$", description="Never shown again.")]
MaxMembers = Annotated[int, Field(ge=0, le=MAX_MEMBERS, description="0 means no limit.")]


class ConferenceCreate(Body):
    """A new room. `pin` null: everybody comes in. `announce`: a tone tells who comes and goes."""

    number: Number
    name: RoomName
    pin: Pin | None = None
    max_members: MaxMembers = 0
    announce: bool = True


class ConferencePatch(Patch):
    number: Number = ""
    name: RoomName = ""
    pin: Pin | None = None
    max_members: MaxMembers = 0
    announce: bool = True


class ConferenceQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of the name.")


class ConferenceOut(Resource):
    """A room; its PIN is never shown, `has_pin` says whether there is one."""

    number: str
    name: str
    has_pin: bool
    max_members: int
    announce: bool


ConferencePage = Page[ConferenceOut]
