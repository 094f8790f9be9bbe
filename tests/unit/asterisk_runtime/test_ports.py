"""The ports of an Asterisk whose settings leave them open."""

import socket
from dataclasses import astuple, fields
from itertools import islice

import pytest

from orchestrator.asterisk.ports import Ports, choose_ports, quiet_ports
from orchestrator.errors import Misconfigured
from orchestrator.settings import Settings

OPEN = Settings(sip_host="127.0.0.1", sip_port=0, asterisk_http_port=0)
EPHEMERAL = 32_768
"""The first port that Linux gives to outgoing connections (ip_local_port_range)."""


def test_ports_left_open_are_different_and_none_that_the_system_gives_away() -> None:
    chosen = astuple(choose_ports(OPEN))
    assert len(set(chosen)) == len(chosen)
    assert max(chosen) < EPHEMERAL


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_taken_for_either_protocol_is_passed_over(kind: socket.SocketKind) -> None:
    first = choose_ports(OPEN).sip
    with socket.socket(socket.AF_INET, kind) as other:
        other.bind(("127.0.0.1", first))
        if kind == socket.SOCK_STREAM:
            other.listen()
        assert first not in astuple(choose_ports(OPEN))


@pytest.mark.parametrize("first", [1, 340, 4_194_296])
def test_processes_that_start_together_choose_different_ports(first: int) -> None:
    needed = len(fields(Ports))
    chosen = [
        port for process in range(first, first + 8) for port in islice(quiet_ports(process), needed)
    ]
    assert len(set(chosen)) == len(chosen) == 8 * needed


def test_each_quiet_port_is_looked_at_once() -> None:
    ports = list(quiet_ports(345))
    assert len(set(ports)) == len(ports)
    assert set(ports) == set(quiet_ports(0))


def test_a_set_port_is_kept_and_named_when_it_is_taken() -> None:
    port = choose_ports(OPEN).http
    settings = OPEN.model_copy(update={"asterisk_http_port": port})
    assert choose_ports(settings).http == port
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(Misconfigured, match=rf"{port}.*CENTRALE_ASTERISK_HTTP_PORT"),
    ):
        choose_ports(settings)
