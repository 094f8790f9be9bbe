"""The ports of one Asterisk: as set, or found free when the setting is 0."""

import errno
import itertools
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.errors import Misconfigured
from orchestrator.settings import Settings

_LOOPBACK = "127.0.0.1"
# How many ports in a row may be taken before we give up.
_TRIES = 100
# Below what the system gives to outgoing connections (32768 and up): while Asterisk starts, or
# starts again, none may take a port that is to be its own.
_QUIET = range(30_000, 32_768)
# How far apart two processes begin to look: their ids are close when they start together, and
# neither sees what the other has chosen until its Asterisk listens.
_SHARE = 8


@dataclass(frozen=True, slots=True)
class Ports:
    """`sip` is UDP and TCP; `sip_tls` is only listened on with a certificate."""

    sip: int
    sip_tls: int
    http: int
    manager: int


def choose_ports(settings: Settings) -> Ports:
    """The ports to listen on. Raises `Misconfigured`, naming the setting, when one is taken."""
    ports = quiet_ports(os.getpid())
    sip = settings.sip_port or _free(settings.sip_host, ports)
    if settings.sip_port:
        _require_free(settings.sip_host, sip, "sip_port", udp=True)
    sip_tls = sip + 1 if settings.sip_port else _free(settings.sip_host, ports)
    if settings.sip_port and settings.tls_certificate:
        _require_free(settings.sip_host, sip_tls, "sip_port")
    http = settings.asterisk_http_port or _free(settings.asterisk_http_host, ports)
    if settings.asterisk_http_port:
        _require_free(settings.asterisk_http_host, http, "asterisk_http_port")
    return Ports(sip, sip_tls, http, _free(_LOOPBACK, ports))


def quiet_ports(process: int) -> Iterator[int]:
    """Each port to look at once, in the order in which the process of this id does. Pure."""
    start = process * _SHARE % len(_QUIET)
    return itertools.chain(_QUIET[start:], _QUIET[:start])


def _free(host: str, ports: Iterator[int]) -> int:
    """The next of `ports` that is free, for TCP and UDP alike."""
    for port in itertools.islice(ports, _TRIES):
        if all(_bindable(host, port, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)):
            return port
    raise Misconfigured(
        f"{host} has no port that is free for TCP and UDP among {_TRIES} of "
        f"{_QUIET.start}-{_QUIET.stop - 1}; stop what uses them, or set CENTRALE_SIP_PORT and "
        "CENTRALE_ASTERISK_HTTP_PORT"
    )


def _require_free(host: str, port: int, setting: str, *, udp: bool = False) -> None:
    kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM) if udp else (socket.SOCK_STREAM,)
    for kind in kinds:
        if not _bindable(host, port, kind):
            raise Misconfigured(
                f"Port {port} on {host} is in use by another program; stop it, "
                f"or choose another port with CENTRALE_{setting.upper()}"
            )


def _bindable(host: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            # As Asterisk does: a port in TIME_WAIT is not in use.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise Misconfigured(f"Cannot listen on {host}:{port}: {error.strerror}") from error
    return True
