"""The WebSocket transport and the link against servers that misbehave."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from aiohttp import WSMsgType, web
from structlog.testing import capture_logs

from orchestrator.ari import answers
from orchestrator.ari.client import AriClient
from orchestrator.ari.echoes import PATIENCE
from orchestrator.ari.errors import Replaced, Timeout, TooOld, Unavailable
from orchestrator.ari.fake import FakeAsterisk
from orchestrator.ari.messages import ApplicationReplaced, Event, StasisStart
from orchestrator.ari.metrics import AriMetrics
from orchestrator.ari.transport import AriAddress, WebSocketTransport
from tests.contract.ari.bench import Recorder, eventually

Answer = Callable[[dict[str, str]], str | None]

CHANNEL = {"id": "c1", "name": "PJSIP/x-1", "state": "Ring"}
START = {"type": "StasisStart", "timestamp": "2026-01-01T00:00:00.000+0000", "channel": CHANNEL}


class Server:
    """A server of our own: `answer` makes the body of an answer, or None for silence."""

    def __init__(self) -> None:
        self.answer: Answer = lambda request: '{"ping":"pong"}'
        self.status = 200
        self.asked: list[dict[str, str]] = []
        self.headers: list[tuple[str, str]] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.url = ""

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        self.headers.append((str(request.url), request.headers.get("Authorization", "")))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                frame = json.loads(message.data)
                self.asked.append(frame)
                body = self.answer(frame)
                if body is not None:
                    await self.send(
                        {
                            "type": "RESTResponse",
                            "request_id": frame["request_id"],
                            "status_code": self.status,
                            "message_body": body,
                        }
                    )
        return socket

    async def send(self, frame: dict[str, object]) -> None:
        await self.sockets[-1].send_str(json.dumps(frame))


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_get("/ari/events", server.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


def transport(
    server: Server, metrics: AriMetrics | None = None, *, deadline: float = 5.0
) -> WebSocketTransport:
    address = AriAddress(server.url, "centrale", "pass word:é")
    return WebSocketTransport(address, metrics or AriMetrics(), deadline=deadline, most_in_flight=3)


def drop(event: Event) -> None:
    """Nobody listens."""


async def test_credentials_travel_in_the_header_alone(server: Server) -> None:
    async with transport(server).events(drop):
        pass
    url, header = server.headers[0]
    assert url.endswith("/ari/events?app=centrale&subscribeAll=false")
    assert base64.b64decode(header.removeprefix("Basic ")).decode() == "centrale:pass word:é"
    assert "pass" not in repr(AriAddress(server.url, "centrale", "pass word:é"))


async def test_parameters_travel_as_json(server: Server) -> None:
    link = transport(server)
    async with link.events(drop):
        await link.request("GET", "x/y", {"a": "é&=%", "b": 1, "c": ("x",)}, answers.done)
    (frame,) = server.asked
    assert (frame["type"], frame["method"], frame["uri"]) == ("RESTRequest", "GET", "x/y")
    assert json.loads(frame["message_body"]) == {"a": "é&=%", "b": 1, "c": ["x"]}


async def test_silence_is_a_timeout_and_the_end_of_the_connection(server: Server) -> None:
    server.answer = lambda request: None
    link = transport(server, deadline=0.2)
    async with link.events(drop) as lost:
        pending = link.request("GET", "asterisk/ping", None, answers.done)
        with pytest.raises(Timeout) as raised:
            await pending
        assert (raised.value.method, raised.value.path) == ("GET", "asterisk/ping")
        assert "silent" in await lost


async def test_too_many_in_flight_fail_at_once(server: Server) -> None:
    server.answer = lambda request: None
    link = transport(server)
    async with link.events(drop):
        waiting = [link.request("GET", "x", None, answers.done) for _ in range(4)]
        with pytest.raises(Unavailable, match="in flight"):
            await waiting.pop()
        assert not any(future.done() for future in waiting)
    for future in waiting:
        with pytest.raises(Unavailable, match="closed"):
            await future


async def test_whoever_gives_up_waiting_harms_nobody(server: Server) -> None:
    link = transport(server)
    async with link.events(drop):
        given_up = link.request("GET", "a", None, answers.done)
        given_up.cancel()
        assert await link.request("GET", "b", None, answers.done) is True


async def test_an_answer_that_makes_no_sense_is_an_error_not_a_crash(server: Server) -> None:
    server.answer = lambda request: '{"id": 17}'
    link = transport(server)
    async with link.events(drop):
        with pytest.raises(Unavailable, match="not understood"):
            await link.request("GET", "channels", None, answers.channels)
        server.answer = lambda request: "[]"
        assert await link.request("GET", "channels", None, answers.channels) == []


async def test_unknown_events_are_counted_and_dropped(server: Server) -> None:
    metrics, seen = AriMetrics(), list[Event]()
    async with transport(server, metrics).events(seen.append):
        await server.send({"type": "SomethingNew", "application": "centrale"})
        await server.send(START | {"something": {"new": 1}})
        await eventually(lambda: len(seen) == 1, "the event that is known")
    (event,) = seen
    assert isinstance(event, StasisStart)
    assert event.channel_id == "c1"
    assert metrics.registry.get_sample_value("centrale_ari_unknown_events_total") == 1


async def test_a_refused_connection_is_unavailable() -> None:
    nobody = WebSocketTransport(AriAddress("http://127.0.0.1:9", "u", "p"), AriMetrics())
    with pytest.raises(Unavailable):
        async with nobody.events(drop):
            pass


async def test_the_connection_comes_back_by_itself(server: Server) -> None:
    server.answer = lambda request: _healthy(request, "22.10.1")
    told = Recorder()
    ari = AriClient(transport(server), probe_every=0.2)
    task = asyncio.create_task(ari.run(told))
    await ari.wait_connected()
    await server.sockets[-1].close()
    await eventually(lambda: told.connects == 2, "the second connection")
    await ari.wait_connected()
    assert (told.losses, len(server.headers)) == (1, 2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_socket_that_falls_silent_is_given_up(server: Server) -> None:
    server.answer = lambda request: _healthy(request, "22.10.1")
    told = Recorder()
    ari = AriClient(transport(server, deadline=0.3), probe_every=0.1)
    task = asyncio.create_task(ari.run(told))
    await ari.wait_connected()
    server.answer = lambda request: None
    await eventually(lambda: told.losses == 1, "the loss")
    server.answer = lambda request: _healthy(request, "22.10.1")
    await ari.wait_connected()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("version", ["22.9.0", "20.18.1", "22.10.0+dfsg", "unknown"])
async def test_an_asterisk_that_is_too_old_is_refused(server: Server, version: str) -> None:
    server.answer = lambda request: _healthy(request, version)
    with pytest.raises(TooOld, match=r"22\.10\.1"):
        async with asyncio.timeout(10):
            await AriClient(transport(server)).run(Recorder())


async def test_whoever_is_replaced_stops() -> None:
    fake, told = FakeAsterisk(), Recorder()
    ari = AriClient(fake)
    task = asyncio.create_task(ari.run(told))
    await ari.wait_connected()
    fake.replace()
    with pytest.raises(Replaced):
        async with asyncio.timeout(10):
            await task
    assert isinstance(told.events[-1], ApplicationReplaced)
    assert (told.losses, ari.connected) == (1, False)


async def test_a_listener_that_fails_loses_one_event_only() -> None:
    class Clumsy(Recorder):
        def on_event(self, event: Event) -> None:
            super().on_event(event)
            if len(self.events) == 1:
                raise ValueError("clumsy")

    fake, told, metrics = FakeAsterisk(), Clumsy(), AriMetrics()
    ari = AriClient(fake, metrics=metrics)
    task = asyncio.create_task(ari.run(told))
    await ari.wait_connected()
    with capture_logs() as logs:
        fake.incoming("PJSIP/a", "1")
        fake.incoming("PJSIP/a", "2")
        await eventually(lambda: len(told.events) == 2, "the second event")
    assert [entry["event"] for entry in logs] == ["ari event not handled"]
    assert ari.connected
    assert metrics.registry.get_sample_value("centrale_ari_listener_errors_total") == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_transfers_are_heard_and_their_echoes_are_not() -> None:
    fake, told = FakeAsterisk(), Recorder()
    ari = AriClient(fake)
    task = asyncio.create_task(ari.run(told))
    await ari.wait_connected()
    caller = fake.incoming("PJSIP/a", "1").id
    fake.transfer(caller, "345")
    assert await ari.transfer_progress(caller, "channel_declined") is True
    await ari.ping()
    transfers = [e for e in told.events if e.subject == caller and not isinstance(e, StasisStart)]
    assert len(transfers) == 1
    assert fake.world.channels[caller].transfer == ["channel_declined"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_transfer_is_over_once_its_phone_was_told() -> None:
    fake, told = FakeAsterisk(), Recorder()
    ari = AriClient(fake)
    task = asyncio.create_task(ari.run(told))
    await ari.wait_connected()
    caller, other = (fake.incoming(f"PJSIP/{name}", "1").id for name in "ab")
    fake.transfer(caller, "345")
    began = asyncio.get_running_loop().time()
    assert await ari.end_transfer(caller, "channel_answered") is True
    assert asyncio.get_running_loop().time() - began < PATIENCE / 2
    # A channel that no phone transferred has no echo: it is waited for, and then no more.
    assert await ari.end_transfer(other, "channel_answered") is True
    assert await ari.end_transfer("gone", "channel_answered") is False
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _healthy(request: dict[str, str], version: str) -> str:
    if request["uri"] == "asterisk/info":
        return json.dumps({"system": {"version": version}})
    return "[]" if request["uri"] == "channels" else '{"name":"centrale"}'
