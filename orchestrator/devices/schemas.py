"""What the API says about devices."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from orchestrator.devices.rules import DeviceKind
from orchestrator.schemas import (
    MAX_BULK,
    Body,
    Line,
    ListQuery,
    Page,
    Patch,
    Reference,
    Resource,
)


class Codec(StrEnum):
    """Audio codecs that our Asterisk has."""

    OPUS = "opus"
    G722 = "g722"
    ALAW = "alaw"
    ULAW = "ulaw"
    G729 = "g729"
    GSM = "gsm"


DEFAULT_CODECS = (Codec.OPUS, Codec.G722, Codec.ALAW, Codec.ULAW)

Codecs = Annotated[list[Codec], Field(min_length=1, max_length=6, description="Best first.")]
DeviceName = Annotated[Line, Field(min_length=1, max_length=80)]
Contacts = Annotated[int, Field(ge=1, le=10, description="Registrations at once.")]


class DeviceDraft(Body):
    """A device to be made; SIP user name and secret are made at random."""

    name: DeviceName
    kind: DeviceKind
    codecs: Codecs = Field(default_factory=lambda: list(DEFAULT_CODECS))
    srtp: bool = False
    max_contacts: Contacts = 3
    disabled: bool = False


class DeviceCreate(DeviceDraft):
    user: Reference


class DevicePatch(Patch):
    name: DeviceName = ""
    kind: DeviceKind = DeviceKind.DESK_PHONE
    codecs: Codecs = Field(default_factory=list)
    srtp: bool = False
    max_contacts: Contacts = 3
    disabled: bool = False


class DeviceQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    user: Reference | None = None
    kind: DeviceKind | None = None
    disabled: bool | None = None


class SipSettings(BaseModel):
    """What a phone needs besides its secret. `port` 0 means the default of SIP."""

    host: str
    port: int
    username: str


class DeviceOut(Resource):
    """A device; its secret is shown at creation and by `reveal-secret` only."""

    user: str
    name: str
    kind: DeviceKind
    codecs: list[Codec]
    srtp: bool
    max_contacts: int
    disabled: bool
    sip: SipSettings


class DeviceWithSecret(DeviceOut):
    sip_secret: str


DevicePage = Page[DeviceOut]


class DeviceChange(DevicePatch):
    """One row of a multi-edit: `id` and the fields to change."""

    id: Reference

    def changes(self) -> dict[str, object]:
        return {name: value for name, value in super().changes().items() if name != "id"}


class DeviceBulk(Body):
    """Many devices at once, all or nothing; rows are named in errors (`create.3.name`)."""

    create: list[DeviceCreate] = Field(default_factory=list, max_length=MAX_BULK)
    update: list[DeviceChange] = Field(default_factory=list, max_length=MAX_BULK)
    delete: list[Reference] = Field(default_factory=list, max_length=MAX_BULK)


class DeviceBulkOut(BaseModel):
    """What was done, in the order of the request."""

    created: list[DeviceOut]
    updated: list[DeviceOut]
    deleted: int
