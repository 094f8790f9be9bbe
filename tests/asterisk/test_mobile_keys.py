"""Keys on a mobile, with real phones: hold, transfer, consult, connect, confer."""

import asyncio

from orchestrator.forwarding.rules import Status
from orchestrator.prompts.phrases import Phrase
from tests.asterisk.forwarding import MOBILE, network, profile
from tests.asterisk.office import Office, story, until, until_found
from tests.asterisk.telling import until_told
from tests.phones.baresip import BaresipPhone
from tests.phones.sipp import SippRun


async def on_the_mobile(
    office: Office, keys: str, *tones: float
) -> tuple[SippRun, list[BaresipPhone]]:
    """102 took a call on the mobile with 1, and will `press` these `keys`; 101, 103... are phones
    with sound, and 101 has called."""
    provider = await network(office)
    bob = await office.hire("102", devices=0, mobile=MOBILE)
    await profile(office, bob, Status.AVAILABLE, ring_mobile=True)
    people = [await office.hire(number) for number in ("101", "103")[: len(tones)]]
    phones = await asyncio.gather(
        *(office.speaker(who, tone) for who, tone in zip(people, tones, strict=True))
    )
    mobile = await provider.phone.answer_pressing(f"1{keys}")
    await phones[0].dial("102")
    await until_told(office, Phrase.INCOMING_CALL, Phrase.ACCEPT_OR_REJECT)
    await press(mobile, "1")
    await phones[0].until_line("ESTABLISHED")
    return mobile, list(phones)


async def press(mobile: SippRun, keys: str) -> None:
    """Press the next keys of its scenario, which are these, as fast as a person can.

    Asterisk takes 205 ms for a key that comes by INFO, and mixes up those that come meanwhile.
    Nothing tells when it is through with one, so here time has to pass.
    """
    pressed = len(mobile.sent("INFO"))
    for count, _ in enumerate(keys, pressed + 1):
        await mobile.go_on()
        await mobile.until_received("200 INFO", count=count)
        await asyncio.sleep(0.4)


async def until_connected(office: Office) -> None:
    """Wait until two are in the bridge of the call."""
    await until(lambda: any(len(c.bridged) == 2 for c in office.centrale.node.registry.calls()))


async def test_given_a_call_on_the_mobile_when_held_then_the_caller_hears_music(
    office: Office,
) -> None:
    mobile, (ann,) = await on_the_mobile(office, "*80", 440)
    await press(mobile, "*80")
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
    await press(mobile, "*80*82#103#")
    await mobile.until_sent("200 BYE")
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
    await press(mobile, "*83#103#")
    await carol.answer()
    await until_found(lambda: ann.hears_music(but=(440, 1000)))
    await until_connected(office)
    await press(mobile, "*84")
    await mobile.until_sent("200 BYE")
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
    await press(mobile, "*83#103#")
    await carol.answer()
    await until_connected(office)
    await press(mobile, "*85")
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
