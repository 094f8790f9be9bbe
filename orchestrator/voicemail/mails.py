"""The mails of voicemail: a new message, and boxes that fill up."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from orchestrator.mail.message import Attachment, Mail, Template, ignore
from orchestrator.people.lookup import Reader
from orchestrator.routing.plan import TenantPlan
from orchestrator.routing.voicemail import zone_of
from orchestrator.voicemail.rules import Level, MailMode, Note
from orchestrator.voicemail.store import Mailing

MAX_ATTACHED = 10_000_000
"""Bytes of a recording that goes with a mail; mail servers refuse what is much larger."""

_WITH_RECORDING = frozenset({MailMode.ATTACH, MailMode.ATTACH_AND_DELETE})


class AllTaken:
    """Calls `then` once the mail server has taken the mails to all readers."""

    def __init__(self, to: tuple[str, ...], then: Callable[[], None]) -> None:
        self._left = set(to)
        self._then = then

    def __call__(self, to: str) -> None:
        self._left.discard(to)
        if not self._left:
            self._then()


def message_mails(
    tenant: TenantPlan,
    note: Note,
    mailing: Mailing,
    recording: tuple[Path, float, int],
    delete: Callable[[], None],
) -> Iterator[Mail]:
    """The mails about a new message. `recording`: its file, seconds and bytes; `delete` takes
    it out of the box, once the mails are on their way, if that is wanted."""
    if mailing.mode is MailMode.NONE or not mailing.readers:
        return
    file, seconds, size = recording
    attached = mailing.mode in _WITH_RECORDING and size <= MAX_ATTACHED
    what = "attached" if attached else "in_box"
    if mailing.mode in _WITH_RECORDING and not attached:
        what = "too_large"
    facts = {
        "box": mailing.box,
        "caller": f"{note.caller} {note.caller_name}".strip() or "?",
        "duration": f"{round(seconds) // 60}:{round(seconds) % 60:02}",
        "tenant": tenant.name,
        "at": _at(tenant, note),
        "recording": what,
    }
    taken: Callable[[str], None] = ignore
    if attached and mailing.mode is MailMode.ATTACH_AND_DELETE:
        taken = AllTaken(tuple(reader.email for reader in mailing.readers), delete)
    attachment = Attachment(file, _name(tenant, note), "audio/wav") if attached else None
    for reader in mailing.readers:
        language = reader.language or tenant.language
        yield Mail((reader.email,), Template.VOICEMAIL_MESSAGE, language, facts, attachment, taken)


def quota_mails(
    tenant: TenantPlan, level: Level, used: int, readers: tuple[Reader, ...]
) -> Iterator[Mail]:
    """The mails about boxes that fill up."""
    quota = tenant.options.voicemail.quota_mb
    facts = {
        "percent": str(used * 100 // (quota * 1_000_000)) if quota else "0",
        "quota": str(quota),
        "tenant": tenant.name,
        "full": "yes" if level is Level.FULL else "no",
    }
    for reader in readers:
        language = reader.language or tenant.language
        yield Mail((reader.email,), Template.VOICEMAIL_QUOTA, language, facts)


def _name(tenant: TenantPlan, note: Note) -> str:
    """`voicemail-20260301-1204-0612345678.wav`"""
    caller = "".join(sign for sign in note.caller if sign.isalnum()) or "unknown"
    at = datetime.fromtimestamp(note.started_at, zone_of(tenant, note.owner))
    return f"voicemail-{at:%Y%m%d-%H%M}-{caller}.wav"


def _at(tenant: TenantPlan, note: Note) -> str:
    """When it was, where the owner of the box is."""
    local = datetime.fromtimestamp(note.started_at, zone_of(tenant, note.owner))
    return local.strftime("%Y-%m-%d %H:%M %Z")
