"""A route as data: path, the right it needs, what goes in, what comes out.

Everything that must hold for all routes is derived from this table: binding and rights
(`dispatch.py`), the OpenAPI document (`openapi.py`), the isolation test. A route cannot be
built without saying who may use it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TypeVar

from aiohttp.web import StreamResponse
from pydantic import BaseModel

from orchestrator.errors import CentraleError, NotSignedIn
from orchestrator.rights.rules import Right
from orchestrator.signin.service import SignedIn
from orchestrator.types import Actor, Scope

API = "/api/v1"
TENANT = "/tenants/{tenant}"

M = TypeVar("M", bound=BaseModel)


class Access(Enum):
    """Who may use a route that needs no right of `roles.csv`.

    `SIGNED_IN` routes of a tenant show users only what is theirs; the service sees to that.
    """

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    OPERATOR = "operator"


Need = Access | Right


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set, HttpOnly; `max_age` in seconds, 0 deletes it."""

    value: str
    max_age: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that needs more than a body: `Cookie` for browsers, extra headers."""

    body: BaseModel | None
    cookie: Cookie | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upload:
    """A route that takes a file: as the body itself, or as the part `file` of a form.

    `fields` come with it: in the query string, or as the other parts of the form.
    """

    fields: type[BaseModel]
    most_bytes: int
    seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """What a handler gets: checked, parsed, and in its tenant."""

    path: Mapping[str, str]
    remote: str
    user_agent: str
    signed_in: SignedIn | None = None
    tenant_scope: Scope | None = None
    if_match: int | None = None
    parsed_body: BaseModel | None = None
    parsed_query: BaseModel | None = None
    upload: Path | None = None
    cookie: bool = False
    authorization: str = field(default="", repr=False)

    @property
    def sign_in(self) -> SignedIn:
        """Who asks; only missing on public routes."""
        if self.signed_in is None:
            raise NotSignedIn("Sign in first.")
        return self.signed_in

    @property
    def actor(self) -> Actor:
        return self.sign_in.actor

    @property
    def scope(self) -> Scope:
        """The tenant of the path and the actor; only on `/tenants/{tenant}` routes."""
        if self.tenant_scope is None:
            raise TypeError("this route has no {tenant} in its path")
        return self.tenant_scope

    def body(self, kind: type[M]) -> M:
        """The parsed body; `kind` is the route's body model."""
        return _checked(self.parsed_body, kind)

    @property
    def file(self) -> Path | None:
        """What was uploaded, with its fields in `query`; None: the body is JSON. It is deleted
        after the request unless the handler moved it away."""
        return self.upload

    def query(self, kind: type[M]) -> M:
        """The parsed query string; `kind` is the route's query model."""
        return _checked(self.parsed_query, kind)


def _checked(value: BaseModel | None, kind: type[M]) -> M:
    if not isinstance(value, kind):
        raise TypeError(f"the route does not declare {kind.__name__}")
    return value


Handler = Callable[[ApiRequest], Awaitable[BaseModel | Answer | StreamResponse | None]]


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the API. `path` is relative to `/api/v1`.

    `replayable` routes honour `Idempotency-Key`; those whose answer shows a secret do not,
    because the answer would have to be kept. `form` also takes
    `application/x-www-form-urlencoded` (OAuth wants that). `errors` are those besides the
    ones that every route of its kind can give. `body_optional`: a command that may come without
    a body, since its body names nothing that must be there. `upload`: a file may come in place of
    `body`.
    """

    method: str
    path: str
    need: Need
    handler: Handler
    summary: str
    tag: str
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    errors: tuple[type[CentraleError], ...] = ()
    replayable: bool = True
    form: bool = False
    versioned: bool = False
    body_optional: bool = False
    upload: Upload | None = None

    @property
    def in_tenant(self) -> bool:
        return self.path.startswith(TENANT)

    @property
    def full_path(self) -> str:
        return API + self.path

    @property
    def operation_id(self) -> str:
        """A name that is unique in the table: `post_tenants_by_tenant_users`."""
        words = self.path.replace("{", "by_").replace("}", "").replace("-", "_")
        return f"{self.method.lower()}{words.replace('/', '_')}"
