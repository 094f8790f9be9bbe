"""Messages that no phone should send, and a way to send them as they are."""

import asyncio
import socket

from tests.phones.wire import Address

_HEAD = (
    "Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKbad{port}\r\n"
    "From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:b@127.0.0.1>\r\n"
    "Call-ID: bad-{port}\r\nMax-Forwards: 70\r\n"
)

# Name -> message; `{port}` is where it is sent from.
MESSAGES: dict[str, str] = {
    "empty": "\r\n\r\n",
    "not SIP at all": "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "no CSeq": "INVITE sip:b@127.0.0.1 SIP/2.0\r\n" + _HEAD + "Content-Length: 0\r\n\r\n",
    "no Call-ID": "OPTIONS sip:b@127.0.0.1 SIP/2.0\r\nCSeq: 1 OPTIONS\r\n\r\n",
    "unknown method": "BREW sip:b@127.0.0.1 SIP/2.0\r\n"
    + _HEAD
    + "CSeq: 1 BREW\r\nContent-Length: 0\r\n\r\n",
    "CSeq of another method": "INVITE sip:b@127.0.0.1 SIP/2.0\r\n"
    + _HEAD
    + "CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
    "length beyond the message": "INVITE sip:b@127.0.0.1 SIP/2.0\r\n"
    + _HEAD
    + "CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: 9999\r\n\r\nv=0\r\n",
    "broken SDP": "INVITE sip:b@127.0.0.1 SIP/2.0\r\n"
    + _HEAD
    + "CSeq: 1 INVITE\r\nContact: <sip:a@127.0.0.1:{port}>\r\n"
    + "Content-Type: application/sdp\r\nContent-Length: 9\r\n\r\nm=audio\r\n",
    "endless header": "OPTIONS sip:b@127.0.0.1 SIP/2.0\r\n"
    + _HEAD
    + "CSeq: 1 OPTIONS\r\nX-Long: "
    + "x" * 30_000
    + "\r\nContent-Length: 0\r\n\r\n",
    "BYE without a dialog": "BYE sip:b@127.0.0.1 SIP/2.0\r\n"
    + _HEAD
    + "CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n",
}


async def send_raw(server: Address, message: str, *, wait: float = 1.0) -> str | None:
    """Send one datagram; the first answer within `wait` seconds, None when there is none."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.setblocking(False)
        ours.bind((server.host, 0))
        text = message.replace("{port}", str(ours.getsockname()[1]))
        await loop.sock_sendto(ours, text.encode(), (server.host, server.port))
        try:
            async with asyncio.timeout(wait):
                return (await loop.sock_recv(ours, 65_535)).decode(errors="replace")
        except TimeoutError:
            return None
