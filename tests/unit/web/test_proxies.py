"""Forwarded addresses are believed from our own proxies only, and from the right end."""

from ipaddress import ip_network

import pytest

from orchestrator.web.proxies import client_address

OURS = [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")]


@pytest.mark.parametrize(
    ("chain", "found"),
    [
        pytest.param("", "10.0.0.1", id="none-sent"),
        pytest.param("203.0.113.9", "203.0.113.9", id="one-proxy"),
        pytest.param("203.0.113.9, 10.0.0.2", "203.0.113.9", id="two-proxies"),
        pytest.param("198.51.100.1, 203.0.113.9", "203.0.113.9", id="invented-by-the-client"),
        pytest.param("127.0.0.1, 203.0.113.9, 10.9.9.9", "203.0.113.9", id="loopback-invented"),
        pytest.param("nonsense, 10.0.0.2", "10.0.0.2", id="nonsense-ends-the-chain"),
        pytest.param("2001:db9::1, 2001:db8::5", "2001:db9::1", id="ipv6"),
        pytest.param(" , ,", "10.0.0.1", id="commas"),
    ],
)
def test_the_client_is_the_last_that_is_no_proxy(chain: str, found: str) -> None:
    assert client_address("10.0.0.1", chain, OURS) == found
