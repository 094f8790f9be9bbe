"""What the API says about DIDs."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from orchestrator.destinations.schemas import DestinationBody
from orchestrator.schemas import MAX_BULK, Body, Line, ListQuery, Page, Patch, Reference, Resource
from orchestrator.types import DestinationKind

DidNumber = Annotated[
    str,
    Field(
        pattern=r"^(\+?[0-9]{1,30}|\*[0-9]{1,30})$",
        description="As the provider sends it; a leading * matches the end of the number.",
    ),
]
DidName = Annotated[Line, Field(max_length=80, description="Shown before the caller's name.")]


class DidCreate(Body):
    """A number of the outside world; `trunk` null: whichever trunk it comes by.

    `closed`, `on_break`, `holiday`: where its calls go in those hours of the destination's
    department; null: as the department has it.
    """

    number: DidNumber
    trunk: Reference | None = None
    name: DidName = ""
    destination: DestinationBody
    closed: DestinationBody | None = None
    on_break: DestinationBody | None = None
    holiday: DestinationBody | None = None


class DidPatch(Patch):
    number: DidNumber = ""
    trunk: Reference | None = None
    name: DidName = ""
    destination: DestinationBody = DestinationBody(kind=DestinationKind.END_CALL)
    closed: DestinationBody | None = None
    on_break: DestinationBody | None = None
    holiday: DestinationBody | None = None


class DidChange(DidPatch):
    """One row of a multi-edit: `id` and the fields to change."""

    id: Reference

    def changes(self) -> dict[str, object]:
        return {name: value for name, value in super().changes().items() if name != "id"}


class DidQuery(ListQuery):
    sort: Literal["number", "-number", "name", "-name", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of number or name.")
    trunk: Reference | None = None


class DidOut(Resource):
    """A DID; `e164` is null when the number cannot be one of the tenant's country."""

    number: str
    e164: str | None
    trunk: str | None
    name: str
    destination: DestinationBody
    closed: DestinationBody | None
    on_break: DestinationBody | None
    holiday: DestinationBody | None


class DidBulk(Body):
    """Many DIDs at once, all or nothing; rows are named in errors (`create.3.number`)."""

    create: list[DidCreate] = Field(default_factory=list, max_length=MAX_BULK)
    update: list[DidChange] = Field(default_factory=list, max_length=MAX_BULK)
    delete: list[Reference] = Field(default_factory=list, max_length=MAX_BULK)


class DidBulkOut(BaseModel):
    """What was done, in the order of the request."""

    created: list[DidOut]
    updated: list[DidOut]
    deleted: int


DidPage = Page[DidOut]
