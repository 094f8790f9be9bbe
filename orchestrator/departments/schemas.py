"""What the API says about departments."""

from typing import Literal

from pydantic import BaseModel, Field

from orchestrator.people.schemas import Number
from orchestrator.schemas import (
    Body,
    Language,
    Line,
    ListQuery,
    Name,
    Patch,
    PhoneNumber,
    Reference,
    Resource,
    Timezone,
)


class DepartmentCreate(Body):
    """A new department; `timezone` and `language` null: those of the tenant.

    `outbound_caller_id` is shown by its people who have no number of their own for that.
    """

    name: Name
    timezone: Timezone | None = None
    language: Language | None = None
    outbound_caller_id: PhoneNumber | None = None


class DepartmentPatch(Patch):
    name: Name = ""
    timezone: Timezone | None = None
    language: Language | None = None
    outbound_caller_id: PhoneNumber | None = None


class DepartmentQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of the name.")


class DepartmentOut(Resource):
    """`is_default`: people without a department are put here; it cannot be deleted."""

    name: str
    is_default: bool
    timezone: str | None
    language: str | None
    outbound_caller_id: str | None


class DepartmentMenuBody(Body):
    """The menu of a department: `number` null: reached by DIDs and other destinations only.

    `music` (a playlist): what waiting callers of the department hear; null: as the tenant.
    """

    number: Number | None = None
    answer_after: int = Field(
        0, ge=0, le=60, description="Seconds for which the caller hears ringing first."
    )
    music: Reference | None = None


class DepartmentMenuOut(BaseModel):
    """`version` is the ETag: that of the department."""

    department: str
    version: int
    number: str | None
    answer_after: int
    music: str | None
