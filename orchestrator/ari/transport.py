"""The one WebSocket to Asterisk: requests go out, answers and events come in.

Protocol (measured on 22.10.1):
- A request is a text frame `{"type": "RESTRequest", "request_id", "method", "uri",
  "content_type", "message_body"}`. `uri` has no leading slash. All parameters travel as JSON in
  `message_body`, whatever the method: Asterisk reads query parameters there too.
- Frames of one socket are handled one after the other, in order. So callers may send
  `a = answer(); b = add_to_bridge()` and await afterwards; the order on the wire is the order of
  the calls.
  A request that waits makes all behind it wait (`occupied.py`): so one that misses its deadline
  means a stuck socket, which is given up; Asterisk serves a new one at once.
- The answer is a frame `RESTResponse` with our `request_id`, between the events.

This is the hot path: a request costs one future and one frame, neither task nor timer.
"""

import asyncio
import base64
import contextlib
import socket as sockets
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

import aiohttp
import msgspec
import structlog

from orchestrator.ari.errors import AriError, Timeout, Unavailable
from orchestrator.ari.messages import Event, RESTResponse, decode_frame
from orchestrator.ari.metrics import AriMetrics

T = TypeVar("T")

Value = str | int | bool | tuple[str, ...] | Mapping[str, str]
Params = Mapping[str, Value | tuple[Mapping[str, str], ...]]

# A list of ten thousand channels is some 6 MB; beyond this something else is wrong.
_LARGEST_FRAME = 64 * 1024 * 1024

log = structlog.get_logger(__name__)


class Reply(NamedTuple):
    """One answer. `body` is the JSON text, empty for 204."""

    status: int
    body: str
    method: str
    path: str


Read = Callable[[Reply], T]
"""Makes the result of an answer, or raises an AriError."""

Deliver = Callable[[Event], None]
"""Takes one event, at once and in order; must not block."""


class AriTransport(Protocol):
    """What the client needs: `WebSocketTransport` has it, and `FakeAsterisk`."""

    def request(
        self, method: str, path: str, params: Params | None, read: Read[T]
    ) -> "asyncio.Future[T]":
        """Send now, answer later. Never raises: what goes wrong is in the future.

        A future may be left alone; its error is then counted, not reported as unretrieved.
        """

    def events(self, deliver: Deliver) -> "AbstractAsyncContextManager[asyncio.Future[str]]":
        """One connection. Its value is done, with the reason, when the connection is lost.

        Raises Unavailable if none can be had. On leaving, the connection is closed and what is
        in flight fails with Unavailable.
        """


class _RestRequest(msgspec.Struct, tag_field="type", tag="RESTRequest", omit_defaults=True):
    request_id: str
    method: str
    uri: str
    content_type: str = ""
    message_body: str = ""


class _Pending(NamedTuple):
    future: "asyncio.Future[Any]"
    read: Callable[[Reply], Any]
    deadline: float
    method: str
    path: str


@dataclass(frozen=True, slots=True)
class AriAddress:
    """Where Asterisk listens (`http://127.0.0.1:8088`), and as whom we come."""

    url: str
    user: str
    password: str
    app: str = "centrale"

    def __repr__(self) -> str:
        return f"AriAddress({self.url!r}, user={self.user!r}, app={self.app!r})"


