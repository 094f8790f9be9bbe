"""A phone's lamps: it subscribes to states and keeps what it is told, over a socket of its own.

SIPp plays one scenario per call; a lamp is a dialogue in which the other side speaks whenever it
likes, so this is a small SIP client by itself.
"""

import asyncio
import hashlib
import itertools
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.phones.phone import Account
from tests.phones.wire import PATIENCE, POLL, Address, Message, PhoneFailed, parse

DIALOG_INFO = ("dialog", "application/dialog-info+xml")
PRESENCE = ("presence", "application/pidf+xml")
MESSAGES = ("message-summary", "application/simple-message-summary")


@dataclass(frozen=True, slots=True)
class _Dialogue:
    """What all requests of a subscription or registration have in common."""

    uri: str
    to: str
    headers: str = ""
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))


class Watcher(asyncio.DatagramProtocol):
    """One line with keys. Use as `async with`; leaving it ends its subscriptions.

    `heard` is every request that came, oldest first; each is answered with 200.
    """

    def __init__(self, server: Address, account: Account) -> None:
        self.server = server
        self.account = account
        self.heard: list[Message] = []
        self._answers: dict[str, asyncio.Queue[Message]] = {}
        self._dialogues: list[_Dialogue] = []
        self._cseq = 0
        self._port = 0
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        address = ("127.0.0.1", 0)
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=address)
        self._port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for dialogue in self._dialogues:
            await self._request("SUBSCRIBE", dialogue, expires=0)
        assert self._transport is not None
        self._transport.close()

    async def register(self, *, expires: int = 300) -> None:
        """Register this line, so that requests outside of dialogues reach it."""
        server = f"sip:{self.server.host}:{self.server.port}"
        registration = _Dialogue(server, self.account.username)
        answer = await self._request("REGISTER", registration, expires=expires)
        assert answer.status == 200, answer.start_line

    async def subscribe(
        self, number: str, kind: tuple[str, str] = DIALOG_INFO, *, expect: int = 200
    ) -> str:
        """Watch `number`; returns the Call-ID by which the dialogue is known."""
        uri = f"sip:{number}@{self.server.host}:{self.server.port}"
        event, accept = kind
        dialogue = _Dialogue(uri, number, f"Event: {event}\r\nAccept: {accept}\r\n")
        answer = await self._request("SUBSCRIBE", dialogue, expires=300)
        if answer.status != expect:
            raise PhoneFailed(f"SUBSCRIBE {number}: {answer.start_line}, expected {expect}")
        if answer.status == 200:
            self._dialogues.append(dialogue)
        return dialogue.call_id

    def told(self, call_id: str) -> list[str]:
        """The states of one subscription to dialog-info so far, less repetitions."""
        return self._said(call_id, r"<state>([a-z]+)</state>")

    def noted(self, call_id: str) -> list[str]:
        """The notes of one subscription to presence so far, less repetitions."""
        return self._said(call_id, r"<note>([^<]+)</note>")

    def _said(self, call_id: str, pattern: str) -> list[str]:
        found = (re.search(pattern, body) for body in self.bodies(call_id))
        return [word for word, _ in itertools.groupby(each.group(1) for each in found if each)]

    def bodies(self, call_id: str) -> list[str]:
        """What the NOTIFYs of one subscription said."""
        return [m.body for m in self.heard if m.headers["call-id"] == call_id and m.body.strip()]

    def notified(self, event: str) -> list[Message]:
        """NOTIFYs of an event, in or outside of dialogues."""
        return [m for m in self.heard if m.headers.get("event", "").split(";")[0] == event]

    async def until_told(self, call_id: str, *states: str) -> None:
        """Wait until the last states told are `states`."""
        await _until_last(lambda: self.told(call_id), states)

    async def until_noted(self, call_id: str, *notes: str) -> None:
        """Wait until the last notes of presence are `notes`."""
        await _until_last(lambda: self.noted(call_id), notes)

    # -- the wire ------------------------------------------------------------------------------

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = parse(data.decode(errors="replace"), sent=False)
        if message is None:
            return
        if message.status is None:
            if message not in self.heard:  # Else it was sent again, since we were slow.
                self.heard.append(message)
            self._send(_ok(data.decode(errors="replace")))
        elif (waiting := self._answers.get(message.headers["call-id"])) is not None:
            waiting.put_nowait(message)

    async def _request(self, method: str, dialogue: _Dialogue, *, expires: int) -> Message:
        """Send a request, answer the challenge, return the final answer."""
        uri, call_id = dialogue.uri, dialogue.call_id
        waiting = self._answers.setdefault(call_id, asyncio.Queue())
        authorization = ""
        for _ in range(2):
            self._cseq += 1
            me = f"<sip:{self.account.username}@127.0.0.1:{self._port}>"
            self._send(
                f"{method} {uri} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};branch=z9hG4bK{secrets.token_hex(6)}\r\n"
                f"Max-Forwards: 70\r\nFrom: {me};tag={call_id}\r\n"
                f"To: <sip:{dialogue.to}@{self.server.host}>{self._tag_of(call_id)}\r\n"
                f"Call-ID: {call_id}\r\nCSeq: {self._cseq} {method}\r\nContact: {me}\r\n"
                f"{dialogue.headers}{authorization}Expires: {expires}\r\nContent-Length: 0\r\n\r\n"
            )
            async with asyncio.timeout(PATIENCE):
                answer = await waiting.get()
            if answer.status != 401:
                break
            authorization = self._proof(answer.headers["www-authenticate"], method, uri)
        return answer

    def _tag_of(self, call_id: str) -> str:
        """The server's tag within a dialogue: that of its NOTIFYs."""
        tags = [m.tag("from") for m in self.heard if m.headers["call-id"] == call_id]
        return f";tag={tags[-1]}" if tags else ""

    def _proof(self, challenge: str, method: str, uri: str) -> str:
        said: dict[str, str] = dict(re.findall(r'(\w+)="?([^",]*)', challenge))
        nonce, realm = said["nonce"], said["realm"]
        who = _md5(f"{self.account.username}:{realm}:{self.account.password}")
        what = _md5(f"{method}:{uri}")
        response = _md5(f"{who}:{nonce}:00000001:abcdef:auth:{what}")
        return (
            f'Authorization: Digest username="{self.account.username}", realm="{realm}", '
            f'nonce="{nonce}", uri="{uri}", response="{response}", algorithm=MD5, qop=auth, '
            f'nc=00000001, cnonce="abcdef", opaque="{said.get("opaque", "")}"\r\n'
        )

    def _send(self, text: str) -> None:
        assert self._transport is not None
        self._transport.sendto(text.encode(), (self.server.host, self.server.port))


async def _until_last(look: Callable[[], list[str]], wanted: tuple[str, ...]) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while tuple(look()[-len(wanted) :]) != wanted:  # noqa: ASYNC110
                await asyncio.sleep(POLL)
    except TimeoutError:
        raise PhoneFailed(f"told {look()}, not {wanted}") from None


def _ok(request: str) -> str:
    kept = ("via:", "from:", "to:", "call-id:", "cseq:")
    lines = [line for line in request.split("\r\n") if line.lower().startswith(kept)]
    return "\r\n".join(("SIP/2.0 200 OK", *lines, "Content-Length: 0", "", ""))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
