"""What the API says about parking places and the calls that wait."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from orchestrator.schemas import Body, Line, ListQuery, Page, Patch, Reference, Resource

PlaceNumber = Annotated[
    str,
    Field(
        pattern=r"^(SP[0-9]{1,3}|[0-9*#]{2,8})$",
        description="SP0 to SP999, or an extension number.",
    ),
]
PlaceName = Annotated[Line, Field(min_length=1, max_length=80)]


class ParkingPlaceCreate(Body):
    """A new place. `department` null: for everybody who may park; else for its members."""

    number: PlaceNumber
    name: PlaceName
    department: Reference | None = None


class ParkingPlacePatch(Patch):
    number: PlaceNumber = ""
    name: PlaceName = ""
    department: Reference | None = None


class ParkingPlaceQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of the name.")


class ParkingPlaceOut(Resource):
    """A shared parking place: one call waits there until somebody takes it back."""

    number: str
    name: str
    department: str | None


class ParkedCallOut(BaseModel):
    """A call that waits. `place` is an orbit (0 to 9) or the number of the shared `parking_place`;
    `parked_by` is a user, null when the number of the place was called from outside."""

    call: str
    place: str
    parking_place: str | None
    caller_number: str
    caller_name: str
    parked_by: str | None
    since: AwareDatetime


class ParkedCallsOut(BaseModel):
    """All that wait, the one that waits longest first; no more than the node can carry calls."""

    items: list[ParkedCallOut]


ParkingPlacePage = Page[ParkingPlaceOut]
