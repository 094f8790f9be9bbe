"""What the menu of a voicemail box says."""

from datetime import datetime

from orchestrator.routing.plan import MailboxLine, TenantPlan
from orchestrator.routing.voicemail import zone_of
from orchestrator.voicemail.rules import SayTime, Waiting

Said = tuple[str, ...]

NO_BOX: Said = ("vm-nobox",)
NOT_NOW: Said = ("im-sorry", "please-try-call-later")
NOT_ALLOWED: Said = ("cannot-complete-as-dialed",)
GOODBYE: Said = ("vm-goodbye",)
ASK_PIN: Said = ("vm-password",)
REFUSED: Said = ("vm-incorrect", "vm-goodbye")
NO_MORE: Said = ("vm-nomore",)
DELETED: Said = ("vm-deleted",)
UNDELETED: Said = ("vm-undeleted",)
MESSAGE_LOST: Said = ("im-sorry",)
ASK_EXTENSION: Said = ("vm-extension",)
FORWARDED: Said = ("vm-msgsaved",)
OPTIONS: Said = ("vm-mailbox-options", "vm-starmain")
GREETINGS: Said = ("vm-mailbox-greetings", "vm-starmain")
GREETING: Said = ("vm-mailbox-greeting", "vm-starmain")
NO_GREETING: Said = ("vm-mailbox-no-greeting",)
GREETING_DELETED: Said = ("vm-mailbox-greeting-gone",)
RECORD_NOW: Said = ("record-now",)
RECORDED: Said = ("vm-mailbox-recorded",)
SAVED: Said = ("vm-msgsaved",)
NEW_PIN: Said = ("vm-newpassword",)
NEW_PIN_AGAIN: Said = ("vm-reenterpassword",)
PINS_DIFFER: Said = ("vm-mismatch",)
WEAK_PIN: Said = ("vm-invalid-password",)
PIN_CHANGED: Said = ("vm-passchanged",)

_MAIN: Said = ("vm-mailbox-main",)
_OTHER_BOXES: Said = ("vm-mailbox-other",)
_CALL_BACK: Said = ("vm-mailbox-call-back",)


def main(*, several: bool) -> Said:
    return (*_MAIN, *_OTHER_BOXES) if several else _MAIN


def counts(new: int, old: int, language: str) -> Said:
    """You have 2 new and 1 old messages."""
    if not new and not old:
        return ("vm-youhave", "vm-no", "vm-messages")
    said: list[str] = ["vm-youhave"]
    if new:
        said += [*_number(new, language), "vm-INBOX"]
    if new and old:
        said.append("vm-and")
    if old:
        said += [*_number(old, language), "vm-Old"]
    last = old or new
    return (*said, "vm-message" if last == 1 else "vm-messages")


def message_menu(*, deleted: bool, calls_back: bool) -> Said:
    return (
        "vm-prev",
        "vm-repeat",
        "vm-next",
        "vm-undelete" if deleted else "vm-delete",
        "vm-toforward",
        *(_CALL_BACK if calls_back else ()),
        "vm-starmain",
    )


def introduction(
    tenant: TenantPlan, box: MailboxLine, message: Waiting, moment: tuple[str, datetime]
) -> Said:
    """From whom a message is, and when it came, as far as the box says so. `moment`: the
    language, and the present time."""
    language, now = moment
    caller = _caller(tenant, message) if box.say_caller else ()
    if box.say_time is SayTime.NONE:
        return caller
    zone = zone_of(tenant, box.owner)
    came, today = message.recorded_at.astimezone(zone), now.astimezone(zone).date()
    return (*caller, "vm-received", *_when(came, today == came.date(), language))


def _caller(tenant: TenantPlan, message: Waiting) -> Said:
    digits = "".join(sign for sign in message.caller if sign in "0123456789*#")
    if not digits:
        return ("vm-unknown-caller",)
    inside = message.caller in tenant.extensions
    return ("vm-from-extension" if inside else "vm-from-phonenumber", f"digits:{digits}")


def _number(value: int, language: str) -> Said:
    return (f"number:{value}",)


def _when(came: datetime, today: bool, language: str) -> Said:
    return ("digits/today",) if today else (f"number:{came.day}",)
