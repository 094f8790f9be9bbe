"""What the menu of a voicemail box says."""

from datetime import datetime

from orchestrator.prompts.phrases import Phrase
from orchestrator.prompts.saying import day, number, time_of_day
from orchestrator.routing.plan import MailboxLine, TenantPlan
from orchestrator.routing.voicemail import zone_of
from orchestrator.voicemail.rules import SayTime, Waiting

Said = tuple[str, ...]

NO_BOX: Said = (Phrase.NO_BOX, Phrase.GOODBYE)
NOT_NOW: Said = (Phrase.SORRY, Phrase.CALL_LATER)
NOT_ALLOWED: Said = (Phrase.CANNOT_COMPLETE,)
GOODBYE: Said = (Phrase.GOODBYE,)
ASK_PIN: Said = (Phrase.ASK_PIN,)
REFUSED: Said = (Phrase.PIN_WRONG, Phrase.GOODBYE)
NO_MORE: Said = (Phrase.NO_MORE_MESSAGES,)
DELETED: Said = (Phrase.DELETED,)
UNDELETED: Said = (Phrase.UNDELETED,)
MESSAGE_LOST: Said = (Phrase.SORRY,)
ASK_EXTENSION: Said = (Phrase.ASK_EXTENSION,)
BAD_EXTENSION: Said = (Phrase.BAD_EXTENSION,)
FORWARDED: Said = (Phrase.MESSAGE_FORWARDED,)
OPTIONS: Said = (Phrase.BOX_OPTIONS, Phrase.STAR_BACK)
GREETINGS: Said = (Phrase.GREETINGS_MENU, Phrase.STAR_BACK)
GREETING: Said = (Phrase.GREETING_MENU, Phrase.STAR_BACK)
NO_GREETING: Said = (Phrase.NO_GREETING,)
GREETING_DELETED: Said = (Phrase.GREETING_DELETED,)
RECORD_NOW: Said = (Phrase.RECORD_NOW,)
RECORDED: Said = (Phrase.SAVE_RECORDING,)
SAVED: Said = (Phrase.THANK_YOU,)
NEW_PIN: Said = (Phrase.NEW_PIN,)
NEW_PIN_AGAIN: Said = (Phrase.NEW_PIN_AGAIN,)
PINS_DIFFER: Said = (Phrase.PINS_DIFFER,)
WEAK_PIN: Said = (Phrase.PIN_TOO_EASY,)
PIN_CHANGED: Said = (Phrase.PIN_CHANGED,)


def main(*, several: bool) -> Said:
    """The first page; `several`: there are more boxes than the own one."""
    return (Phrase.BOX_MENU, Phrase.OTHER_BOX) if several else (Phrase.BOX_MENU,)


def counts(new: int, old: int, language: str) -> Said:
    """You have two new and one old message."""
    if not new and not old:
        return (Phrase.YOU_HAVE, Phrase.NONE, Phrase.MESSAGES)
    fresh = (*number(new, language), Phrase.NEW) if new else ()
    heard = (*number(old, language), Phrase.OLD) if old else ()
    both = (Phrase.AND,) if new and old else ()
    last = Phrase.MESSAGE if (old or new) == 1 else Phrase.MESSAGES
    return (Phrase.YOU_HAVE, *fresh, *both, *heard, last)


def message_menu(*, deleted: bool, calls_back: bool) -> Said:
    back = (Phrase.CALL_BACK,) if calls_back else ()
    delete = Phrase.UNDELETE_MESSAGE if deleted else Phrase.DELETE_MESSAGE
    steps = (Phrase.EARLIER_MESSAGE, Phrase.REPEAT_MESSAGE, Phrase.NEXT_MESSAGE)
    return (*back, *steps, delete, Phrase.FORWARD_MESSAGE, Phrase.STAR_BACK)


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
    twelve = box.say_time is SayTime.TWELVE_HOURS
    at = time_of_day(came.time(), language, twelve_hours=twelve)
    return (*caller, Phrase.RECEIVED, *day(came.date(), language, today=today), *at)


def _caller(tenant: TenantPlan, message: Waiting) -> Said:
    digits = "".join(sign for sign in message.caller if sign in "0123456789*#")
    if not digits:
        return (Phrase.FROM_UNKNOWN,)
    inside = message.caller in tenant.extensions
    return (Phrase.FROM_EXTENSION if inside else Phrase.FROM_NUMBER, f"digits:{digits}")
