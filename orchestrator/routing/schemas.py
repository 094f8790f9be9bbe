"""What the API says about outbound rules and emergency numbers."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from orchestrator.schemas import (
    Body,
    Line,
    ListQuery,
    Page,
    Patch,
    PhoneNumber,
    Reference,
    Resource,
)

RuleName = Annotated[Line, Field(min_length=1, max_length=80)]
Prefix = Annotated[
    str, Field(pattern=r"^\+?[0-9*#]{0,19}$", description="Empty takes every number.")
]
Prepend = Annotated[str, Field(pattern=r"^\+?[0-9*#]{0,19}$")]
Length = Annotated[int, Field(ge=0, le=30, description="Dialled digits; 0 means no bound.")]
Strip = Annotated[int, Field(ge=0, le=30, description="Digits taken off the front.")]
EmergencyDigits = Annotated[str, Field(pattern=r"^[0-9]{2,10}$")]


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


class OutboundRuleCreate(Body):
    """A new rule, placed after all others."""

    name: RuleName
    prefix: Prefix = ""
    min_length: Length = 0
    max_length: Length = 0
    trunk: Reference
    strip: Strip = 0
    prepend: Prepend = ""
    caller_id: PhoneNumber | None = None


class OutboundRulePatch(Patch):
    name: RuleName = ""
    prefix: Prefix = ""
    min_length: Length = 0
    max_length: Length = 0
    trunk: Reference = ""
    strip: Strip = 0
    prepend: Prepend = ""
    caller_id: PhoneNumber | None = None


class OutboundRuleMove(Body):
    """One place up (tried earlier) or down."""

    direction: Direction


class OutboundRuleQuery(ListQuery):
    sort: Literal["position", "-position", "name", "-name"] | None = None
    trunk: Reference | None = None


class OutboundRuleOut(Resource):
    """A rule; the one with the lowest `position` that takes a number sends it."""

    name: str
    position: int
    prefix: str
    min_length: int
    max_length: int
    trunk: str
    strip: int
    prepend: str
    caller_id: str | None


class EmergencyNumberCreate(Body):
    number: EmergencyDigits


class EmergencyNumberQuery(ListQuery):
    sort: Literal["number", "-number"] | None = None


class EmergencyNumberOut(Resource):
    """A number that every device may dial, past every restriction."""

    number: str


OutboundRulePage = Page[OutboundRuleOut]
EmergencyNumberPage = Page[EmergencyNumberOut]
