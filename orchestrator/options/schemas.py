"""What the API says about options, what the documents of `tenant_options` hold, and what calls
make of them.

A document holds the fields that somebody has set; the others have their default.
"""

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any

import structlog
from phonenumbers import SUPPORTED_REGIONS
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)

from orchestrator.destinations.schemas import DestinationBody
from orchestrator.ivr.spelling import NamePart
from orchestrator.options.rules import (
    DEFAULT_CODES,
    CallOptions,
    Code,
    EmergencyOptions,
    HotDeskOptions,
    NamePlace,
    NameSource,
    Options,
    OutboundOptions,
    ParkingOptions,
    StatusOptions,
    VoicemailOptions,
)
from orchestrator.schemas import Country, Email, Line, Patch, Reference

log = structlog.get_logger(__name__)

MAX_COUNTRIES = 300
MAX_TOLD = 20
"""Mail addresses, and users, that are told of an emergency call."""


def _known(country: str) -> str:
    if country not in SUPPORTED_REGIONS:
        raise ValueError("must be the ISO 3166 code of a country that can be called")
    return country


# -- what comes in ---------------------------------------------------------------------------

CountryCode = Annotated[Country, AfterValidator(_known)]
DialCode = Annotated[str, Field(max_length=8, pattern=r"^[0-9*#]*$")]
TimeOfDay = Annotated[
    str,
    Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="In the tenant's time zone."),
]
StatusName = Annotated[Line, Field(max_length=40, description="Empty: the built-in name.")]


class OutboundOptionsPatch(Patch):
    """`allowed_countries` empty: all may be called."""

    allowed_countries: list[CountryCode] = Field(default_factory=list, max_length=MAX_COUNTRIES)
    forward_outside: bool = True
    in_hours_only: bool = False


class EmergencyOptionsPatch(Patch):
    """Who is told of an emergency call: mail addresses, and users (ids) whose phones ring."""

    mails: list[Email] = Field(default_factory=list, max_length=MAX_TOLD)
    call: list[Reference] = Field(default_factory=list, max_length=MAX_TOLD)


class StatusOptionsPatch(Patch):
    """Names of the two custom statuses."""

    custom_available: StatusName = ""
    custom_away: StatusName = ""


class ParkingOptionsPatch(Patch):
    """`max_calls` 0: no limit; `return_seconds` 0: parked calls wait for ever; `return_to` null:
    they go back to who parked them."""

    max_calls: int = Field(0, ge=0, le=1000)
    return_seconds: int = Field(120, ge=0, le=86_400)
    return_to: DestinationBody | None = None


class CallOptionsPatch(Patch):
    """`transfer_back_seconds` 0: a blind transfer that fails does not come back. `direct_dial`:
    callers may dial extensions in IVRs. `dial_by_name`: which name callers spell."""

    transfer_back_seconds: int = Field(30, ge=0, le=600)
    pickup_own_department: bool = False
    name_source: NameSource = NameSource.NONE
    name_place: NamePlace = NamePlace.BEFORE
    direct_dial: bool = True
    dial_by_name: NamePart = NamePart.EITHER
    music: Reference | None = None


class VoicemailOptionsPatch(Patch):
    """`quota_mb` 0: no limit; `keep_days` 0: messages stay; `operator` null: 0 leads nowhere."""

    quota_mb: int = Field(0, ge=0, le=1_000_000)
    warn_percent: int = Field(80, ge=1, le=100)
    keep_days: int = Field(0, ge=0, le=3650)
    min_seconds: int = Field(2, ge=0, le=60)
    max_seconds: int = Field(300, ge=10, le=3600)
    operator: DestinationBody | None = None
    calls_out: bool = False


class HotDeskOptionsPatch(Patch):
    """`log_out_at` null: nobody is logged out by the clock."""

    log_out_at: TimeOfDay | None = None


