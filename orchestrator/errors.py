"""The errors of the product, one tree, mapped once to HTTP (`orchestrator/web/errors.py`).

    CentraleError
    ├── Invalid               422  the request names something wrong: `fields` says what and where
    ├── NotSignedIn           401  no credentials, or credentials that do not hold
    ├── Denied                403  signed in, but the right is missing
    ├── NotFound              404  it does not exist, or it belongs to another tenant
    ├── Conflict              409  it collides with something that exists
    │   └── InUse             409  it cannot go while others refer to it: `used_by` lists them
    ├── Stale                 412  somebody else changed it since it was read
    ├── LimitReached          429  a limit of the tenant or a rate limit
    └── Unavailable           503  a part we depend on does not answer
        └── Misconfigured     503  the installation itself is wrong; said at start, by `doctor`

Each class has a stable `id`, which clients may compare; `message` is for people and may change.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: where it is (`body.devices.0.name`) and what is wrong with it."""

    field: str
    message: str


class CentraleError(Exception):
    """Base of all errors that a user may see. `message` never holds a secret."""

    id = "internal"
    status = 500
    title = "Something went wrong on our side"

    def __init__(self, message: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(message)
        self.message = message
        if id is not None:
            self.id = id


class Invalid(CentraleError):
    """The request is understood and wrong. `fields` names every wrong field."""

    id = "invalid"
    status = 422
    title = "The request has wrong fields"

    def __init__(
        self,
        message: str,
        fields: Sequence[FieldError] = (),
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(message, id=id)
        self.fields = tuple(fields)

    @classmethod
    def field(cls, field: str, message: str) -> "Invalid":
        """The usual case: one wrong field."""
        return cls(f"{field}: {message}", [FieldError(field, message)])


class NotSignedIn(CentraleError):
    id = "not-signed-in"
    status = 401
    title = "Sign in first"


class Denied(CentraleError):
    id = "denied"
    status = 403
    title = "You may not do this"


class NotFound(CentraleError):
    id = "not-found"
    status = 404
    title = "This does not exist"


class Conflict(CentraleError):
    id = "conflict"
    status = 409
    title = "This collides with something that exists"


class InUse(Conflict):
    """Refused because others refer to it; `used_by` are readable names of what refers to it."""

    id = "in-use"
    title = "This is still in use"

    def __init__(self, message: str, used_by: Sequence[str]) -> None:
        super().__init__(message)
        self.used_by = tuple(used_by)


class Stale(CentraleError):
    id = "stale"
    status = 412
    title = "Somebody changed this since you read it"


class LimitReached(CentraleError):
    id = "limit-reached"
    status = 429
    title = "A limit is reached"


class Unavailable(CentraleError):
    id = "unavailable"
    status = 503
    title = "A part of the system does not answer"


class Misconfigured(Unavailable):
    id = "misconfigured"
    title = "The installation is not complete"
