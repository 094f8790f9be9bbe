"""What the API says about hot-desk phones."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, Field

from orchestrator.devices.schemas import (
    DEFAULT_CODECS,
    Codec,
    Codecs,
    DeviceName,
    SipSettings,
)
from orchestrator.schemas import Body, ListQuery, Page, Patch, Reference, Resource


class HotDeskCreate(Body):
    """A new phone that belongs to whoever logs in; SIP user name and secret are made at random."""

    name: DeviceName
    codecs: Codecs = Field(default_factory=lambda: list(DEFAULT_CODECS))
    srtp: bool = False
    disabled: bool = False


class HotDeskPatch(Patch):
    """`disabled`: whoever is logged in there is logged out."""

    name: DeviceName = ""
    codecs: Codecs = Field(default_factory=list)
    srtp: bool = False
    disabled: bool = False


class HotDeskQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    user: Reference | None = Field(None, description="Where this user is logged in.")
    used: bool | None = Field(None, description="Whether somebody is logged in.")
    disabled: bool | None = None


class HotDeskUser(BaseModel):
    """Who is logged in: `name` is readable, such as `101 Ada Lovelace`."""

    id: str
    name: str


class HotDeskOut(Resource):
    """A hot-desk phone; `user` null: nobody is logged in. Its secret is shown at creation and by
    `reveal-secret` only."""

    name: str
    user: HotDeskUser | None
    logged_in_at: AwareDatetime | None
    codecs: list[Codec]
    srtp: bool
    disabled: bool
    sip: SipSettings


class HotDeskWithSecret(HotDeskOut):
    sip_secret: str


HotDeskPage = Page[HotDeskOut]