class OptionsPatch(Patch):
    """Only what is named changes, inside an area too."""

    outbound: OutboundOptionsPatch = OutboundOptionsPatch()
    emergency: EmergencyOptionsPatch = EmergencyOptionsPatch()
    statuses: StatusOptionsPatch = StatusOptionsPatch()
    parking: ParkingOptionsPatch = ParkingOptionsPatch()
    calls: CallOptionsPatch = CallOptionsPatch()
    voicemail: VoicemailOptionsPatch = VoicemailOptionsPatch()
    hot_desks: HotDeskOptionsPatch = HotDeskOptionsPatch()

    def documents(self) -> dict[str, dict[str, object]]:
        """The named fields of the named areas, as they are stored."""
        return self.model_dump(mode="json", exclude_unset=True)


class DialCodesPatch(Patch):
    """Codes of the named functions: empty switches the function off, null means the default."""

    codes: dict[Code, DialCode | None] = Field(default_factory=dict, max_length=len(Code))


# -- what goes out ---------------------------------------------------------------------------


def _minutes(at: time | str | None) -> str | None:
    return at.isoformat("minutes") if isinstance(at, time) else at


class _Shown(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class OutboundOptionsOut(_Shown):
    allowed_countries: Annotated[list[str], BeforeValidator(sorted)]
    forward_outside: bool
    in_hours_only: bool


class EmergencyOptionsOut(_Shown):
    mails: list[str]
    call: list[str]


class StatusOptionsOut(_Shown):
    custom_available: str
    custom_away: str


class ParkingOptionsOut(_Shown):
    max_calls: int
    return_seconds: int
    return_to: DestinationBody | None


class CallOptionsOut(_Shown):
    transfer_back_seconds: int
    pickup_own_department: bool
    name_source: NameSource
    name_place: NamePlace
    direct_dial: bool
    dial_by_name: NamePart
    music: str | None


class VoicemailOptionsOut(_Shown):
    quota_mb: int
    warn_percent: int
    keep_days: int
    min_seconds: int
    max_seconds: int
    operator: DestinationBody | None
    calls_out: bool


class HotDeskOptionsOut(_Shown):
    log_out_at: Annotated[str | None, BeforeValidator(_minutes)]


class OptionsOut(_Shown):
    """The options of a tenant. Areas that the asker may not change are null, except `statuses`,
    whose names everybody sees. `version` is 0 as long as nobody has changed anything."""

    version: int
    outbound: OutboundOptionsOut | None
    emergency: EmergencyOptionsOut | None
    statuses: StatusOptionsOut
    parking: ParkingOptionsOut | None
    calls: CallOptionsOut | None
    voicemail: VoicemailOptionsOut | None
    hot_desks: HotDeskOptionsOut | None


class DialCodeOut(BaseModel):
    """The code of one function; "": the function is off. `hidden_by` names what is reached in its
    place: a number of the plan or an emergency number that was there before."""

    code: str
    default: str
    hidden_by: str | None


class DialCodesOut(BaseModel):
    """All functions that can have a code. `version` is that of the options."""

    version: int
    codes: dict[Code, DialCodeOut]


# -- what is stored --------------------------------------------------------------------------

_READERS: dict[str, TypeAdapter[Any]] = {
    "outbound": TypeAdapter(OutboundOptions),
    "emergency": TypeAdapter(EmergencyOptions),
    "statuses": TypeAdapter(StatusOptions),
    "parking": TypeAdapter(ParkingOptions),
    "calls": TypeAdapter(CallOptions),
    "voicemail": TypeAdapter(VoicemailOptions),
    "hot_desks": TypeAdapter(HotDeskOptions),
    "dial_codes": TypeAdapter(dict[Code, str]),
}


def options_of(documents: Mapping[str, object]) -> Options:
    """The options that the stored documents say; what they do not name has its default.

    A damaged document counts as empty: the tenant's calls go on with the defaults.
    """
    read = {
        area: reader.validate_python(sound(area, documents.get(area)))
        for area, reader in _READERS.items()
    }
    return Options(codes=DEFAULT_CODES | read.pop("dial_codes"), **read)


def sound(area: str, document: object) -> dict[str, object]:
    """The stored document of an area; empty when nobody could read it."""
    stored = document or {}
    try:
        _READERS[area].validate_python(stored)
    except ValidationError as error:
        log.warning("options-damaged", area=area, errors=error.error_count())
        return {}
    return dict(stored) if isinstance(stored, dict) else {}
