"""What is said when the address of the API cannot be had."""

import socket
from pathlib import Path

import pytest

from orchestrator.errors import Misconfigured
from orchestrator.settings import Settings
from orchestrator.web.server import require_free


def of(host: str, port: int) -> Settings:
    return Settings(home=Path("nowhere"), http_host=host, http_port=port)


def test_a_free_port_is_fine() -> None:
    require_free(of("127.0.0.1", 0))


def test_a_port_in_use_is_named_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Misconfigured, match=f"Port {port} .* in use.*CENTRALE_HTTP_PORT"):
            require_free(of("127.0.0.1", port))


def test_an_address_of_another_machine_is_named_with_its_setting() -> None:
    # Of the documentation's network (RFC 5737), which no machine has.
    with pytest.raises(Misconfigured, match=r"192\.0\.2\.1 is no address .*CENTRALE_HTTP_HOST"):
        require_free(of("192.0.2.1", 0))
