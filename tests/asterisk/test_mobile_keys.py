"""Keys on a mobile, with real phones: hold, transfer, consult, connect, confer."""

import asyncio

from orchestrator.forwarding.rules import Status
from tests.asterisk.forwarding import MOBILE, network, profile
from tests.asterisk.office import Office, story, until_found
from tests.phones.baresip import BaresipPhone
from tests.phones.sipp import SippRun

GAP_MS = 1200


async def on_the_mobile(
    office: Office, keys: str, *tones: float
) -> tuple[SippRun, list[BaresipPhone]]:
    """102 takes calls on the mobile with 1, then presses `keys`; 101, 103... are phones with
    sound, and 101 has called."""
    provider = await network(office)
    bob = await office.hire("102", devices=0, mobile=MOBILE)
    await profile(office, bob, Status.AVAILABLE, ring_mobile=True)
    people = [await office.hire(number) for number in ("101", "103")[: len(tones)]]
    phones = await asyncio.gather(
        *(office.speaker(who, tone) for who, tone in zip(people, tones, strict=True))
    )
    mobile = await provider.phone.answer_pressing(f"1{keys}", gap_ms=GAP_MS)
    await phones[0].dial("102")
    await phones[0].until_line("ESTABLISHED")
    return mobile, list(phones)


async def test_given_a_call_on_the_mobile_when_held_then_the_caller_hears_music(
    office: Office,
) -> None:
    mobile, (ann,) = await on_the_mobile(office, "*80", 440)
    await mobile.until_received("200 INFO", count=4)
    await until_found(lambda: ann.hears_music(but=(440,)))
    await ann.hang_up()
    await mobile.until_sent("200 BYE")
    await mobile.stop()
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [("user", "102", "caller_hung_up")])


async def test_given_a_held_caller_when_transferred_by_keys_then_the_two_talk(
    office: Office,
) -> None:
    mobile, (ann, carol) = await on_the_mobile(office, "*80*82#103#", 440, 1000)
    await mobile.until_sent("200 BYE", timeout=30)
    await carol.answer()
    ann.listen_anew()
    await asyncio.gather(ann.until_hears(carol.tone), carol.until_hears(ann.tone))
    await ann.hang_up()
    await carol.until_idle()
    await mobile.stop()
    (entry,) = await office.journal()
    assert story(entry)[2] == [("user", "102", "transferred"), ("user", "103", "caller_hung_up")]


async def test_given_a_consultation_when_connected_by_keys_then_the_two_talk(
    office: Office,
) -> None:
    mobile, (ann, carol) = await on_the_mobile(office, "*83#103#*84", 440, 1000)
    await carol.answer()
    await until_found(lambda: ann.hears_music(but=(440, 1000)))
    await mobile.until_sent("200 BYE", timeout=30)
    ann.listen_anew()
    await asyncio.gather(ann.until_hears(carol.tone), carol.until_hears(ann.tone))
    await carol.hang_up()
    await ann.until_idle()
    await mobile.stop()
    (entry,) = await office.journal()
    assert story(entry)[2] == [("user", "102", "transferred"), ("user", "103", "callee_hung_up")]


async def test_given_a_consultation_when_all_three_are_joined_then_they_hear_each_other(
    office: Office,
) -> None:
    mobile, (ann, carol) = await on_the_mobile(office, "*83#103#*85", 440, 1000)
    await carol.answer()
    await mobile.until_received("200 INFO", count=12, timeout=30)
    ann.listen_anew()
    await asyncio.gather(ann.until_hears(carol.tone), carol.until_hears(ann.tone))
    assert not mobile.sent("200 BYE")
    await ann.hang_up()
    await ann.until_idle()
    await carol.hang_up()
    await mobile.until_sent("200 BYE")
    await mobile.stop()
    (entry,) = await office.journal()
    assert [step.destination_number for step in entry.segments] == ["102", "103"]
