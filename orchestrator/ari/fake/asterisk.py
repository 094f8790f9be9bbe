"""`FakeAsterisk`: the transport in front of the fake world, and the hands that move the world."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec

from orchestrator.ari.errors import AriError, Timeout, Unavailable
from orchestrator.ari.fake import bridges, channels, system
from orchestrator.ari.fake.rest import Blocked, Refused
from orchestrator.ari.fake.world import NORMAL, FakeChannel, FakePhone, FakeWorld, timestamp
from orchestrator.ari.messages import (
    ApplicationReplaced,
    Bridge,
    CallerId,
    Channel,
    ChannelDtmfReceived,
    ChannelHold,
    ChannelTransfer,
    ChannelUnhold,
    Destination,
    Dialplan,
    Event,
    ReferredBy,
    ReferTo,
    RESTResponse,
)
from orchestrator.ari.transport import Deliver, Params, Read, Reply, T

_ROUTES = {**system.ROUTES, **channels.ROUTES, **bridges.ROUTES}
_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class _Request:
    future: "asyncio.Future[Any]"
    read: Read[Any]
    method: str
    path: str
    body: bytes
    timer: asyncio.TimerHandle


class FakeAsterisk:
    """An `AriTransport` with an Asterisk behind it.

    Look at `world` to see what was done; use the methods below for what people and networks do.
    `silent = True` makes it take requests and answer nothing; `refusing = True` lets nobody
    connect. `requests` lists method and path of all it was asked.
    """

    def __init__(self, app: str = "centrale", *, deadline: float = 5.0) -> None:
        self.world = FakeWorld(app, self._emit)
        self.world.freed = self._wake
        self.requests: list[tuple[str, str]] = []
        self.refusing = False
        self._silent = False
        self._deadline = deadline
        self._deliver: Deliver | None = None
        self._lost: asyncio.Future[str] | None = None
        self._queue: deque[_Request] = deque()

    # AriTransport -----------------------------------------------------------------------------

    def request(
        self, method: str, path: str, params: Params | None, read: Read[T]
    ) -> "asyncio.Future[T]":
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        if self._deliver is None:
            _fail(future, Unavailable("no connection", method=method, path=path))
            return future
        self.requests.append((method, path))
        request = _Request(
            future,
            read,
            method,
            path,
            _encode(params or {}),
            loop.call_later(self._deadline, self._expire, method, path),
        )
        self._queue.append(request)
        self._wake()
        return future

    @contextlib.asynccontextmanager
    async def events(self, deliver: Deliver) -> AsyncIterator["asyncio.Future[str]"]:
        if self.refusing:
            raise Unavailable("no connection to the fake Asterisk")
        self._lost = asyncio.get_running_loop().create_future()
        self._deliver = deliver
        try:
            yield self._lost
        finally:
            self._deliver = None
            while self._queue:
                request = self._queue.popleft()
                request.timer.cancel()
                _fail(request.future, Unavailable("the connection is closed"))

    # The network ------------------------------------------------------------------------------

    @property
    def silent(self) -> bool:
        return self._silent

    @silent.setter
    def silent(self, value: bool) -> None:
        self._silent = value
        self._wake()

    def drop(self) -> None:
        """Cut the connection; channels and bridges live on, and events get lost."""
        self._lose("dropped")

    def replace(self) -> None:
        """Another orchestrator takes the application."""
        self._emit(ApplicationReplaced(timestamp=timestamp()))

    # People -----------------------------------------------------------------------------------

    def register(self, endpoint: str, phone: FakePhone | None = None) -> None:
        """`PJSIP/name` has a phone now; by default one that answers at once."""
        self.world.phones[endpoint] = phone or FakePhone()

    def unregister(self, endpoint: str) -> None:
        """The endpoint exists, with nobody registered."""
        self.world.phones[endpoint] = None

    def incoming(
        self, endpoint: str, exten: str, caller: CallerId | None = None, context: str = "device"
    ) -> FakeChannel:
        """A phone or trunk calls `exten`. Without us the dialplan keeps it (survival)."""
        channel = self.world.add(self.world.next_id(), endpoint, "Ring")
        channel.caller = caller or CallerId()
        channel.dialplan = Dialplan(context, exten, 1)
        if self._deliver is not None:
            self.world.enter(channel)
        return channel

    def hang_up(self, channel: str, cause: int = NORMAL) -> None:
        """The far end of the channel hangs up."""
        self.world.end(self.world.channels[channel], cause)

    def ring(self, channel: str) -> None:
        """A phone that was told not to ring by itself begins to."""
        self.world.set_state(self.world.channels[channel], "Ringing")

    def pick_up(self, channel: str) -> None:
        """The far end of a channel that rings answers."""
        self.world.answered(self.world.channels[channel])

    def press(self, channel: str, digits: str) -> None:
        """The far end presses keys."""
        for digit in digits:
            self._emit(
                ChannelDtmfReceived(
                    timestamp=timestamp(),
                    channel=self.world.channels[channel].model(),
                    digit=digit,
                    duration_ms=100,
                )
            )

    def hold(self, channel: str) -> None:
        """The far end puts us on hold."""
        model = self.world.channels[channel].model()
        self._emit(ChannelHold(timestamp=timestamp(), channel=model))

    def unhold(self, channel: str) -> None:
        model = self.world.channels[channel].model()
        self._emit(ChannelUnhold(timestamp=timestamp(), channel=model))

    def transfer(self, channel: str, number: str) -> None:
        """The far end sends its partner to `number` (blind)."""
        self._ask(channel, ReferTo(Destination(destination=number)))

    def transfer_attended(self, channel: str, other: str, *, connected: bool = True) -> None:
        """The far end connects its partner on `channel` with its partner on `other`, which it does
        not see (`connected` false) in the moment of the answer."""
        replaced = self.world.channels[other]
        refer_to = ReferTo(
            Destination(replaced.dialplan.exten, f"call-of-{other}"),
            destination_channel=replaced.model(),
            connected_channel=self._partner(replaced) if connected else None,
            bridge=self._bridge_of(replaced) if connected else None,
        )
        self._ask(channel, refer_to)

    # Inside -----------------------------------------------------------------------------------

    def _ask(self, channel: str, refer_to: ReferTo) -> None:
        source = self.world.channels[channel]
        referred_by = ReferredBy(source.model(), self._partner(source), self._bridge_of(source))
        source.asked = ChannelTransfer(
            timestamp=timestamp(), refer_to=refer_to, referred_by=referred_by
        )
        source.asking = True
        self._emit(source.asked)

    def _bridge_of(self, channel: FakeChannel) -> Bridge | None:
        bridge = self.world.bridges.get(channel.bridge)
        return bridge.model() if bridge is not None else None

    def _partner(self, channel: FakeChannel) -> Channel | None:
        """The other member, if there is exactly one."""
        bridge = self.world.bridges.get(channel.bridge)
        others = [m for m in bridge.members if m != channel.id] if bridge is not None else []
        return self.world.channels[others[0]].model() if len(others) == 1 else None

    def _emit(self, event: Event) -> None:
        """Send an event in order, after whatever runs now, as a network would."""
        allowed = self.world.allowed
        if self._deliver is not None and (not allowed or type(event).__name__ in allowed):
            asyncio.get_running_loop().call_soon(self._send, self._deliver, event)

    def _send(self, deliver: Deliver, event: Event) -> None:
        if deliver is self._deliver:  # Not after the connection was cut.
            deliver(event)

    def _wake(self) -> None:
        asyncio.get_running_loop().call_soon(self._serve)

    def _serve(self) -> None:
        """Answer requests in order, until one has to wait for its channel."""
        while self._queue and not self._silent:
            request = self._queue[0]
            try:
                status, body = 200, _encode(self._handle(request))
            except Blocked:
                return
            except Refused as refused:
                status, body = refused.status, _encode(refused.body)
            self._queue.popleft()
            request.timer.cancel()
            allowed = self.world.allowed
            if not allowed or RESTResponse.NAME in allowed:
                _answer(request, Reply(status, body.decode(), request.method, request.path))

    def _handle(self, request: _Request) -> object:
        segments = request.path.split("/")
        for (method, pattern), handler in _ROUTES.items():
            ids = _match(pattern.split("/"), segments)
            if method == request.method and ids is not None:
                return handler(self.world, ids, msgspec.json.decode(request.body))
        raise Refused(404, "Resource not found")

    def _expire(self, method: str, path: str) -> None:
        """The oldest request got no answer: like the real transport, give the connection up."""
        if self._queue:
            request = self._queue.popleft()
            _fail(request.future, Timeout("no answer in time", method=method, path=path))
            self._lose(f"silent: no answer to {method} {path}")

    def _lose(self, reason: str) -> None:
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(reason)


def _match(pattern: list[str], segments: list[str]) -> list[str] | None:
    """The path's segments where the pattern has `*`; None if they do not fit."""
    if len(pattern) != len(segments):
        return None
    ids = []
    for want, have in zip(pattern, segments, strict=True):
        if want == "*":
            ids.append(unquote(have))
        elif want != have:
            return None
    return ids


def _answer(request: _Request, reply: Reply) -> None:
    if request.future.done():
        return
    try:
        request.future.set_result(request.read(reply))
    except AriError as error:
        _fail(request.future, error)


def _fail(future: "asyncio.Future[Any]", error: AriError) -> None:
    """As `AriMetrics.failed`: looking at the exception marks it as seen."""
    if not future.done():
        future.set_exception(error)
        future.exception()
