"""Who is named in a SIP header: reads what any provider may send. Pure.

    "Grandma" <sip:+31612345678@provider.example;user=phone>;party=calling
    <tel:+31-6-1234-5678;phone-context=example.com>
    sip:101@provider.example

Sources: RFC 3261 §20.10 and §25.1 (name-addr, addr-spec), RFC 3966 (tel), RFC 3325
(P-Asserted-Identity, which may hold two of them), draft-ietf-sip-privacy-04 (Remote-Party-ID).
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

LONGEST_NUMBER = 64
LONGEST_NAME = 80

_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*<')
_URI = re.compile(r"(sips?|tel):([^@;?<>,\s]*)(?:;[^@<>,\s]*)?(@)?", re.IGNORECASE)
_SEPARATORS = str.maketrans("", "", "-.() ")
_NUMBER = re.compile(r"[+*#0-9A-Za-z._-]+")
# What tells nothing to a person, or would end a line or a quoted name early.
_UNPRINTABLE = re.compile(r'[\x00-\x1f\x7f-\x9f"\\<>\ud800-\udfff]')


@dataclass(frozen=True, slots=True)
class Party:
    """A number, at most 64 characters that can be dialled, and a name, often ""."""

    number: str
    name: str = ""


def party(header: str) -> Party | None:
    """The party that a header names first; None when it names no number."""
    quoted = _QUOTED.match(header)
    rest = header[quoted.end() - 1 :] if quoted else header
    found = _URI.search(rest)
    if found is None:
        return None
    scheme, user, at = found[1].lower(), found[2], found[3]
    if scheme != "tel" and not at:
        return None  # A host alone: nobody is named.
    number = _number(user.partition(":")[0], is_tel=scheme == "tel")
    if not number:
        return None
    plain = rest[: found.start()].partition("<")[0] if "<" in rest[: found.start()] else ""
    name = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else plain
    return Party(number, _UNPRINTABLE.sub("", name).strip()[:LONGEST_NAME])


def _number(user: str, *, is_tel: bool) -> str:
    """The user part as it is dialled, "" when it could not be. Only a telephone number may
    hold visual separators (RFC 3966 §5.1.1)."""
    text = unquote(user, errors="replace")
    if is_tel or re.fullmatch(r"\+?[0-9().-]+", text):
        text = text.translate(_SEPARATORS)
    return text if len(text) <= LONGEST_NUMBER and _NUMBER.fullmatch(text) else ""
