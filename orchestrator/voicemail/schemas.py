"""What the API says about voicemail: boxes and messages."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from orchestrator.forwarding.rules import Status
from orchestrator.prompts.schemas import Text
from orchestrator.schemas import (
    MAX_BULK,
    Body,
    Email,
    Language,
    Line,
    ListQuery,
    Page,
    Patch,
    Reference,
)
from orchestrator.voicemail.rules import MailMode, SayTime

Addresses = Annotated[list[Email], Field(max_length=20)]
GroupPin = Annotated[str, StringConstraints(pattern=r"^[0-9]{4,10}$")]


class BoxPatch(Patch):
    """`ask_pin`: also on the owner's own phone. `say_caller`, `say_time`: what the menu says before
    a message. `mail_to`: who gets the mail besides. `mail_members` and `pin` are for ring groups:
    a user's box opens with the user's PIN."""

    enabled: bool = True
    ask_pin: bool = True
    say_caller: bool = True
    say_time: SayTime = SayTime.TWENTY_FOUR_HOURS
    mail: MailMode = MailMode.NONE
    mail_to: Addresses = Field(default_factory=list)
    mail_members: bool = False
    pin: Annotated[GroupPin | None, Field(description="Never shown again.")] = None


class SpokenText(Body):
    """Words that a machine reads aloud. `language` null: that of the tenant."""

    text: Text
    language: Language | None = None


class NoFields(Body):
    """A file comes with nothing beside it."""


class GreetingOut(BaseModel):
    """What callers hear; `status` null: in every status that has none of its own."""

    status: Status | None
    seconds: float
    text: str | None


class BoxOut(BaseModel):
    """The box of a user or ring group, `owner`. Without a box it is not enabled, version 0."""

    version: int
    owner: str
    enabled: bool
    ask_pin: bool
    say_caller: bool
    say_time: SayTime
    mail: MailMode
    mail_to: list[str]
    mail_members: bool
    has_pin: bool
    has_self_id: bool
    greetings: list[GreetingOut]


class MessageQuery(ListQuery):
    sort: (
        Literal["recorded_at", "-recorded_at", "caller", "-caller", "seconds", "-seconds"] | None
    ) = None
    box: Reference | None = Field(None, description="Id of the user or ring group.")
    heard: bool | None = None
    caller: Line | None = Field(None, max_length=100, description="Part of number or name.")
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class MessageOut(BaseModel):
    """A message in the box of `owner`, a user or ring group; `size` in bytes."""

    id: str
    owner: str
    caller: str
    caller_name: str
    seconds: float
    size: int
    recorded_at: AwareDatetime
    heard_at: AwareDatetime | None


MessagePage = Page[MessageOut]


class MessagePatch(Body):
    """Mark a message as heard, or as new again."""

    heard: bool


class MessageForward(Body):
    """Users and ring groups (ids) into whose boxes a copy goes."""

    to: list[Reference] = Field(min_length=1, max_length=20)


class MessageBulk(Body):
    """The same for many messages, all or nothing."""

    messages: list[Reference] = Field(min_length=1, max_length=MAX_BULK)
    action: Literal["delete", "heard", "new"]


class MessageBulkOut(BaseModel):
    """How many messages that were."""

    changed: int
