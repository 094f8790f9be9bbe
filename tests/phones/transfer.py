"""The instant in an attended transfer that the test decides: SIPp's third-party control.

SIPp connects here, says when its first call is answered, and waits. When the second call is
answered too, its dialog identifiers are known and go back as the Refer-To header.
"""

import asyncio
from types import TracebackType
from typing import Self

from tests.phones.wire import PATIENCE, Message

END = b"\x1b"  # SIPp ends each command with an escape character.


class Consultation:
    """The far end of SIPp's `-3pcc` for one call."""

    def __init__(self) -> None:
        self.port = 0
        self._server: asyncio.Server | None = None
        self._connected: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
        self._call_id = ""

    async def __aenter__(self) -> Self:
        self._connected = asyncio.get_running_loop().create_future()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        if self._connected.done():
            self._connected.result()[1].close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connected.set_result((reader, writer))

    async def answered(self) -> None:
        """Wait until the first call is answered."""
        async with asyncio.timeout(PATIENCE):
            reader, _ = await self._connected
            text = (await reader.readuntil(END)).decode()
        self._call_id = text.partition("Call-ID:")[2].split()[0]

    async def refer(self, target_uri: str, ack: Message) -> None:
        """Send the REFER that replaces the dialog of `ack`, which our second call sent."""
        _, writer = await self._connected
        replaces = (
            f"{ack.headers['call-id']}%3Bto-tag%3D{ack.tag('to')}%3Bfrom-tag%3D{ack.tag('from')}"
        ).replace("@", "%40")
        text = (
            f"Call-ID: {self._call_id}\r\nFrom: test\r\n"
            f"Refer-To: <{target_uri}?Replaces={replaces}>\r\n\r\n"
        )
        writer.write(text.encode() + END)
        await writer.drain()
