"""Who calls by a trunk and which number was called, by what the dialplan handed over."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.ari.messages import CallerId, Channel, Dialplan
from orchestrator.calls.arrival import WITHHELD, called_number, calling_party, told
from orchestrator.trunks.headers import Party
from orchestrator.trunks.rules import CalledFrom, CallerFrom
from tests.factories.plans import tenant, trunk

NL = tenant()


def channel(*arguments: str, number: str = "0612345678", name: str = "Ada") -> Channel:
    data = ",".join(("centrale", *arguments))
    dialplan = Dialplan("trunk", "line7", 2, "Stasis", data)
    return Channel("1.1", caller=CallerId(name, number), dialplan=dialplan)


def headers(to: str = "", asserted: str = "", remote: str = "") -> list[str]:
    """As the dialplan hands them over: a mark and the header, coded."""
    return [base64.b64encode(f"-{each}".encode()).decode() for each in (to, asserted, remote)]


@pytest.mark.parametrize(
    ("called_from", "to", "expected"),
    [
        pytest.param(CalledFrom.REQUEST, "<sip:0201@x>", "line7", id="request"),
        pytest.param(CalledFrom.TO, "<sip:0201@x>", "0201", id="to"),
        pytest.param(CalledFrom.TO, "", "line7", id="no To"),
        pytest.param(CalledFrom.TO, "<sip:x>", "line7", id="nobody in To"),
    ],
)
def test_which_number_was_called(called_from: CalledFrom, to: str, expected: str) -> None:
    line = trunk(called_from=called_from)
    assert called_number(line, channel("allowed", *headers(to))) == expected


@pytest.mark.parametrize(
    ("caller_from", "given_headers", "expected"),
    [
        pytest.param(CallerFrom.FIRST_KNOWN, headers(), Party("0612345678", "Ada"), id="as given"),
        pytest.param(
            CallerFrom.PAI, headers(asserted='"Bo" <sip:1@x>'), Party("1", "Bo"), id="asserted"
        ),
        pytest.param(
            CallerFrom.RPID,
            headers(asserted="<sip:1@x>", remote="<sip:2@x>"),
            Party("2", "Ada"),
            id="remote, whose name is that of From",
        ),
        pytest.param(CallerFrom.PAI, headers(), Party("0612345678", "Ada"), id="none asserted"),
        pytest.param(CallerFrom.RPID, ["%", "?"], Party("0612345678", "Ada"), id="garbage"),
        pytest.param(CallerFrom.RPID, [], Party("0612345678", "Ada"), id="nothing"),
    ],
)
def test_who_calls(caller_from: CallerFrom, given_headers: list[str], expected: Party) -> None:
    line = trunk(caller_from=caller_from)
    assert calling_party(NL, line, channel("allowed", *given_headers)) == expected


def test_a_withheld_number_is_shown_to_nobody() -> None:
    arrived = channel("prohib_not_screened", *headers(asserted="<sip:1@x>"))
    assert calling_party(NL, trunk(caller_from=CallerFrom.PAI), arrived) == WITHHELD


@pytest.mark.parametrize(
    ("number", "pairs", "normalise", "shown"),
    [
        pytest.param("0612345678", (), False, "0612345678", id="as it came"),
        pytest.param("0612345678", (), True, "+31612345678", id="national"),
        pytest.param("0049301234567", (), True, "+49301234567", id="international"),
        pytest.param("+49301234567", (), True, "+49301234567", id="the same already"),
        pytest.param("31612345678", (), True, "+31612345678", id="without a plus"),
        pytest.param("101", (), True, "101", id="no number of the country"),
        pytest.param("anonymous", (), True, "anonymous", id="no number at all"),
        pytest.param("9990612345678", (("999(.*)", "\\1"),), False, "0612345678", id="rewritten"),
        pytest.param("9990612345678", (("999(.*)", "\\1"),), True, "+31612345678", id="both"),
    ],
)
def test_the_form_of_a_number(
    number: str, pairs: tuple[tuple[str, str], ...], normalise: bool, shown: str
) -> None:
    line = trunk(caller_id_in=pairs, normalise_caller=normalise)
    assert calling_party(NL, line, channel("allowed", number=number)).number == shown


@given(st.text(max_size=200))
def test_whatever_is_handed_over_is_read(data: str) -> None:
    arrived = Channel("1.1", dialplan=Dialplan("trunk", "1", 2, "Stasis", data))
    said = told(arrived)
    assert said.withheld is said.presentation.startswith("prohib")
