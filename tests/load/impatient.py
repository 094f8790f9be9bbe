"""Callers who hang up at any moment and press any key, many at once on one socket.

SIPp plays one script for all its calls; here every call has its own moments, so this is a small
SIP client by itself: RFC 3261 over UDP with digest credentials, keys by RFC 4733.
"""

import asyncio
import hashlib
import random
import re
import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

from tests.load.seed import Phone
from tests.load.sipp import HOST
from tests.phones.wire import Message, parse

_ANSWER_SECONDS = 20.0
_SOONEST_SECONDS = 0.05
_RESEND_SECONDS = 0.5
_EVENTS = {key: code for code, key in enumerate("0123456789*#")}
_PTIME = 0.02
_SAMPLES = 160
_SILENCE = b"\xff" * _SAMPLES


class End(StrEnum):
    """Who ended a call, and when."""

    UNHEARD = "unheard"
    """The caller, before it rang or spoke: Asterisk may not even have begun with the call."""
    CANCELLED = "cancelled"
    """The caller, before an answer."""
    HUNG_UP = "hung_up"
    """The caller, after an answer."""
    ENDED = "ended"
    """The other side, after an answer."""
    REFUSED = "refused"
    """The other side, before an answer."""
    LOST = "lost"
    """Nobody knows: the other side fell silent."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One call: who calls what, after how many seconds the caller hangs up, and the keys that are
    pressed from the answer on, with the seconds before each."""

    phone: Phone
    number: str
    seconds: float
    keys: tuple[tuple[float, str], ...] = ()


def plans(
    dice: random.Random, phones: list[Phone], numbers: list[str], count: int, longest: float
) -> Iterator[Plan]:
    """`count` calls to `numbers` in turn, each to be hung up within `longest` seconds."""
    for index in range(count):
        keys = tuple(
            (dice.uniform(0.1, 2.0), dice.choice("0123456789*#"))
            for _ in range(dice.choice((0, 0, 1, 2, 5)))
        )
        phone = phones[index % len(phones)]
        seconds = dice.uniform(_SOONEST_SECONDS, longest)
        yield Plan(phone, numbers[index % len(numbers)], seconds, keys)


@dataclass(slots=True)
class _Dialogue:
    """What the requests of one call have in common."""

    plan: Plan
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    inbox: asyncio.Queue[Message] = field(default_factory=asyncio.Queue)
    cseq: int = 0
    branch: str = ""
    to: str = ""
    target: str = ""
    heard: bool = False


class Impatient(asyncio.DatagramProtocol):
    """A socket full of callers. Use as `async with`."""

    def __init__(self, server: int) -> None:
        self._server = (HOST, server)
        self._calls: dict[str, _Dialogue] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, 0))
        self._port = self._transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._transport is not None
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        message = parse(text, sent=False)
        if message is None or (call := self._calls.get(message.headers["call-id"])) is None:
            return
        if message.status is None and message.method != "ACK":
            self._send(_ok(text))
        call.inbox.put_nowait(message)

    async def call(self, plan: Plan) -> End:
        """Make one call as planned; how it ended."""
        call = _Dialogue(plan)
        self._calls[call.call_id] = call
        try:
            async with asyncio.timeout(plan.seconds + 2 * _ANSWER_SECONDS):
                return await self._play(call)
        except TimeoutError:
            return End.LOST
        finally:
            del self._calls[call.call_id]

    async def _play(self, call: _Dialogue) -> End:
        challenge = await self._final(call, self._invite(call))
        call.heard = False
        self._acknowledge(call, challenge)
        if challenge.status != 401:
            return End.REFUSED
        invite = self._invite(call, _proof(challenge, call.plan, self._uri(call.plan.number)))
        loop = asyncio.get_running_loop()
        patience = loop.time() + call.plan.seconds
        try:
            answer = await self._final(call, invite, patience - loop.time())
        except TimeoutError:
            return await self._cancel(call)
        self._acknowledge(call, answer)
        if answer.status != 200:
            return End.REFUSED
        talking = asyncio.create_task(_talk(answer, call.plan.keys))
        try:
            return await self._hold(call, patience)
        finally:
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)

    async def _hold(self, call: _Dialogue, until: float) -> End:
        """Stay on the line, then hang up, unless the other side does before."""
        try:
            async with asyncio.timeout_at(until):
                while (await call.inbox.get()).method != "BYE":
                    pass
            return End.ENDED
        except TimeoutError:
            bye = await self._final(call, self._in_dialogue(call, "BYE"))
            return End.HUNG_UP if bye.status == 200 else End.ENDED

    async def _cancel(self, call: _Dialogue) -> End:
        """Give up; an answer that crosses the CANCEL is hung up."""
        self._send(self._request(call, "CANCEL", self._uri(call.plan.number)))
        while True:
            message = await call.inbox.get()
            if message.status is None or message.status < 200 or message.method != "INVITE":
                continue
            self._acknowledge(call, message)
            if message.status != 200:
                if message.status != 487:
                    return End.REFUSED
                return End.CANCELLED if call.heard else End.UNHEARD
            await self._final(call, self._in_dialogue(call, "BYE"))
            return End.HUNG_UP

    async def _final(
        self, call: _Dialogue, request: str, seconds: float = _ANSWER_SECONDS
    ) -> Message:
        """Send `request` again until something comes; its final answer."""
        method = request.split(" ", 1)[0]
        heard = False
        async with asyncio.timeout(seconds):
            self._send(request)
            while True:
                try:
                    async with asyncio.timeout(None if heard else _RESEND_SECONDS):
                        message = await call.inbox.get()
                except TimeoutError:
                    if heard:
                        raise
                    self._send(request)
                    continue
                if message.status is None or message.method != method:
                    continue
                if message.headers["cseq"].split()[0] != str(call.cseq):
                    continue
                heard = True
                call.heard |= message.status > 100
                if message.status >= 200:
                    return message

    # -- messages ------------------------------------------------------------------------------

    def _uri(self, number: str) -> str:
        return f"sip:{number}@{HOST}:{self._server[1]}"

    def _invite(self, call: _Dialogue, authorization: str = "") -> str:
        call.cseq += 1
        call.branch = secrets.token_hex(6)
        sdp = (
            f"v=0\r\no=- 1 1 IN IP4 {HOST}\r\ns=-\r\nc=IN IP4 {HOST}\r\nt=0 0\r\n"
            "m=audio 9 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
        )
        return self._request(call, "INVITE", self._uri(call.plan.number), authorization, sdp)

    def _in_dialogue(self, call: _Dialogue, method: str) -> str:
        call.cseq += 1
        call.branch = secrets.token_hex(6)
        return self._request(call, method, call.target)

    def _acknowledge(self, call: _Dialogue, answer: Message) -> None:
        """The ACK of a refusal belongs to its transaction, that of an answer is a new one."""
        call.to = answer.headers["to"]
        target = self._uri(call.plan.number)
        if answer.status == 200:
            found = re.search(r"<([^>]+)>", answer.headers["contact"])
            assert found is not None
            target = call.target = found.group(1)
            call.branch = secrets.token_hex(6)
        self._send(self._request(call, "ACK", target))

    def _request(
        self, call: _Dialogue, method: str, uri: str, authorization: str = "", sdp: str = ""
    ) -> str:
        me = f"<sip:{call.plan.phone.username}@{HOST}:{self._port}>"
        to = call.to if method in {"ACK", "BYE"} else f"<{self._uri(call.plan.number)}>"
        kind = "Content-Type: application/sdp\r\n" if sdp else ""
        return (
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {HOST}:{self._port};branch=z9hG4bK{call.branch}\r\n"
            f"Max-Forwards: 70\r\nFrom: {me};tag={call.call_id}\r\nTo: {to}\r\n"
            f"Call-ID: {call.call_id}\r\nCSeq: {call.cseq} {method}\r\nContact: {me}\r\n"
            f"{authorization}{kind}Content-Length: {len(sdp)}\r\n\r\n{sdp}"
        )

    def _send(self, text: str) -> None:
        assert self._transport is not None
        self._transport.sendto(text.encode(), self._server)


