"""Bases of everything that crosses the API: bodies that come in, resources and pages that go out.

A body forbids unknown fields, so that a misspelt name is an error and not a silent no-op.
"""

import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Generic, TypedDict, TypeVar
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
)

T = TypeVar("T")

MAX_PAGE = 200
"""Rows in one page at most."""

MAX_BULK = 500
"""Rows in one bulk request at most; all of them share one transaction."""


def _no_controls(value: str) -> str:
    """Refuse control and surrogate characters: they break SIP headers, logs and PostgreSQL."""
    if any(
        ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or 0xD800 <= ord(char) < 0xE000 for char in value
    ):
        raise ValueError("must not hold control characters")
    return value


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


Line = Annotated[str, AfterValidator(_no_controls)]
"""One line of text without control characters."""

Name = Annotated[Line, Field(min_length=1, max_length=100)]
OptionalName = Annotated[
    Annotated[Line, Field(max_length=100)] | None, BeforeValidator(_empty_is_none)
]


@cache
def _zones() -> frozenset[str]:
    """Names of all zones; kept, because asking walks through the file system."""
    return frozenset(available_timezones())


def _zone(value: str) -> str:
    if value not in _zones():
        raise ValueError("must be a time zone of the IANA database, such as Europe/Amsterdam")
    return value


def _email(value: str) -> str:
    """Lower case: it is a sign-in name. Mail servers that mind the case are not known to exist."""
    lower = value.lower()
    if not EMAIL.fullmatch(lower):
        raise ValueError("must be an e-mail address")
    return lower


_TEXT = r"[^@\s.<>\",;:()\[\]\\]+"
EMAIL = re.compile(rf"(?=[^@]{{1,64}}@){_TEXT}(\.{_TEXT})*@{_TEXT}(\.{_TEXT})*")

Timezone = Annotated[Line, Field(max_length=64), AfterValidator(_zone)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166 code.")]
Email = Annotated[
    Line,
    Field(min_length=3, max_length=254, json_schema_extra={"format": "email"}),
    AfterValidator(_email),
]


class SoundContext(TypedDict):
    """What bodies are validated with: `is_sound` says whether a reference is the id of a prompt, or
    the name of a sound that Asterisk has."""

    is_sound: Callable[[str], bool]


def _sound(value: str, info: ValidationInfo) -> str:
    context: SoundContext | None = info.context
    if context is not None and not context["is_sound"](value):
        raise ValueError("there is no such sound")
    return value


_SOUND_PART = r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*"
Sound = Annotated[
    str,
    Field(
        max_length=120,
        pattern=rf"^{_SOUND_PART}(/{_SOUND_PART})*$",
        description="The id of a prompt, or the name of a sound, such as custom/closed.",
    ),
    AfterValidator(_sound),
]
"""A prompt, or a sound below Asterisk's folder of sounds: neither absolute nor with `..`, which
would let a tenant play the files of others. Whether there is such a sound is known where a
`SoundContext` comes along."""

PhoneNumber = Annotated[str, Field(pattern=r"^\+?[0-9*#]{1,30}$")]
Limit = Annotated[int, Field(ge=0, le=1_000_000, description="0 means no limit.")]
Reference = Annotated[Line, Field(min_length=1, max_length=64)]
"""The id of another object."""


Password = Annotated[SecretStr, Field(min_length=10, max_length=200)]
"""A new password. Length is what counts (NIST SP 800-63B §3.1.1.2); no rules of composition."""

GivenPassword = Annotated[SecretStr, Field(min_length=1, max_length=200)]
"""A password to be checked."""


class Body(BaseModel):
    """What a client sends. Frozen, unknown fields forbidden, blanks around text cut off."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def _drop_defaults(schema: dict[str, Any]) -> None:
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class Patch(Body):
    """A change of named fields only.

    Fields need a default to be optional, but the default is never used: read `changes()`.
    """

    model_config = ConfigDict(json_schema_extra=_drop_defaults)

    def changes(self) -> dict[str, object]:
        """The fields the client named, with their new values."""
        return {name: getattr(self, name) for name in sorted(self.model_fields_set)}


class ListQuery(Body):
    """Paging of a list; features add their filters and narrow `sort`."""

    limit: int = Field(50, ge=1, le=MAX_PAGE, description="Rows per page.")
    cursor: Annotated[Line, Field(max_length=600)] | None = Field(
        None, description="`next` of the page before."
    )
    sort: Annotated[Line, Field(max_length=40)] | None = Field(
        None, description="Field to sort by; `-` in front sorts downwards."
    )


class Resource(BaseModel):
    """What every stored object shows. `version` is its ETag."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    version: int
    created_at: AwareDatetime
    updated_at: AwareDatetime


class Page(BaseModel, Generic[T]):
    """Some rows of a list; `next` is the `cursor` of the next page, null on the last one."""

    items: list[T]
    next: str | None = None
