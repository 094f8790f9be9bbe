"""What the API says about tenants and operators."""

from typing import Annotated, Literal

from pydantic import Field

from orchestrator.schemas import (
    Body,
    Country,
    Email,
    Language,
    Limit,
    Line,
    ListQuery,
    Name,
    Page,
    Password,
    Patch,
    Reference,
    Resource,
    Timezone,
)
from orchestrator.tenants.rules import TenantKind

Slug = Annotated[
    str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$", description="Short name in addresses and logs.")
]
Url = Annotated[Line, Field(max_length=500, pattern=r"^https?://")]
Colour = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


class TenantCreate(Body):
    """A new tenant below `parent` (the caller's own tenant when null)."""

    kind: Literal[TenantKind.RESELLER, TenantKind.CUSTOMER] = TenantKind.CUSTOMER
    slug: Slug
    name: Name
    parent: Reference | None = None
    language: Language = "en"
    timezone: Timezone = "UTC"
    country: Country = "NL"
    max_calls: Limit = 0
    max_users: Limit = 0
    max_devices: Limit = 0
    max_trunks: Limit = 0
    brand_name: Name | None = None
    logo_url: Url | None = None
    colour: Colour | None = None


class TenantPatch(Patch):
    """Limits and `suspended` can be changed from above only. The slug stays: phones know it."""

    name: Name = ""
    language: Language = ""
    timezone: Timezone = ""
    country: Country = ""
    suspended: bool = False
    max_calls: Limit = 0
    max_users: Limit = 0
    max_devices: Limit = 0
    max_trunks: Limit = 0
    brand_name: Name | None = None
    logo_url: Url | None = None
    colour: Colour | None = None


class TenantQuery(ListQuery):
    sort: Literal["name", "-name", "slug", "-slug", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of name or slug.")
    kind: TenantKind | None = None
    parent: Reference | None = None
    suspended: bool | None = None


class TenantOut(Resource):
    parent: str | None
    kind: TenantKind
    slug: str
    name: str
    language: str
    timezone: str
    country: str
    suspended: bool
    max_calls: int
    max_users: int
    max_devices: int
    max_trunks: int
    brand_name: str | None
    logo_url: str | None
    colour: str | None


TenantPage = Page[TenantOut]


class OperatorCreate(Body):
    """An administrator without an extension; without a password they cannot sign in."""

    name: Name
    email: Email
    password: Password | None = None
    disabled: bool = False


class OperatorPatch(Patch):
    """A new password ends all sign-ins of the operator."""

    name: Name = ""
    email: Email = ""
    password: Password | None = None
    disabled: bool = False


class OperatorQuery(ListQuery):
    sort: Literal["name", "-name", "email", "-email", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of name or mail.")


class OperatorOut(Resource):
    name: str
    email: str
    can_sign_in: bool
    totp: bool
    disabled: bool


OperatorPage = Page[OperatorOut]
