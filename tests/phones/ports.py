"""Free ports for phones and servers.

What asks for a port and binds it a moment later must not find it taken. So ports come from below
the range that the system gives to whoever asks (32768 and up), and workers of pytest-xdist share
none. A phone keeps its port from one process to the next, and SIPp takes three in a row for media:
UDP ports come in blocks that this process gives out once in a long while, for sound still sent to a
phone that is gone must not reach another. Each is tried before it is given.
"""

import itertools
import os
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack

_FIRST, _LAST = 20_000, 30_000
_BLOCK = 8
_BLOCKS = (_LAST - _FIRST) // _BLOCK
_TCP_FIRST, _TCP_LAST = 14_000, 20_000


def _turns(first: int, last: int, step: int = 1) -> Iterator[int]:
    """The ports from `first` to `last` that are for this process, again and again, from one of them
    on."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    own = range(first + worker * step, last, workers * step)
    start = random.randrange(len(own))
    return itertools.cycle([*own[start:], *own[:start]])


_UDP = _turns(_FIRST, _LAST, _BLOCK)
_TCP = _turns(_TCP_FIRST, _TCP_LAST)


def free_udp_port(host: str = "127.0.0.1") -> int:
    """A free, even UDP port on `host`, with at least seven free ones behind it; they are free for
    TCP too, for baresip listens there with both."""
    for port in itertools.islice(_UDP, _BLOCKS):
        if _all_free(host, range(port, port + _BLOCK), socket.SOCK_DGRAM, socket.SOCK_STREAM):
            return port
    raise OSError(f"no {_BLOCK} free UDP ports in a row on {host}")


def free_tcp_port(host: str = "127.0.0.1") -> int:
    """A free TCP port on `host`."""
    for port in itertools.islice(_TCP, _TCP_LAST - _TCP_FIRST):
        if _all_free(host, range(port, port + 1), socket.SOCK_STREAM):
            return port
    raise OSError(f"no free TCP port on {host}")


def _all_free(host: str, ports: range, *kinds: socket.SocketKind) -> bool:
    with ExitStack() as probes:
        try:
            for port, kind in itertools.product(ports, kinds):
                probe = probes.enter_context(socket.socket(socket.AF_INET, kind))
                probe.bind((host, port))
        except OSError:
            return False
    return True
