"""A mail as features ask for it, and how it becomes words: templates in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from enum import StrEnum
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).parent / "templates"
_LANGUAGES = frozenset({"en", "nl"})
_FALLBACK = "en"


class Template(StrEnum):
    """Every mail that is sent: `templates/<name>.<language>.txt.j2` and `.html.j2`.

    The first line of the text is the subject.
    """

    EMERGENCY = "emergency"
    """`number`, `caller_number`, `caller_name`, `tenant`, `at` (local time with its zone)."""
    VOICEMAIL_MESSAGE = "voicemail_message"
    """`box`, `caller`, `duration`, `tenant`, `at`, and `recording`: `attached`, `too_large` or
    `in_box`."""
    VOICEMAIL_QUOTA = "voicemail_quota"
    """`percent`, `quota` (MB), `tenant`, and `full`: `yes` or `no`."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail; it is read when the mail is sent, and left out if it is gone.
    `kind` is its media type, `name` what the reader sees."""

    file: Path
    name: str
    kind: str


def ignore(to: str) -> None:
    """Nobody waits to hear that a mail was taken."""


@dataclass(frozen=True, slots=True)
class Mail:
    """`facts` are what the template names; `language` like `nl-NL`, English when unknown. `taken`
    hears of each reader (address) whose mail the server took."""

    to: tuple[str, ...]
    template: Template
    language: str
    facts: Mapping[str, str] = field(default_factory=dict)
    attachment: Attachment | None = None
    taken: Callable[[str], None] = ignore


def written(mail: Mail, to: str, sender: str) -> EmailMessage:
    """The message to one reader, as text and HTML. Reads the attachment: call it in a thread."""
    language = mail.language[:2].lower()
    name = f"{mail.template.value}.{language if language in _LANGUAGES else _FALLBACK}"
    # Names are chosen by people: a line break in one must not begin another header.
    facts = {key: " ".join(value.split()) for key, value in mail.facts.items()}
    subject, _, text = _TEXT.get_template(f"{name}.txt.j2").render(facts).partition("\n")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject.strip()
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("> ") or None)
    # Nobody's absence note should answer a machine (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.lstrip("\n"))
    message.add_alternative(_HTML.get_template(f"{name}.html.j2").render(facts), subtype="html")
    _attach(message, mail.attachment)
    return message


def _attach(message: EmailMessage, attachment: Attachment | None) -> None:
    if attachment is None or not attachment.file.exists():
        return
    main, _, sub = attachment.kind.partition("/")
    content = attachment.file.read_bytes()
    message.add_attachment(content, maintype=main, subtype=sub, filename=attachment.name)


def _environment(*, escaped: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=escaped,  # noqa: S701  The plain text is no HTML; all HTML is escaped.
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


_TEXT, _HTML = _environment(escaped=False), _environment(escaped=True)
