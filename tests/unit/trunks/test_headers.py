"""Who is named in a SIP header, whatever a provider sends."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.trunks.headers import Party, party


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        pytest.param(
            '"Grandma" <sip:+31612345678@provider.example;user=phone>;party=calling',
            Party("+31612345678", "Grandma"),
            id="name and address",
        ),
        pytest.param("sip:101@provider.example", Party("101"), id="address alone"),
        pytest.param("<sip:101@provider.example>", Party("101"), id="no name"),
        pytest.param("Ada King <sip:101@x>", Party("101", "Ada King"), id="name without quotes"),
        pytest.param('"A \\"B\\" C" <sip:1@x>', Party("1", "A B C"), id="quotes in a name"),
        pytest.param('"<sip:9@evil>" <sip:1@x>', Party("1", "sip:9@evil"), id="address in a name"),
        pytest.param(
            "<tel:+31-6-1234.5678;phone-context=example.com>", Party("+31612345678"), id="tel"
        ),
        pytest.param("tel:112", Party("112"), id="short tel"),
        pytest.param("<SIPS:+31201@x>", Party("+31201"), id="scheme in capitals"),
        pytest.param("<sip:%2B31201@x>", Party("+31201"), id="escaped"),
        pytest.param("<sip:+31201;npdi;rn=31@x;a=b>", Party("+31201"), id="parameters of the user"),
        pytest.param("<sip:031:secret@x>", Party("031"), id="a password"),
        pytest.param("<sip:john.doe@x>", Party("john.doe"), id="a word"),
        pytest.param("<sip:anonymous@anonymous.invalid>", Party("anonymous"), id="withheld"),
        pytest.param(
            "<sip:+31201@x>, <tel:+31202>", Party("+31201"), id="the first of two identities"
        ),
        pytest.param("<sip:provider.example>", None, id="a host"),
        pytest.param("<sip:@x>", None, id="nobody"),
        pytest.param("<sip:a%0d%0ab@x>", None, id="a line break"),
        pytest.param("<sip:a%2Fb@x>", None, id="what a dial string would take for its own"),
        pytest.param("<sip:" + "1" * 65 + "@x>", None, id="too long"),
        pytest.param("", None, id="nothing"),
        pytest.param("Anonymous", None, id="no address"),
    ],
)
def test_who_is_named(header: str, expected: Party | None) -> None:
    assert party(header) == expected


@given(st.text(max_size=300) | st.text('"<>@:;,\\sipSIPtel%+0123456789 \r\n', max_size=80))
def test_garbage_never_breaks_out(header: str) -> None:
    found = party(header)
    if found is not None:
        assert re.fullmatch(r"[+*#0-9A-Za-z._-]{1,64}", found.number)
        assert len(found.name) <= 80
        assert not set(found.name) & set('"<>\\\r\n')


@given(st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True), st.text("abc DEF", max_size=20))
def test_a_number_survives_its_header(number: str, name: str) -> None:
    assert party(f'"{name}" <sip:{number}@host>;tag=1') == Party(number, name.strip())
