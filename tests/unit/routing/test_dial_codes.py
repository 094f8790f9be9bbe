"""Which function a dialled number is, and which codes cannot be told apart."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.options.rules import DEFAULT_CODES, Code
from orchestrator.routing.dial_codes import (
    MOBILE,
    Dialled,
    clashes,
    function_of,
    function_of_key,
    misshapen,
    taking,
    without_billing,
)

ALL_ON = DEFAULT_CODES | {
    Code.HOURS_OVERRIDE: "*64",
    Code.INTERCOM: "*9",
    Code.LISTEN: "#1",
    Code.WHISPER: "#2",
    Code.BARGE_IN: "#3",
}

LATER_MOBILE = [code for code in MOBILE if code not in {Code.MOBILE_HOLD, Code.MOBILE_UNHOLD}]


@pytest.mark.parametrize(
    ("number", "code", "argument"),
    [
        pytest.param("*00", Code.PARK, "0", id="park in the first orbit"),
        pytest.param("*09", Code.PARK, "9", id="park in the last orbit"),
        pytest.param("*10", Code.UNPARK, "0", id="unpark the longest"),
        pytest.param("*10100", Code.UNPARK, "0100", id="unpark what 100 parked"),
        pytest.param("*20*", Code.PICKUP, "", id="pick up the longest"),
        pytest.param("*20*101", Code.PICKUP, "101", id="pick up at 101"),
        pytest.param("*30", Code.SET_STATUS, "0", id="available"),
        pytest.param("*34", Code.SET_STATUS, "4", id="custom away"),
        pytest.param("*4101", Code.VOICEMAIL_OF, "101", id="voicemail of 101"),
        pytest.param("999", Code.VOICEMAIL_MENU, "", id="own voicemail"),
        pytest.param("*5004412345678", Code.WITHHOLD_CALLER_ID, "004412345678", id="withheld"),
        pytest.param("*5+4412345678", Code.WITHHOLD_CALLER_ID, "+4412345678", id="withheld, plus"),
        pytest.param("*62", Code.QUEUE_LOG_IN, "", id="log in"),
        pytest.param("*63", Code.QUEUE_LOG_OUT, "", id="log out"),
        pytest.param("*64", Code.HOURS_OVERRIDE, "", id="hours by schedule"),
        pytest.param("*641", Code.HOURS_OVERRIDE, "1", id="forced open"),
        pytest.param("*642", Code.HOURS_OVERRIDE, "2", id="forced closed"),
        pytest.param("*9100", Code.INTERCOM, "100", id="intercom"),
        pytest.param("*77*", Code.HOT_DESKING, "", id="hot desking, asked"),
        pytest.param("*77*101*", Code.HOT_DESKING, "101*", id="hot desking, named"),
        pytest.param("*77*5*", Code.HOT_DESKING, "5*", id="hot desking, out"),
        pytest.param("#1101", Code.LISTEN, "101", id="listen"),
        pytest.param("#2101", Code.WHISPER, "101", id="whisper"),
        pytest.param("#3101", Code.BARGE_IN, "101", id="barge in"),
    ],
)
def test_a_code_and_what_stands_behind_it(number: str, code: Code, argument: str) -> None:
    assert function_of(ALL_ON, number) == Dialled(code, argument)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("101", id="an extension"),
        pytest.param("0201234567", id="an outside number"),
        pytest.param("*0", id="park without an orbit"),
        pytest.param("*012", id="an orbit of two digits"),
        pytest.param("*20", id="half of a code"),
        pytest.param("*35", id="no such status"),
        pytest.param("*4", id="voicemail of nobody"),
        pytest.param("9990", id="more than the voicemail menu"),
        pytest.param("*5", id="withheld, no number"),
        pytest.param("*5*30", id="withheld, a code"),
        pytest.param("*620", id="more than log in"),
        pytest.param("*643", id="no such hours"),
        pytest.param("*77*101", id="hot desking without its end"),
        pytest.param("*80", id="a key for mobiles"),
        pytest.param("**", id="a billing code without a number"),
        pytest.param("", id="nothing"),
    ],
)
def test_anything_else_is_no_function(number: str) -> None:
    assert function_of(ALL_ON, number) is None


def test_a_function_without_a_code_is_off() -> None:
    assert function_of(dict.fromkeys(Code, ""), "*30") is None
    assert function_of(DEFAULT_CODES, "1") is None


@pytest.mark.parametrize(
    ("dialled", "number", "code"),
    [
        pytest.param("17771231233**3265", "17771231233", "3265", id="behind a number"),
        pytest.param("+31201234**7*8", "+31201234", "7*8", id="with a star in the code"),
        pytest.param("*5020123**42", "*5020123", "42", id="of a withheld call"),
        pytest.param("101**42", "101", "42", id="of a colleague"),
        pytest.param("0201234", "0201234", "", id="none"),
        pytest.param("0201234**", "0201234**", "", id="nothing behind the sign"),
        pytest.param("**42", "**42", "", id="no number"),
        pytest.param("*30**42", "*30**42", "", id="a code is not billed"),
    ],
)
def test_what_stands_behind_the_billing_sign_is_cut_off(
    dialled: str, number: str, code: str
) -> None:
    assert without_billing(DEFAULT_CODES, dialled) == (number, code)


def test_without_its_sign_nothing_is_billed() -> None:
    codes = DEFAULT_CODES | {Code.BILLING: ""}
    assert without_billing(codes, "020**1") == ("020**1", "")


@pytest.mark.parametrize(
    ("changes", "pair"),
    [
        pytest.param({Code.PARK: "*1"}, {Code.PARK, Code.UNPARK}, id="the same code"),
        pytest.param({Code.INTERCOM: "*2"}, {Code.INTERCOM, Code.PICKUP}, id="*2 and *20*"),
        pytest.param({Code.QUEUE_LOG_IN: "*03"}, {Code.PARK, Code.QUEUE_LOG_IN}, id="*0 and *03"),
        pytest.param({Code.INTERCOM: "*7"}, {Code.INTERCOM, Code.HOT_DESKING}, id="*7 and *77*"),
        pytest.param(
            {Code.HOURS_OVERRIDE: "*6"},
            {Code.HOURS_OVERRIDE, Code.QUEUE_LOG_IN},
            id="*6 2 and *62",
        ),
        pytest.param({Code.INTERCOM: "*35"}, None, id="*3 takes 0 to 4, not 5"),
        pytest.param(
            {Code.HOURS_OVERRIDE: "*9", Code.QUEUE_LOG_IN: "*91"},
            {Code.HOURS_OVERRIDE, Code.QUEUE_LOG_IN},
            id="*9 1 and *91",
        ),
        pytest.param({Code.QUEUE_LOG_IN: "*6"}, None, id="nothing stands behind *6"),
        pytest.param({Code.BILLING: "*5"}, {Code.BILLING, Code.WITHHOLD_CALLER_ID}, id="billing"),
        pytest.param(
            {Code.MOBILE_HOLD: "*8", **dict.fromkeys(LATER_MOBILE, "")},
            {Code.MOBILE_HOLD, Code.MOBILE_UNHOLD},
            id="*8 and *81 of mobiles",
        ),
        pytest.param({Code.QUEUE_LOG_IN: "*8"}, None, id="a key for mobiles is no number"),
    ],
)
def test_codes_that_cannot_be_told_apart(
    changes: Mapping[Code, str], pair: set[Code] | None
) -> None:
    found = [set(each) for each in clashes(DEFAULT_CODES | changes)]
    assert found == ([pair] if pair else [])


def test_the_defaults_can_be_told_apart() -> None:
    assert list(clashes(DEFAULT_CODES)) == []
    assert list(clashes(ALL_ON)) == []


@pytest.mark.parametrize(
    ("code", "text", "right"),
    [
        pytest.param(Code.PARK, "", True, id="off"),
        pytest.param(Code.PARK, "*0", True, id="a star code"),
        pytest.param(Code.PARK, "#12345", True, id="a hash code"),
        pytest.param(Code.VOICEMAIL_MENU, "999", True, id="digits alone"),
        pytest.param(Code.QUEUE_LOG_IN, "9*9", False, id="a star inside digits"),
        pytest.param(Code.PARK, "77", False, id="digits with something behind"),
        pytest.param(Code.BILLING, "00", False, id="digits behind a number"),
        pytest.param(Code.MOBILE_HOLD, "80", False, id="digits during a call"),
        pytest.param(Code.PARK, "*123456789", False, id="too long"),
        pytest.param(Code.PARK, "+1", False, id="a plus"),
    ],
)
def test_the_shape_of_a_code(code: Code, text: str, right: bool) -> None:
    assert (misshapen(code, text) == "") is right


@pytest.mark.parametrize(
    ("number", "code"),
    [
        pytest.param("999", Code.VOICEMAIL_MENU, id="equals a code"),
        pytest.param("*4101", Code.VOICEMAIL_OF, id="begins with one"),
        pytest.param("10**5", Code.BILLING, id="holds the billing sign"),
        pytest.param("9990", None, id="longer than a code of its own"),
        pytest.param("101", None, id="free"),
    ],
)
def test_numbers_that_an_extension_cannot_have(number: str, code: Code | None) -> None:
    assert taking(DEFAULT_CODES, number) is code


KEYS = "0159*#"
texts = st.text(KEYS, max_size=4)


def readings(codes: Mapping[Code, str], number: str) -> list[Code]:
    """All functions that `number` could be, each asked with all others switched off."""
    off = dict.fromkeys(Code, "")
    alone = [{**off, code: codes[code]} for code in Code if code is not Code.BILLING]
    billed = {**off, **{c: codes[c] for c in (Code.BILLING, Code.WITHHOLD_CALLER_ID)}}
    found = [f.code for each in alone if (f := function_of(each, number))]
    return found + ([Code.BILLING] if without_billing(billed, number)[1] else [])


few = st.dictionaries(st.sampled_from(list(Code)), texts.filter(bool), max_size=5).map(
    lambda chosen: {**dict.fromkeys(Code, ""), **chosen}
)


@given(few, st.text(KEYS, max_size=9))
def test_no_number_is_two_functions(codes: dict[Code, str], tail: str) -> None:
    if any(misshapen(code, text) for code, text in codes.items()) or any(clashes(codes)):
        return
    for code in codes.values():
        assert len(readings(codes, code + tail)) <= 1, (codes, code + tail)
    assert len(readings(codes, tail)) <= 1


@given(few, st.text(KEYS, max_size=9))
def test_what_is_parsed_is_all_of_the_number(codes: dict[Code, str], number: str) -> None:
    found = function_of(codes, number)
    assert found is None or codes[found.code] + found.argument == number
    called, billing = without_billing(codes, number)
    assert called + (codes[Code.BILLING] + billing if billing else "") == number


@pytest.mark.parametrize(
    ("number", "found"),
    [
        pytest.param("*32101", Dialled(Code.SET_STATUS, "2"), id="status key"),
        pytest.param("*62101", Dialled(Code.QUEUE_LOG_IN), id="log-in key"),
        pytest.param("*32102", None, id="the status of somebody else"),
        pytest.param("*35101", None, id="no such status"),
        pytest.param("*641101", None, id="not a code for oneself"),
        pytest.param("101", None, id="no code"),
    ],
)
def test_a_key_with_a_lamp_dials_a_code_and_the_own_number(
    number: str, found: Dialled | None
) -> None:
    assert function_of_key(ALL_ON, number, "101") == found
    assert function_of_key(ALL_ON, number, "") is None
