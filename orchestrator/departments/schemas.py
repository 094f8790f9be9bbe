"""What the API says about departments."""

from typing import Literal

from pydantic import Field

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
    `music`: the playlist (id) that callers of its people hear on hold; null: that of the tenant.
    """

    name: Name
    timezone: Timezone | None = None
    language: Language | None = None
    outbound_caller_id: PhoneNumber | None = None
    music: Reference | None = None


class DepartmentPatch(Patch):
    name: Name = ""
    timezone: Timezone | None = None
    language: Language | None = None
    outbound_caller_id: PhoneNumber | None = None
    music: Reference | None = None


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
    music: str | None = Field(validation_alias="music_id")
