"""SIP messages as they were on the wire, read from SIPp's message trace."""

import re
from dataclasses import dataclass
from pathlib import Path

_HEAD = re.compile(
    r"^-{20,} [^\n]*\n(?:UDP|TCP|TLS) message (sent|received)[^\n]*\n\n", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Message:
    """One SIP message. `headers` has lower-case names; of repeated ones the first counts."""

    sent: bool
    start_line: str
    headers: dict[str, str]
    body: str

    @property
    def status(self) -> int | None:
        """The code of a response; None for a request."""
        return int(self.start_line.split()[1]) if self.start_line.startswith("SIP/2.0 ") else None

    @property
    def method(self) -> str:
        """The method of a request, or that of the request a response answers."""
        if self.status is None:
            return self.start_line.split()[0]
        return self.headers["cseq"].split()[-1]

    @property
    def user(self) -> str:
        """Who is called: the user part of the request URI (requests only)."""
        return self.start_line.split()[1].partition(":")[2].partition("@")[0].partition(";")[0]

    @property
    def caller(self) -> str:
        """The number of the caller: the user part of From."""
        found = re.search(r"sips?:([^@>;]*)", self.headers["from"])
        return found.group(1) if found else ""

    @property
    def caller_name(self) -> str:
        """The display name of From, without quotes."""
        return self.headers["from"].partition("<")[0].strip().strip('"')

    def tag(self, header: str) -> str:
        """The tag of `from` or `to`; empty when there is none."""
        found = re.search(r";tag=([^;>\s]+)", self.headers[header])
        return found.group(1) if found else ""

    def matches(self, what: str) -> bool:
        """Whether this is `what`: a method ("BYE"), a code ("180") or both ("200 INVITE")."""
        first, _, method = what.partition(" ")
        if first.isdigit():
            return self.status == int(first) and method in ("", self.method)
        return self.status is None and self.method == first


def parse(text: str, *, sent: bool) -> Message | None:
    """One message; None when `text` is not SIP (a keep-alive, an unfinished trace line)."""
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    start_line, *lines = head.split("\n")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), value.strip())
    if "call-id" not in headers or "cseq" not in headers:
        return None
    return Message(sent, start_line, headers, body)


def read_trace(file: Path) -> list[Message]:
    """All messages of a trace so far, oldest first; empty when there is no trace yet."""
    if not file.exists():
        return []
    parts = _HEAD.split(file.read_text(errors="replace"))[1:]
    messages = (
        parse(text, sent=way == "sent") for way, text in zip(parts[::2], parts[1::2], strict=True)
    )
    return [message for message in messages if message]
