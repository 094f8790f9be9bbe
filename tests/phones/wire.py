"""SIP messages as they were on the wire, read from the trace that a phone writes."""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 20.0  # Seconds that a test waits for what happens at once when nobody is busy.
POLL = 0.02

_HEAD = re.compile(
    r"^-{20,} [^\n]*\n(?:UDP|TCP|TLS) message (sent|received)[^\n]*\n\n", re.MULTILINE
)


class PhoneFailed(AssertionError):
    """A phone did not see what it was told to expect; the message holds the trace."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a SIP server or phone listens."""

    host: str
    port: int


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


def text_of(file: Path) -> str:
    """A log that may not be there yet."""
    return file.read_text(errors="replace") if file.exists() else ""


def _once(messages: list[Message]) -> list[Message]:
    """Each of them once: on a slow machine UDP has them sent again."""
    return [each for place, each in enumerate(messages) if each not in messages[:place]]


class OnTheWire(ABC):
    """What a test asks of any phone: which messages it sent and received."""

    @abstractmethod
    def messages(self) -> list[Message]:
        """Everything on the wire so far, oldest first."""

    @abstractmethod
    def over(self) -> bool:
        """Whether the phone's process has ended, so that nothing more will come."""

    @abstractmethod
    def story(self, what: str) -> str:
        """A readable account for a failure: the phone, `what` happened, its trace."""

    def received(self, what: str) -> list[Message]:
        """The received messages that are `what`: "INVITE", "180", "200 INVITE"."""
        return _once([each for each in self.messages() if not each.sent and each.matches(what)])

    def sent(self, what: str) -> list[Message]:
        """The sent messages that are `what`."""
        return _once([each for each in self.messages() if each.sent and each.matches(what)])

    async def until_received(
        self, what: str, *, count: int = 1, timeout: float = PATIENCE
    ) -> Message:
        """Wait for the `count`-th received `what`; PhoneFailed when it does not come."""
        return await self._until(lambda: self.received(what), f"receive {what}", count, timeout)

    async def until_sent(self, what: str, *, count: int = 1, timeout: float = PATIENCE) -> Message:
        """Wait for the `count`-th sent `what`; PhoneFailed when it does not come."""
        return await self._until(lambda: self.sent(what), f"send {what}", count, timeout)

    async def _until(
        self, look: Callable[[], list[Message]], what: str, count: int, timeout: float
    ) -> Message:
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            last_look = self.over() or asyncio.get_running_loop().time() > deadline
            found = look()
            if len(found) >= count:
                return found[count - 1]
            if last_look:
                raise PhoneFailed(self.story(f"did not {what} ({len(found)} of {count})"))
            await asyncio.sleep(POLL)