async def _talk(answer: Message, keys: tuple[tuple[float, str], ...]) -> None:
    """Send silence, and press `keys`, towards where the SDP of `answer` says."""
    found = re.search(r"m=audio (\d+)", answer.body)
    if found is None:
        return
    loop = asyncio.get_running_loop()
    address = (HOST, int(found.group(1)))
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=address
    )
    source, sequence, stamp = secrets.randbits(32), 0, 0

    def packet(kind: int, payload: bytes) -> None:
        nonlocal sequence
        sequence += 1
        transport.sendto(struct.pack("!BBHII", 0x80, kind, sequence, stamp, source) + payload)

    try:
        for pause, key in keys:
            for _ in range(round(pause / _PTIME)):
                packet(0, _SILENCE)
                stamp += _SAMPLES
                await asyncio.sleep(_PTIME)
            # An event of 100 ms; its end is sent three times (RFC 4733 §2.5.1.4).
            for step in (1, 2, 3, 4, 5, 5, 5):
                end = 0x80 if step == 5 else 0
                packet(101, struct.pack("!BBH", _EVENTS[key], end | 10, step * _SAMPLES))
                await asyncio.sleep(_PTIME)
            stamp += 5 * _SAMPLES
        while True:
            packet(0, _SILENCE)
            stamp += _SAMPLES
            await asyncio.sleep(_PTIME)
    finally:
        transport.close()


def _proof(challenge: Message, plan: Plan, uri: str) -> str:
    """Credentials for an INVITE to `uri` (RFC 2617 §3.2.2)."""
    said = dict(re.findall(r'(\w+)="?([^",]*)', challenge.headers["www-authenticate"]))
    who = _md5(f"{plan.phone.username}:{said['realm']}:{plan.phone.secret}")
    response = _md5(f"{who}:{said['nonce']}:00000001:abcdef:auth:{_md5(f'INVITE:{uri}')}")
    return (
        f'Authorization: Digest username="{plan.phone.username}", realm="{said["realm"]}", '
        f'nonce="{said["nonce"]}", uri="{uri}", response="{response}", algorithm=MD5, qop=auth, '
        f'nc=00000001, cnonce="abcdef", opaque="{said.get("opaque", "")}"\r\n'
    )


def _ok(request: str) -> str:
    kept = ("via:", "from:", "to:", "call-id:", "cseq:")
    lines = [line for line in request.split("\r\n") if line.lower().startswith(kept)]
    return "\r\n".join(("SIP/2.0 200 OK", *lines, "Content-Length: 0", "", ""))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
