"""How answers become results. Each function takes a Reply and gives a value or raises AriError."""

import re
from collections.abc import Callable

import msgspec

from orchestrator.ari.errors import AriError, NotFound, NotInStasis, error_class
from orchestrator.ari.messages import (
    Application,
    AsteriskInfo,
    Bridge,
    Channel,
    Endpoint,
    LiveRecording,
    Playback,
)
from orchestrator.ari.transport import Reply, T


class _Said(msgspec.Struct):
    message: str = ""
    error: str = ""


class _Variable(msgspec.Struct):
    value: str = ""


_said = msgspec.json.Decoder(_Said).decode
_variable = msgspec.json.Decoder(_Variable).decode


def error_of(reply: Reply) -> AriError:
    """The error that an answer with a status >= 400 stands for."""
    try:
        said = _said(reply.body)
        message = said.message or said.error
    except msgspec.MsgspecError:
        message = reply.body[:200]
    kind = error_class(reply.status, message)
    return kind(
        message or "no reason given", status=reply.status, method=reply.method, path=reply.path
    )


def done(reply: Reply) -> bool:
    """True if done, False if what it should be done to has gone."""
    if reply.status < 300:
        return True
    error = error_of(reply)
    if isinstance(error, NotFound | NotInStasis):
        return False
    raise error


def variable(reply: Reply) -> str | None:
    """The value; None if the channel is gone, or the variable is not set (404, too)."""
    return _variable(reply.body).value if done(reply) else None


def version(text: str) -> tuple[int, ...]:
    """`22.10.1+dfsg` -> (22, 10, 1); (0,) if it does not begin with numbers."""
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in found[0].split(".")) if found else (0,)


def _of(kind: type[T]) -> Callable[[Reply], T]:
    decode = msgspec.json.Decoder(kind).decode

    def read(reply: Reply) -> T:
        if reply.status >= 300:
            raise error_of(reply)
        return decode(reply.body)

    return read


def _if_there(kind: type[T]) -> Callable[[Reply], T | None]:
    decode = msgspec.json.Decoder(kind).decode

    def read(reply: Reply) -> T | None:
        return decode(reply.body) if done(reply) else None

    return read


application = _of(Application)
info = _of(AsteriskInfo)
new_channel = _of(Channel)
new_bridge = _of(Bridge)
channels = _of(list[Channel])
bridges = _of(list[Bridge])
endpoints = _of(list[Endpoint])
channel = _if_there(Channel)
bridge = _if_there(Bridge)
endpoint = _if_there(Endpoint)
playback = _if_there(Playback)
recording = _if_there(LiveRecording)
