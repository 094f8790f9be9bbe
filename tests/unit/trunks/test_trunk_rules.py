"""What a trunk needs to work, and the addresses it may have."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from orchestrator.trunks.rules import (
    Registration,
    TrunkFacts,
    network,
    overlapping,
    plain,
    problems,
)
from orchestrator.trunks.schemas import TrunkCreate

BY_ADDRESS = TrunkFacts(Registration.NONE, None, None, inbound=True, addresses=("192.0.2.1",))
REGISTERS = TrunkFacts(Registration.OUTBOUND, "31850", "s3cret", inbound=True, addresses=())


@pytest.mark.parametrize(
    ("trunk", "fields"),
    [
        (BY_ADDRESS, []),
        (REGISTERS, []),
        (replace(BY_ADDRESS, addresses=()), ["addresses"]),
        (replace(BY_ADDRESS, addresses=(), inbound=False), []),
        (replace(BY_ADDRESS, secret="x"), ["username"]),
        (replace(REGISTERS, secret=None), ["secret"]),
        (replace(REGISTERS, username=None, secret=None), ["username", "secret"]),
    ],
)
def test_what_a_trunk_lacks(trunk: TrunkFacts, fields: list[str]) -> None:
    assert [problem.field for problem in problems(trunk)] == fields


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1/32", "192.0.2.1"),
        ("192.0.2.77/24", "192.0.2.0/24"),
        ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8:1::/48", "2001:db8:1::/48"),
    ],
)
def test_addresses_are_kept_in_one_form(text: str, shown: str) -> None:
    assert plain(network(text)) == shown


@pytest.mark.parametrize("text", ["0.0.0.0/0", "10.0.0.0/8", "2001::/16", "sip.test", "1.2.3", ""])
def test_half_the_world_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        network(text)


@given(st.ip_addresses(v=4), st.integers(16, 32), st.ip_addresses(v=4), st.integers(16, 32))
def test_networks_overlap_exactly_when_they_share_an_address(
    one: object, one_length: int, other: object, other_length: int
) -> None:
    first, second = network(f"{one}/{one_length}"), network(f"{other}/{other_length}")
    lowest = max(int(first.network_address), int(second.network_address))
    highest = min(int(first.broadcast_address), int(second.broadcast_address))
    assert bool(overlapping([first], [second])) is (lowest <= highest)


def test_versions_never_overlap() -> None:
    assert overlapping([network("192.0.2.1")], [network("2001:db8::1")]) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", "sip.test;lr"),
        ("host", "user@sip.test"),
        ("host", "sip test"),
        ("username", "me@sip.test"),
        ("username", "a;b"),
        ("outbound_proxy", "proxy.test;maddr=192.0.2.1"),
        ("outbound_proxy", "sip:proxy.test"),
        ("secret", "line\nbreak"),
        ("caller_id", "<script>"),
        ("port", 70000),
        ("addresses", ["sip.test"]),
    ],
)
def test_what_could_break_out_of_a_sip_header_is_refused(field: str, value: object) -> None:
    body = {"name": "A", "registration": "none", "host": "sip.test", field: value}
    with pytest.raises(ValidationError) as refused:
        TrunkCreate.model_validate(body)
    assert {error["loc"][0] for error in refused.value.errors()} == {field}


@pytest.mark.parametrize("host", ["sip.test", "192.0.2.1", "2001:db8::1", "sip.test.", "a_b.test"])
def test_hosts(host: str) -> None:
    body = {"name": "A", "registration": "none", "host": host, "outbound_proxy": "p.test:5070"}
    assert TrunkCreate.model_validate(body).host == host
