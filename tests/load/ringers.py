"""Phones that do anything when they are called: answer at once or late, ring for ever, are busy."""

import asyncio
import random
import secrets
from types import TracebackType
from typing import Self

from tests.load.sipp import HOST
from tests.phones.wire import parse

_SDP = (
    f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\n"
    "m=audio 9 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
)
_KEPT = ("via:", "from:", "to:", "call-id:", "cseq:", "record-route:")
_LATEST_SECONDS = 5.0
_WAYS = ("answer", "answer", "late", "never", "busy")


class Ringers(asyncio.DatagramProtocol):
    """One socket, on UDP port `port`, for any number of phones. Use as `async with`.

    A call with `answer-after` in its headers is answered at once, as a phone does that may be
    paged.
    """

    def __init__(self, dice: random.Random, port: int) -> None:
        self._dice = dice
        self._port = port
        self._pending: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(HOST, self._port)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pending.clear()
        assert self._transport is not None
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        message = parse(text, sent=False)
        if message is None or message.status is not None:
            return
        call = message.headers["call-id"]
        match message.method:
            case "INVITE" if message.tag("to"):
                self._reply(text, "200 OK", addr, _SDP)
            case "INVITE" if call not in self._tags:
                self._tags[call] = secrets.token_hex(4)
                self._invited(call, text, addr)
            case "CANCEL":
                self._reply(text, "200 OK", addr)
                if (invite := self._pending.pop(call, None)) is not None:
                    self._reply(invite, "487 Request Terminated", addr)
            case "INVITE" | "ACK":
                pass
            case _:
                self._reply(text, "200 OK", addr)

    def _invited(self, call: str, invite: str, addr: tuple[str, int]) -> None:
        at_once = "answer-after=0" in invite
        what = (
            "answer"
            if at_once
            else self._dice.choice(("answer", "answer", "late", "never", "busy"))
        )
        if what == "busy":
            self._reply(invite, "486 Busy Here", addr)
            return
        self._pending[call] = invite
        self._reply(invite, "180 Ringing", addr)
        seconds = {"answer": 0.0, "late": self._dice.uniform(0.0, _LATEST_SECONDS)}.get(what)
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, self._answer, call, addr)

    def _answer(self, call: str, addr: tuple[str, int]) -> None:
        if (invite := self._pending.pop(call, None)) is not None:
            self._reply(invite, "200 OK", addr, _SDP)

    def _reply(self, request: str, status: str, addr: tuple[str, int], sdp: str = "") -> None:
        message = parse(request, sent=False)
        assert message is not None
        lines = request.split("\r\n\r\n")[0].split("\r\n")[1:]
        kept = [line for line in lines if line.lower().startswith(_KEPT)]
        tag = self._tags.setdefault(message.headers["call-id"], secrets.token_hex(4))
        kept = [
            f"{line};tag={tag}" if line.lower().startswith("to:") and "tag=" not in line else line
            for line in kept
        ]
        kind = ["Content-Type: application/sdp"] if sdp else []
        contact = f"Contact: <sip:ringer@{HOST}:{self._port}>"
        end = [contact, *kind, f"Content-Length: {len(sdp)}", "", sdp]
        assert self._transport is not None
        self._transport.sendto("\r\n".join((f"SIP/2.0 {status}", *kept, *end)).encode(), addr)
