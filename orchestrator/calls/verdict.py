"""Which way a call went and how it ended. Every call ends with exactly one verdict. Pure."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Cause(IntEnum):
    """Hang-up causes of ITU-T Q.850 that we send or tell apart, with the SIP answer they become.

    Asterisk maps them to SIP (`hangup_cause2sip` of res_pjsip_session).
    """

    UNKNOWN = 0
    UNALLOCATED = 1  # 404
    NO_ROUTE = 3  # 404
    NORMAL = 16  # BYE, or 603 before an answer
    BUSY = 17  # 486
    NO_RESPONSE = 18  # 408
    NO_ANSWER = 19  # 480
    ABSENT = 20  # 480
    REJECTED = 21  # 403
    ANSWERED_ELSEWHERE = 26  # CANCEL with "Call completed elsewhere": no missed call is shown
    OUT_OF_ORDER = 27  # 502
    INVALID_NUMBER = 28  # 484
    CONGESTION = 34  # 503
    INTERWORKING = 127  # 500


class Direction(StrEnum):
    """Which way a call goes, seen from the tenant."""

    INTERNAL = "internal"
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Outcome(StrEnum):
    """The six ways in which a call can end."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    REFUSED = "refused"
    FAILED_CALLER = "failed_caller"
    FAILED_US = "failed_us"
    FAILED_UPSTREAM = "failed_upstream"


class Reason(StrEnum):
    """Why, in the words of the journal. A segment ends with one, and so does the call."""

    CALLER_HUNG_UP = "caller_hung_up"
    CALLEE_HUNG_UP = "callee_hung_up"
    TRANSFERRED = "transferred"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    NOT_REGISTERED = "not_registered"
    NO_DEVICE = "no_device"
    NOBODY_AVAILABLE = "nobody_available"
    QUEUE_FULL = "queue_full"
    LEFT_QUEUE = "left_queue"
    NO_ROUTE = "no_route"
    UNKNOWN_NUMBER = "unknown_number"
    NO_OUTBOUND_RULE = "no_outbound_rule"
    NOT_ALLOWED = "not_allowed"
    TRUNK_DOWN = "trunk_down"
    TRUNK_FULL = "trunk_full"
    TRUNK_REFUSED = "trunk_refused"
    SUSPENDED = "suspended"
    TENANT_FULL = "tenant_full"
    OVERLOAD = "overload"
    LOOP = "loop"
    AWAY = "away"
    DO_NOT_DISTURB = "do_not_disturb"
    BLOCKED_COUNTRY = "blocked_country"
    OUTSIDE_HOURS = "outside_hours"
    PIN_REQUIRED = "pin_required"
    WRONG_PIN = "wrong_pin"
    NOT_LOGGED_IN = "not_logged_in"
    FORWARDED = "forwarded"
    PARKED = "parked"
    PICKED_UP = "picked_up"
    NOBODY_WAITS = "nobody_waits"
    TIMEOUT = "timeout"
    MESSAGE_LEFT = "message_left"
    MAILBOX_FULL = "mailbox_full"
    NO_VOICEMAIL = "no_voicemail"
    CONFERENCE_FULL = "conference_full"
    NO_INPUT = "no_input"
    INVALID_INPUT = "invalid_input"
    ENDED = "ended"
    ENDED_UNATTENDED = "ended_unattended"
    INTERNAL_ERROR = "internal_error"
    ASTERISK_LOST = "asterisk_lost"
    SURVIVAL = "survival"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of a call: what happened, why, and which cause the caller's side is told."""

    outcome: Outcome
    reason: Reason
    cause: Cause = Cause.NORMAL


_CAUSE_REASONS: dict[int, Reason] = {
    Cause.BUSY: Reason.BUSY,
    Cause.NO_RESPONSE: Reason.NOT_REGISTERED,
    Cause.NO_ANSWER: Reason.NO_ANSWER,
    Cause.ABSENT: Reason.NOT_REGISTERED,
    Cause.NO_ROUTE: Reason.NOT_REGISTERED,
    Cause.REJECTED: Reason.DECLINED,
    Cause.NORMAL: Reason.DECLINED,
}


def reason_of_leg(cause: int) -> Reason:
    """Why a leg that was never answered ended, from its hang-up cause.

    A cause that says nothing about the person behind the phone (a codec mismatch, a phone
    that broke down) counts as not reachable.
    """
    return _CAUSE_REASONS.get(cause, Reason.NOT_REGISTERED)


# What a caller is told when several devices failed in different ways: the first of these that
# any device reported. A person who declined on one phone is busy to the caller, not away.
_STRONGEST = (Reason.DECLINED, Reason.BUSY, Reason.NO_ANSWER, Reason.NOT_REGISTERED)

_UNANSWERED: dict[Reason, Verdict] = {
    Reason.DECLINED: Verdict(Outcome.REFUSED, Reason.DECLINED, Cause.BUSY),
    Reason.BUSY: Verdict(Outcome.REFUSED, Reason.BUSY, Cause.BUSY),
    Reason.NO_ANSWER: Verdict(Outcome.ABANDONED, Reason.NO_ANSWER, Cause.NO_ANSWER),
    Reason.NOT_REGISTERED: Verdict(Outcome.REFUSED, Reason.NOT_REGISTERED, Cause.ABSENT),
}


def unanswered(causes: list[int]) -> Verdict:
    """The verdict when no device answered, from the causes with which their legs ended."""
    reasons = {reason_of_leg(cause) for cause in causes}
    strongest = next((r for r in _STRONGEST if r in reasons), Reason.NOT_REGISTERED)
    return _UNANSWERED[strongest]


def not_registered() -> Verdict:
    """The verdict when no device of somebody can be reached."""
    return _UNANSWERED[Reason.NOT_REGISTERED]


def busy() -> Verdict:
    """The verdict when all devices of somebody are busy."""
    return _UNANSWERED[Reason.BUSY]


def no_answer() -> Verdict:
    """The verdict when the ring time is over."""
    return _UNANSWERED[Reason.NO_ANSWER]
