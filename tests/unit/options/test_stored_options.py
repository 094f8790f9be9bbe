"""Options as they are stored: what calls make of the documents, damaged ones too."""

import pytest

from orchestrator.options.rules import DEFAULT_CODES, DEFAULTS, Code, Options, ParkingOptions
from orchestrator.options.schemas import options_of
from orchestrator.types import Destination, DestinationKind


def test_no_documents_are_the_defaults() -> None:
    assert options_of({}) == DEFAULTS
    assert options_of({"parking": None, "dial_codes": {}}) == DEFAULTS


def test_what_is_not_named_keeps_its_default() -> None:
    stored = {
        "parking": {"max_calls": 3, "return_to": {"kind": "user", "ref": "u1"}},
        "outbound": {"allowed_countries": ["NL", "BE"]},
        "dial_codes": {"park": "*7", "billing": ""},
    }
    options = options_of(stored)
    assert options.parking == ParkingOptions(3, 120, Destination(DestinationKind.USER, "u1"))
    assert options.outbound.allowed_countries == {"NL", "BE"}
    assert options.outbound.forward_outside
    assert options.codes == {**DEFAULT_CODES, Code.PARK: "*7", Code.BILLING: ""}


@pytest.mark.parametrize(
    ("area", "document"),
    [
        pytest.param("parking", {"max_calls": "many"}, id="a word where a number belongs"),
        pytest.param("parking", {"return_to": {"kind": "nowhere"}}, id="a kind that is none"),
        pytest.param("emergency", ["a@example.org"], id="a list"),
        pytest.param("calls", "x", id="a text"),
        pytest.param("outbound", {"allowed_countries": 7}, id="a number"),
        pytest.param("dial_codes", {"no_such_function": "*1"}, id="an unknown function"),
        pytest.param("dial_codes", {"park": None}, id="a code that is none"),
    ],
)
def test_a_damaged_document_counts_as_empty_and_hurts_no_other(area: str, document: object) -> None:
    sound = {"statuses": {"custom_away": "Sick"}}
    expected = Options(statuses=options_of(sound).statuses)
    assert options_of({**sound, area: document}) == expected
