"""One Asterisk with a client on it, fake or real, and the far ends of its channels.

The real one runs the configuration of the product. Its far ends are the other halves of Local
channels into context `device`, steered over plain HTTP, so that no SIP is needed.
"""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Protocol, TypeVar

import aiohttp

from orchestrator.ari.client import EVENTS, AriClient, Originate
from orchestrator.ari.fake import FakeAsterisk, FakePhone, Reaction
from orchestrator.ari.messages import Event, StasisStart
from orchestrator.ari.metrics import AriMetrics
from orchestrator.ari.transport import AriAddress, AriTransport, WebSocketTransport
from tests.stack import Stack

PATIENCE = 10.0
E = TypeVar("E", bound=Event)
_NUMBERS = itertools.count(1)


class Recorder:
    """A listener that keeps everything; `reconcile` may be set to what a connect should do."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.connects = 0
        self.losses = 0
        self.reconcile: Callable[[], asyncio.Future[object]] | None = None

    def on_event(self, event: Event) -> None:
        self.events.append(event)

    async def on_connected(self) -> None:
        self.connects += 1
        if self.reconcile is not None:
            await self.reconcile()

    def on_disconnected(self) -> None:
        self.losses += 1

    def of(self, kind: type[E], subject: str) -> list[E]:
        return [e for e in self.events if isinstance(e, kind) and e.subject == subject]

    async def until(self, kind: type[E], subject: str, count: int = 1) -> E:
        """The `count`-th event of this kind about `subject`."""
        await eventually(
            lambda: len(self.of(kind, subject)) >= count, f"{kind.__name__} of {subject}"
        )
        return self.of(kind, subject)[count - 1]


async def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until `condition` holds; fail after PATIENCE seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            return
    raise AssertionError(f"never came: {what}")


class FarEnds(Protocol):
    """What people at the other ends of the channels do, and the network."""

    endpoint: str
    """Somebody to call who does nothing until told."""

    sound: str
    """A sound of some seconds."""

    def transport(self, metrics: AriMetrics) -> AriTransport: ...

    async def ring(self, channel: str) -> None: ...

    async def pick_up(self, channel: str) -> None: ...

    async def hang_up(self, channel: str, cause: int = 16) -> None: ...

    async def press(self, channel: str, digits: str) -> None: ...

    async def call_us(self, number: str) -> str:
        """Call `number`; returns the id of the channel that comes in."""

    async def drop(self) -> None:
        """Cut the connection of the client."""


class FakeFarEnds:
    endpoint = "PJSIP/far"
    sound = "sound:demo-congrats"

    def __init__(self) -> None:
        self.fake = FakeAsterisk(deadline=2.0)
        self.fake.register("PJSIP/far", FakePhone(Reaction.NOTHING, rings=False))
        self.fake.unregister("PJSIP/away")
        self.fake.world.sound_seconds["sound:demo-congrats"] = 30.0
        self.fake.world.missing_sounds.add("sound:no-such-sound")

    def transport(self, metrics: AriMetrics) -> AriTransport:
        return self.fake

    async def ring(self, channel: str) -> None:
        self.fake.ring(channel)

    async def pick_up(self, channel: str) -> None:
        self.fake.pick_up(channel)

    async def hang_up(self, channel: str, cause: int = 16) -> None:
        self.fake.hang_up(channel, cause)

    async def press(self, channel: str, digits: str) -> None:
        self.fake.press(channel, digits)

    async def call_us(self, number: str) -> str:
        return self.fake.incoming("PJSIP/far", number).id

    async def drop(self) -> None:
        self.fake.drop()


class RealFarEnds:
    """Steers the other halves over HTTP: in the client's application, but not by the client."""

    endpoint = "Local/100@device"
    sound = "sound:demo-congrats"

    def __init__(self, stack: Stack, http: aiohttp.ClientSession) -> None:
        self._http = http
        address = stack.asterisk.address
        self._address = AriAddress(
            address.base_url, address.credentials.ari_user, address.credentials.ari_password
        )
        self._relay = Relay(stack.settings.asterisk_http_host, address.ports.http)

    def transport(self, metrics: AriMetrics) -> AriTransport:
        through = AriAddress(self._relay.url, self._address.user, self._address.password)
        return WebSocketTransport(through, metrics, deadline=2.0)

    async def start(self) -> None:
        await self._relay.start()

    async def close(self) -> None:
        await self._relay.close()

    async def ring(self, channel: str) -> None:
        await self._do("POST", f"channels/{channel};2/ring")

    async def pick_up(self, channel: str) -> None:
        await self._do("POST", f"channels/{channel};2/answer")

    async def hang_up(self, channel: str, cause: int = 16) -> None:
        other = channel.removesuffix(";2") if channel.endswith(";2") else f"{channel};2"
        await self._do("DELETE", f"channels/{other}?reason_code={cause}")

    async def press(self, channel: str, digits: str) -> None:
        await self._do("POST", f"channels/{channel};2/dtmf?dtmf={digits.replace('#', '%23')}")

    async def call_us(self, number: str) -> str:
        name = new_id()
        await self._do(
            "POST",
            f"channels?endpoint=Local/{number}@device&channelId={name}&context=device&extension=9",
        )
        return f"{name};2"

    async def drop(self) -> None:
        self._relay.cut()

    async def _do(self, method: str, path: str) -> None:
        """The far half enters the application a moment after ours exists: try again until then."""
        async with asyncio.timeout(PATIENCE):
            while True:
                auth = aiohttp.encode_basic_auth(self._address.user, self._address.password)
                async with self._http.request(
                    method, f"{self._address.url}/ari/{path}", headers={"Authorization": auth}
                ) as answer:
                    if answer.status < 300:
                        return
                    assert answer.status in (404, 409), await answer.text()
                await asyncio.sleep(0.02)


class Relay:
    """A TCP relay to Asterisk that can be cut, as networks are."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = ""

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inward, outward = await asyncio.open_connection(*self._target)
        self._writers |= {writer, outward}
        await asyncio.gather(_pump(reader, outward), _pump(inward, writer))
        self._writers -= {writer, outward}


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.transport.abort()


class Bench:
    """A connected client, what it was told, and the far ends."""

    def __init__(self, far: FarEnds, events: Sequence[str] = EVENTS) -> None:
        self.far = far
        self.told = Recorder()
        self.metrics = AriMetrics()
        self.ari = AriClient(
            far.transport(self.metrics), events=events, metrics=self.metrics, probe_every=0.5
        )

    async def leg(self) -> str:
        """A leg that we called and that was answered: it is in the application."""
        channel = new_id()
        await self.ari.originate(Originate(self.far.endpoint, channel))
        await self.far.pick_up(channel)
        await self.told.until(StasisStart, channel)
        return channel

    async def clear(self) -> None:
        for channel in await self.ari.channels():
            self.ari.hangup(channel.id)
        for bridge in await self.ari.bridges():
            self.ari.destroy_bridge(bridge.id)
        async with asyncio.timeout(PATIENCE):
            while await self.ari.channels() or await self.ari.bridges():  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(bench: Bench) -> AsyncIterator[Bench]:
    """Connect, and leave nothing behind."""
    task = asyncio.create_task(bench.ari.run(bench.told))
    try:
        await bench.ari.wait_connected(PATIENCE)
        yield bench
        await bench.ari.wait_connected(PATIENCE)
        await bench.clear()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def new_id() -> str:
    """An id that no other test uses."""
    return f"t{os.getpid()}-{next(_NUMBERS)}"
