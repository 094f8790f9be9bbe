"""What the API says about sign-in, one's own account, and API clients."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from orchestrator.schemas import (
    Body,
    Email,
    GivenPassword,
    Line,
    ListQuery,
    Name,
    Page,
    Password,
    Patch,
    Reference,
    Resource,
)
from orchestrator.types import ActorKind, Role

TotpCode = Annotated[str, Field(pattern=r"^[0-9]{6}$", description="Code of the authenticator.")]


class SignInRequest(Body):
    """`cookie` also sets an HttpOnly cookie, for browsers."""

    email: Email
    password: GivenPassword
    totp: TotpCode | None = None
    cookie: bool = False


class SignInOut(BaseModel):
    """`token` goes into `Authorization: Bearer`; it is shown only now."""

    token: str
    expires_at: AwareDatetime


class GrantOut(BaseModel):
    """A role in one department, or everywhere in the tenant when `department` is null."""

    role: Role
    department: str | None


class Me(BaseModel):
    """Who is signed in, and the rights they hold somewhere in their tenant."""

    kind: ActorKind
    id: str
    name: str
    email: str | None
    tenant: str
    tenant_slug: str
    tenant_name: str
    totp: bool
    grants: list[GrantOut]
    rights: list[str]


class PasswordChange(Body):
    """Ends all other sign-ins."""

    present: GivenPassword
    new: Password


class TotpEnrolment(BaseModel):
    """For the authenticator; `uri` is what a QR code holds. Confirm with a code."""

    secret: str
    uri: str


class PasswordProof(Body):
    """The present password, asked again before something that weakens the account."""

    password: GivenPassword


class TotpProof(Body):
    code: TotpCode


class OwnSignInOut(BaseModel):
    """One of one's own sign-ins; `present` is the one that asks."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    created_at: AwareDatetime
    expires_at: AwareDatetime
    last_seen_at: AwareDatetime
    ip: str | None
    user_agent: str | None
    present: bool = False


class OwnSignIns(BaseModel):
    items: list[OwnSignInOut]


class ApiClientCreate(Body):
    """A program that signs in. `department` null: the role holds everywhere."""

    name: Name
    role: Role
    department: Reference | None = None
    disabled: bool = False


class ApiClientPatch(Patch):
    name: Name = ""
    role: Role = Role.USER
    department: Reference | None = None
    disabled: bool = False


class ApiClientQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of the name.")


class ApiClientOut(Resource):
    name: str
    client_id: str
    role: Role
    department: str | None
    disabled: bool
    last_used_at: AwareDatetime | None


class ApiClientWithSecret(ApiClientOut):
    """The secret is shown only now; we keep a hash."""

    client_secret: str


ApiClientPage = Page[ApiClientOut]


class TokenRequest(BaseModel):
    """RFC 6749 §4.4.2. Unknown parameters are ignored, as §3.2 demands."""

    grant_type: str | None = Field(None, max_length=100)
    client_id: str | None = Field(None, max_length=100)
    client_secret: str | None = Field(None, max_length=200)
    scope: str | None = Field(None, max_length=200)


class TokenOut(BaseModel):
    """RFC 6749 §5.1; `expires_in` in seconds."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_in: int
