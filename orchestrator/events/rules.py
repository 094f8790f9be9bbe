"""The events of the event log: numbers, levels and tags, in one visible list. Pure."""

from dataclasses import dataclass
from enum import Enum, StrEnum


class EventLevel(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class EventType:
    """`number` is what operators search for, `tag` (`subject:thing:action`) what code compares."""

    number: int
    level: EventLevel
    tag: str


class Events(Enum):
    """Every event that the product records."""

    SLA_BREACHED = EventType(104, EventLevel.INFO, "queue:sla:breached")
    QUEUE_CALL_LOST = EventType(105, EventLevel.INFO, "queue:call:lost")
    STARTED = EventType(4097, EventLevel.INFO, "system:service:started")
    STOPPING = EventType(4098, EventLevel.INFO, "system:service:stopping")
    EMERGENCY_DIALLED = EventType(4099, EventLevel.INFO, "call:emergency:dialled")
    TRUNK_STATUS = EventType(4100, EventLevel.INFO, "trunk:status:changed")
    CALL_SUPERVISED = EventType(4103, EventLevel.INFO, "call:conversation:supervised")
    ROOM_REPORTED = EventType(4104, EventLevel.INFO, "hotel:room:reported")
    LIMIT_REACHED = EventType(8193, EventLevel.ERROR, "tenant:limit:reached")
    TRUNK_FAILOVER = EventType(12289, EventLevel.WARNING, "trunk:call:failed_over")
    CALL_FAILED = EventType(12294, EventLevel.WARNING, "call:trunk:failed")
    COUNTRY_BLOCKED = EventType(12296, EventLevel.WARNING, "call:country:blocked")
    VOICEMAIL_FULL = EventType(30034, EventLevel.WARNING, "voicemail:quota:crossed")
    SERVICES_INTERRUPTED = EventType(30035, EventLevel.WARNING, "system:service:interrupted")
    EXTERNAL_DISABLED = EventType(30049, EventLevel.WARNING, "call:external:refused")
    SOURCE_UNKNOWN = EventType(30051, EventLevel.WARNING, "call:source:unidentified")
    NO_OUTBOUND_RULE = EventType(30052, EventLevel.WARNING, "call:rule:missing")
    CALL_LOOP = EventType(30053, EventLevel.WARNING, "call:loop:stopped")
    SOUND_MISSING = EventType(30060, EventLevel.WARNING, "media:sound:missing")
    MAIL_FAILED = EventType(50026, EventLevel.ERROR, "system:mail:failed")
