"""What a tenant has chosen for all its calls, as calls see it, with the defaults. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from orchestrator.ivr.spelling import NamePart
from orchestrator.types import Destination


class Code(StrEnum):
    """The functions that a dial code may have; `DEFAULT_CODES` has the codes."""

    PARK = "park"
    UNPARK = "unpark"
    PICKUP = "pickup"
    SET_STATUS = "set_status"
    VOICEMAIL_OF = "voicemail_of"
    VOICEMAIL_MENU = "voicemail_menu"
    WITHHOLD_CALLER_ID = "withhold_caller_id"
    QUEUE_LOG_IN = "queue_log_in"
    QUEUE_LOG_OUT = "queue_log_out"
    HOURS_OVERRIDE = "hours_override"
    INTERCOM = "intercom"
    BILLING = "billing"
    HOT_DESKING = "hot_desking"
    OUTBOUND_PIN = "outbound_pin"
    HOTEL = "hotel"
    LISTEN = "listen"
    WHISPER = "whisper"
    BARGE_IN = "barge_in"
    MOBILE_HOLD = "mobile_hold"
    MOBILE_UNHOLD = "mobile_unhold"
    MOBILE_BLIND_TRANSFER = "mobile_blind_transfer"
    MOBILE_CONSULT = "mobile_consult"
    MOBILE_COMPLETE = "mobile_complete"
    MOBILE_CONFERENCE = "mobile_conference"


# An empty code switches its function off.
DEFAULT_CODES: dict[Code, str] = {
    Code.PARK: "*0",
    Code.UNPARK: "*1",
    Code.PICKUP: "*20*",
    Code.SET_STATUS: "*3",
    Code.VOICEMAIL_OF: "*4",
    Code.VOICEMAIL_MENU: "999",
    Code.WITHHOLD_CALLER_ID: "*5",
    Code.QUEUE_LOG_IN: "*62",
    Code.QUEUE_LOG_OUT: "*63",
    Code.HOURS_OVERRIDE: "",
    Code.INTERCOM: "",
    Code.BILLING: "**",
    Code.HOT_DESKING: "*77*",
    Code.OUTBOUND_PIN: "777",
    Code.HOTEL: "*68",
    Code.LISTEN: "",
    Code.WHISPER: "",
    Code.BARGE_IN: "",
    Code.MOBILE_HOLD: "*80",
    Code.MOBILE_UNHOLD: "*81",
    Code.MOBILE_BLIND_TRANSFER: "*82",
    Code.MOBILE_CONSULT: "*83",
    Code.MOBILE_COMPLETE: "*84",
    Code.MOBILE_CONFERENCE: "*85",
}


class NamePlace(StrEnum):
    """Where a name is put beside the caller's: `Sales: Ada` or `Ada (Sales)`."""

    BEFORE = "before"
    AFTER = "after"


class NameSource(StrEnum):
    """Which name tells the called one how the call came; `queue`: plain where it came by none."""

    NONE = "none"
    DEPARTMENT = "department"
    DID = "did"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class OutboundOptions:
    """`allowed_countries`: ISO codes that may be called; empty: all. `forward_outside`: users may
    forward to outside numbers. `in_hours_only`: nobody calls out outside of office hours."""

    allowed_countries: frozenset[str] = frozenset()
    forward_outside: bool = True
    in_hours_only: bool = False


@dataclass(frozen=True, slots=True)
class EmergencyOptions:
    """Who is told of an emergency call: `mails` are addresses, `call` are users (ids) whose
    phones ring and hear which extension calls for help."""

    mails: tuple[str, ...] = ()
    call: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusOptions:
    """Names of the two custom statuses; empty: the built-in name."""

    custom_available: str = ""
    custom_away: str = ""


@dataclass(frozen=True, slots=True)
class ParkingOptions:
    """`max_calls` 0 means no limit. After `return_seconds` (0: never) a parked call goes to
    `return_to`, or to who parked it when that is None."""

    max_calls: int = 0
    return_seconds: int = 120
    return_to: Destination | None = None


@dataclass(frozen=True, slots=True)
class CallOptions:
    """`transfer_back_seconds`: a blind transfer that nobody answers in that time, or that meets
    busy, comes back to who transferred; 0 switches it off. `pickup_own_department`: only calls of
    one's own departments can be picked up. `direct_dial`: callers may dial extensions in IVRs.
    `dial_by_name`: which name callers spell. `music`: the playlist (id) that waiting callers hear,
    None: the music of the product."""

    transfer_back_seconds: int = 30
    pickup_own_department: bool = False
    name_source: NameSource = NameSource.NONE
    name_place: NamePlace = NamePlace.BEFORE
    direct_dial: bool = True
    dial_by_name: NamePart = NamePart.EITHER
    music: str | None = None


@dataclass(frozen=True, slots=True)
class VoicemailOptions:
    """Of all boxes of a tenant. `quota_mb` 0: no limit; above `warn_percent` of it an event and a
    mail say so. Messages go `keep_days` after they came, 0: never. Shorter than `min_seconds` is
    no message, after `max_seconds` a message ends. `operator`: where 0 leads while a greeting
    plays. `calls_out`: the menu may call back who left a message."""

    quota_mb: int = 0
    warn_percent: int = 80
    keep_days: int = 0
    min_seconds: int = 2
    max_seconds: int = 300
    operator: Destination | None = None
    calls_out: bool = False


@dataclass(frozen=True, slots=True)
class HotDeskOptions:
    """`log_out_at`: the time of day, in the tenant's zone, at which everybody is logged out of
    hot-desk phones; None: never. `since`: when that was chosen, what was before does not count."""

    log_out_at: time | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """All options of a tenant. `codes` holds every function, with "" for those switched off."""

    codes: Mapping[Code, str] = field(default_factory=lambda: DEFAULT_CODES)
    outbound: OutboundOptions = OutboundOptions()
    emergency: EmergencyOptions = EmergencyOptions()
    statuses: StatusOptions = StatusOptions()
    parking: ParkingOptions = ParkingOptions()
    calls: CallOptions = CallOptions()
    voicemail: VoicemailOptions = VoicemailOptions()
    hot_desks: HotDeskOptions = HotDeskOptions()


DEFAULTS = Options()
