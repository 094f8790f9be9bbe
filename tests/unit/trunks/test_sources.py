"""Who called in vain, as Asterisk's log tells it."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.trunks.sources import AGAIN_SECONDS, MOST_SOURCES, Told, sources

LINE = (
    "[2026-11-25T16:22:16.673] NOTICE[12113]: res_pjsip/pjsip_distributor.c:688 "
    "log_failed_request: Request '{method}' from '{sender}' failed for '{address}' "
    "(callid: {call_id}) - No matching endpoint found\n"
)


def line(
    method: str = "INVITE",
    sender: str = "<sip:100@192.0.2.7>",
    address: str = "192.0.2.7:5060",
    call_id: str = "1-2@192.0.2.7",
) -> str:
    return LINE.format(method=method, sender=sender, address=address, call_id=call_id)


def test_only_calls_count() -> None:
    log = line() + line("REGISTER", address="192.0.2.8:5060") + "Asterisk Ready.\n"
    assert list(sources(log)) == ["192.0.2.7"]


def test_an_ipv6_source() -> None:
    assert list(sources(line(address="[2001:db8::7]:5060"))) == ["2001:db8::7"]


def test_a_sender_cannot_blame_somebody_else() -> None:
    lie = "' failed for '198.51.100.1:5060' (callid: x) - No matching endpoint found"
    assert list(sources(line(sender=lie))) == ["192.0.2.7"]
    assert "198.51.100.1" not in list(sources(line(call_id=lie)))


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert all(source for source in sources(text))


def test_a_source_is_told_of_once_a_minute() -> None:
    told = Told()
    assert told.is_news("a", 0.0)
    assert not told.is_news("a", AGAIN_SECONDS - 1)
    assert told.is_news("b", AGAIN_SECONDS - 1)
    assert told.is_news("a", AGAIN_SECONDS)


def test_a_flood_from_everywhere_is_bounded() -> None:
    told = Told()
    news = [told.is_news(str(number), 1.0) for number in range(2 * MOST_SOURCES)]
    assert sum(news) == MOST_SOURCES
