"""Free ports for phones.

A phone keeps its port from one process to the next, and SIPp takes three in a row for media. So
UDP ports come from below the range that the system gives to others (32768 and up), in blocks
that this process gives out once in a long while: sound still sent to a phone that is gone must
not reach another. Each is tried before it is given.
"""

import itertools
import os
import random
import socket
from contextlib import ExitStack

_FIRST, _LAST = 20_000, 32_000
_BLOCK = 8
_BLOCKS = (_LAST - _FIRST) // _BLOCK


def _turns() -> "itertools.cycle[int]":
    """The blocks of this process, from one of them on: workers of pytest-xdist share none."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    own = range(worker, _BLOCKS, workers)
    start = random.randrange(len(own))
    return itertools.cycle([*own[start:], *own[:start]])


_TURNS = _turns()


def free_udp_port(host: str = "127.0.0.1") -> int:
    """A free, even UDP port on `host`, with at least seven free ones behind it."""
    for block in itertools.islice(_TURNS, _BLOCKS):
        port = _FIRST + block * _BLOCK
        if _all_free(host, range(port, port + _BLOCK)):
            return port
    raise OSError(f"no {_BLOCK} free UDP ports in a row on {host}")


def free_tcp_port(host: str = "127.0.0.1") -> int:
    """A TCP port that was free on `host` a moment ago."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _all_free(host: str, ports: range) -> bool:
    with ExitStack() as probes:
        try:
            for port in ports:
                probe = probes.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                probe.bind((host, port))
        except OSError:
            return False
    return True
