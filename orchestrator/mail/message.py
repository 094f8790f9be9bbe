"""A mail as features ask for it, and how it becomes words: templates in the reader's language."""

from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Mail:
    """`facts` are what the template names; `language` like `nl-NL`, English when unknown."""

    to: tuple[str, ...]
    template: Template
    language: str
    facts: Mapping[str, str] = field(default_factory=dict)


def written(mail: Mail, to: str, sender: str) -> EmailMessage:
    """The message to one reader, as text and HTML."""
    language = mail.language[:2].lower()
    name = f"{mail.template.value}.{language if language in _LANGUAGES else _FALLBACK}"
    # Names are chosen by people: a line break in one must not begin another header.
    facts = {key: " ".join(value.split()) for key, value in mail.facts.items()}
    subject, _, text = _TEXT.get_template(f"{name}.txt.j2").render(facts).partition("\n")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip("> ") or None)
    # Nobody's absence note should answer a machine (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text.lstrip("\n"))
    message.add_alternative(_HTML.get_template(f"{name}.html.j2").render(facts), subtype="html")
    return message


def _environment(*, escaped: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=escaped,  # noqa: S701  The plain text is no HTML; all HTML is escaped.
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )


_TEXT, _HTML = _environment(escaped=False), _environment(escaped=True)
