"""What the API says about users and their memberships."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from orchestrator.devices.schemas import DeviceDraft
from orchestrator.people.rules import RecordCalls
from orchestrator.rights.rules import Right
from orchestrator.schemas import (
    MAX_BULK,
    Body,
    Email,
    Language,
    Line,
    ListQuery,
    Page,
    Password,
    Patch,
    PhoneNumber,
    Reference,
    Resource,
)
from orchestrator.types import Role

Number = Annotated[str, Field(pattern=r"^[0-9*#]{2,8}$", description="Extension number.")]
PersonName = Annotated[Line, Field(max_length=80)]
RingSeconds = Annotated[int, Field(ge=5, le=300, description="Rings so long before no answer.")]

Pin = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4,10}$",
        description="4 to 10 digits: not the own number, not one digit again and again, not a run.",
    ),
]
PinSeconds = Annotated[
    int, Field(ge=10, le=86_400, description="How long the PIN opens calls out.")
]


class MembershipIn(Body):
    """A role in a department. `overrides` switches single rights on or off."""

    department: Reference
    role: Role = Role.USER
    is_main: bool = False
    overrides: dict[Right, bool] = Field(default_factory=dict, max_length=60)


Memberships = Annotated[list[MembershipIn], Field(max_length=50)]


class UserCreate(Body):
    """A new user. No memberships: a plain user in the default department.

    Without a password the user has an extension but cannot sign in. `pin` null: a random one.
    `pin_protected`: calls out wait for the PIN. `voicemail`: messages are taken.
    """

    number: Number
    first_name: PersonName = ""
    last_name: PersonName = ""
    email: Email | None = None
    mobile: PhoneNumber | None = None
    language: Language | None = None
    password: Password | None = None
    disabled: bool = False
    ring_seconds: RingSeconds = 30
    outbound_caller_id: PhoneNumber | None = None
    may_call_out: bool = True
    calls_out_in_hours_only: bool = False
    record_calls: RecordCalls = RecordCalls.OFF
    pin: Pin | None = None
    pin_protected: bool = False
    pin_seconds: PinSeconds = 300
    voicemail: bool = True
    memberships: Memberships = Field(default_factory=list)
    devices: list[DeviceDraft] = Field(default_factory=list, max_length=10)


class UserPatch(Patch):
    """`memberships` replaces all memberships the caller may manage; `password` null takes away
    the sign-in."""

    number: Number = ""
    first_name: PersonName = ""
    last_name: PersonName = ""
    email: Email | None = None
    mobile: PhoneNumber | None = None
    language: Language | None = None
    password: Password | None = None
    disabled: bool = False
    ring_seconds: RingSeconds = 30
    outbound_caller_id: PhoneNumber | None = None
    may_call_out: bool = True
    calls_out_in_hours_only: bool = False
    record_calls: RecordCalls = RecordCalls.OFF
    pin: Pin = ""
    pin_protected: bool = False
    pin_seconds: PinSeconds = 300
    memberships: Memberships = Field(default_factory=list, min_length=1)


class UserQuery(ListQuery):
    sort: (
        Literal["number", "-number", "last_name", "-last_name", "created_at", "-created_at"] | None
    ) = None
    search: Line | None = Field(None, max_length=100, description="Part of name, number or mail.")
    department: Reference | None = None
    disabled: bool | None = None


class MembershipOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    department: str
    role: Role
    is_main: bool
    overrides: dict[str, bool]


class UserOut(Resource):
    """A user with number and memberships; secrets are never shown."""

    number: str
    first_name: str
    last_name: str
    email: str | None
    mobile: str | None
    language: str | None
    can_sign_in: bool
    totp: bool
    disabled: bool
    ring_seconds: int
    outbound_caller_id: str | None
    may_call_out: bool
    calls_out_in_hours_only: bool
    record_calls: RecordCalls
    pin_protected: bool
    pin_seconds: int
    memberships: list[MembershipOut]


UserPage = Page[UserOut]


class PinBody(Body):
    """A user's PIN."""

    pin: Pin


class PinOut(BaseModel):
    """The PIN that proves at a telephone who somebody is; null: there is none."""

    pin: str | None


class UserChange(UserPatch):
    """One row of a multi-edit: `id` and the fields to change."""

    id: Reference

    def changes(self) -> dict[str, object]:
        return {name: value for name, value in super().changes().items() if name != "id"}


class UserBulk(Body):
    """Many users at once, all or nothing; rows are named in errors (`create.3.number`)."""

    create: list[UserCreate] = Field(default_factory=list, max_length=MAX_BULK)
    update: list[UserChange] = Field(default_factory=list, max_length=MAX_BULK)
    delete: list[Reference] = Field(default_factory=list, max_length=MAX_BULK)


class UserBulkOut(BaseModel):
    """What was done, in the order of the request."""

    created: list[UserOut]
    updated: list[UserOut]
    deleted: int