class WebSocketTransport:
    """`AriTransport` over aiohttp. Belongs to one event loop; reconnecting is up to the caller.

    `deadline` in seconds holds for connecting and for every request; `most_in_flight` requests
    may wait for their answer, the next one fails at once.
    """

    def __init__(
        self,
        address: AriAddress,
        metrics: AriMetrics,
        *,
        deadline: float = 5.0,
        most_in_flight: int = 2000,
    ) -> None:
        self._address = address
        self._metrics = metrics
        self._deadline = deadline
        self._most_in_flight = most_in_flight
        self._encode = msgspec.json.Encoder().encode
        self._pending: dict[str, _Pending] = {}  # Oldest first, as all deadlines are alike.
        self._outgoing: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._next_id = 0
        self._deliver: Deliver | None = None

    def request(
        self, method: str, path: str, params: Params | None, read: Read[T]
    ) -> "asyncio.Future[T]":
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._deliver is None or len(self._pending) >= self._most_in_flight:
            why = "no connection" if self._deliver is None else "too many requests in flight"
            self._metrics.failed(future, Unavailable(why, method=method, path=path))
            return future
        self._next_id += 1
        request_id = str(self._next_id)
        frame = _RestRequest(request_id, method, path)
        if params:
            frame.content_type = "application/json"
            frame.message_body = self._encode(params).decode()
        self._pending[request_id] = _Pending(
            future, read, loop.time() + self._deadline, method, path
        )
        self._outgoing.append(self._encode(frame))
        self._wake.set()
        return future

    @contextlib.asynccontextmanager
    async def events(self, deliver: Deliver) -> AsyncIterator["asyncio.Future[str]"]:
        if self._deliver is not None:
            raise Unavailable("this transport is connected already")
        async with aiohttp.ClientSession() as session:
            socket = await self._open(session)
            lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
            self._deliver = deliver
            tasks = [
                asyncio.create_task(self._receive(socket, lost), name="ari-reader"),
                asyncio.create_task(self._send(socket, lost), name="ari-writer"),
                asyncio.create_task(self._sweep(lost), name="ari-deadlines"),
            ]
            try:
                yield lost
            finally:
                self._deliver = None
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._outgoing.clear()
                self._fail_all("the connection is closed")
                await socket.close()

    async def _open(
        self, session: aiohttp.ClientSession
    ) -> "aiohttp.ClientWebSocketResponse[bool]":
        address = self._address
        credentials = base64.b64encode(f"{address.user}:{address.password}".encode()).decode()
        try:
            async with asyncio.timeout(self._deadline):
                return await session.ws_connect(
                    f"{address.url}/ari/events",
                    params={"app": address.app, "subscribeAll": "false"},
                    headers={"Authorization": f"Basic {credentials}"},
                    timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
                    max_msg_size=_LARGEST_FRAME,
                    decode_text=False,
                )
        except aiohttp.WSServerHandshakeError as error:
            raise Unavailable(f"Asterisk refuses the WebSocket: {error.status}") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unavailable(f"no connection to Asterisk at {address.url}: {error}") from error

    async def _receive(
        self, socket: "aiohttp.ClientWebSocketResponse[bool]", lost: "asyncio.Future[str]"
    ) -> None:
        """Take frames until the socket ends, in whatever way."""
        reason = "closed by Asterisk"
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(message.data)
            if socket.exception() is not None:
                reason = f"broken: {socket.exception()}"
        finally:
            if not lost.done():
                lost.set_result(reason)

    def _take(self, data: bytes | str) -> None:
        try:
            frame = decode_frame(data)
        except msgspec.MsgspecError as error:
            # A type that we do not know is no fault: Asterisk grows. A wrong shape is one.
            self._metrics.unknown_events.inc()
            log.debug("ari frame dropped", error=str(error))
            return
        if isinstance(frame, RESTResponse):
            self._answer(frame)
        elif self._deliver is not None:
            self._metrics.event(frame)
            self._deliver(frame)

    def _answer(self, frame: RESTResponse) -> None:
        pending = self._pending.pop(frame.request_id, None)
        if pending is None:
            self._metrics.late_answers.inc()
            return
        future = pending.future
        if future.done():  # Whoever asked was cancelled.
            return
        reply = Reply(frame.status_code, frame.message_body, pending.method, pending.path)
        try:
            result = pending.read(reply)
        except AriError as error:
            self._metrics.failed(future, error)
        except msgspec.MsgspecError as error:
            self._metrics.failed(
                future,
                Unavailable(
                    f"answer not understood: {error}", method=pending.method, path=pending.path
                ),
            )
        else:
            self._metrics.succeeded.inc()
            future.set_result(result)

    async def _send(
        self, socket: "aiohttp.ClientWebSocketResponse[bool]", lost: "asyncio.Future[str]"
    ) -> None:
        """Write what is queued; one turn of the loop takes all that was asked for in it."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                burst = len(self._outgoing) > 1
                if burst:
                    _cork(socket, True)
                while self._outgoing:
                    await socket.send_frame(self._outgoing.popleft(), aiohttp.WSMsgType.TEXT)
                if burst:
                    _cork(socket, False)
        except (aiohttp.ClientError, OSError) as error:
            if not lost.done():
                lost.set_result(f"cannot write: {error}")

    async def _sweep(self, lost: "asyncio.Future[str]") -> None:
        """Fail requests past their deadline. One task for all; late by an eighth at most."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._deadline / 8)
            now = loop.time()
            while self._pending:
                oldest = next(iter(self._pending))
                pending = self._pending[oldest]
                if pending.deadline > now:
                    break
                del self._pending[oldest]
                self._metrics.failed(
                    pending.future,
                    Timeout("no answer in time", method=pending.method, path=pending.path),
                )
                if not lost.done():
                    lost.set_result(f"silent: no answer to {pending.method} {pending.path}")

    def _fail_all(self, why: str) -> None:
        pending, self._pending = self._pending, {}
        for one in pending.values():
            self._metrics.failed(one.future, Unavailable(why, method=one.method, path=one.path))


def _cork(socket: "aiohttp.ClientWebSocketResponse[bool]", on: bool) -> None:
    """Hold frames back until the last of a burst is written (tcp(7), TCP_CORK): they go as one
    segment, so both sides wake once for all of them. Systems without it send each by itself."""
    raw = socket.get_extra_info("socket")
    if raw is not None and hasattr(sockets, "TCP_CORK"):
        raw.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_CORK, int(on))
