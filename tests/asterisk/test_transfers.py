"""Phones hand their conversations on: REFER, with and without Replaces, on the real Asterisk."""

import asyncio

from orchestrator.ari.echoes import QUESTION
from tests.asterisk.office import Office, story, until
from tests.asterisk.together import choose
from tests.phones.baresip import BaresipPhone
from tests.phones.wire import OnTheWire


async def progress(phone: OnTheWire, status: str) -> None:
    """Wait until the phone was told by NOTIFY that its transfer came to `status`."""

    def told() -> bool:
        return any(f"SIP/2.0 {status}" in notify.body for notify in phone.received("NOTIFY"))

    try:
        await until(told)
    except TimeoutError:
        raise AssertionError(phone.story(f"was not told {status} by NOTIFY")) from None


async def speakers(office: Office, *tones: float) -> list[BaresipPhone]:
    """People 101, 102... whose phones say these tones."""
    people = [await office.hire(str(101 + n)) for n in range(len(tones))]
    phones = (office.speaker(who, tone) for who, tone in zip(people, tones, strict=True))
    return list(await asyncio.gather(*phones))


async def talk(one: BaresipPhone, other: BaresipPhone) -> None:
    """Both hear each other, from now on."""
    one.listen_anew()
    other.listen_anew()
    await asyncio.gather(one.until_hears(other.tone), other.until_hears(one.tone))


# -- blind -----------------------------------------------------------------------------------


async def test_given_a_conversation_when_the_caller_transfers_it_then_the_other_two_talk(
    office: Office,
) -> None:
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    await alice.dial("102")
    await bob.answer()
    await alice.transfer("103")
    await carol.answer()
    await alice.until_idle()
    await progress(alice, "200")
    await talk(bob, carol)
    await carol.hang_up()
    await bob.until_idle()
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "callee_hung_up",
        [("user", "102", "transferred"), ("user", "103", "callee_hung_up")],
    )
    assert [step.source for step in entry.segments] == ["101", "102"]


async def test_given_a_conversation_when_the_called_one_transfers_it_then_the_other_two_talk(
    office: Office,
) -> None:
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    await alice.dial("102")
    await bob.answer()
    await bob.transfer("103")
    await carol.answer()
    await bob.until_idle()
    await progress(bob, "200")
    await talk(alice, carol)
    await alice.hang_up()
    await carol.until_idle()
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "caller_hung_up",
        [("user", "102", "transferred"), ("user", "103", "caller_hung_up")],
    )


async def test_given_a_transfer_to_nobody_when_it_is_declined_then_the_conversation_goes_on(
    office: Office,
) -> None:
    alice, bob = await office.desks("101", "102")
    staying = await bob.answer()
    call = await alice.call_transferred("102", "199")
    await progress(call, "603")
    assert not staying.received("BYE")
    await call.hang_up()
    await staying.until_sent("200 BYE")
    await staying.stop()
    assert not call.received("BYE")
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [("user", "102", "caller_hung_up")])


async def test_given_a_trunk_when_a_call_is_transferred_outside_then_the_number_is_called(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider, prefixes=["0"])
    alice, bob = await office.desks("101", "102")
    far = await provider.phone.answer()
    staying = await bob.answer(ended_by="us")
    call = await alice.call_transferred("102", "0612345678")
    await call.finished()
    await progress(call, "200")
    await far.until_received("ACK")
    await staying.hang_up()
    await far.until_sent("200 BYE")
    await far.stop()
    await staying.stop()
    invite = far.received("INVITE")[0]
    assert (invite.user, invite.caller) == ("0612345678", "+31201234500")
    (entry,) = await office.journal()
    assert [step.destination_number for step in entry.segments] == ["102", "0612345678"]
    assert [step.reason for step in entry.segments] == ["transferred", "caller_hung_up"]


async def test_given_a_caller_from_outside_when_transferred_then_it_talks_to_the_third(
    office: Office,
) -> None:
    provider = await office.provider()
    people = [await office.hire(number) for number in ("101", "102")]
    bob, carol = await asyncio.gather(*(office.speaker(who, 440) for who in people))
    await office.did("+31201234567", people[0])
    call = await provider.phone.call("+31201234567")
    await bob.answer()
    await bob.transfer("102")
    await carol.answer()
    await bob.until_idle()
    await carol.hang_up()
    await call.finished()
    assert carol.received("INVITE")[0].caller == "anonymous"
    (entry,) = await office.journal()
    assert [step.reason for step in entry.segments] == ["transferred", "callee_hung_up"]


async def test_given_a_transfer_to_a_busy_colleague_when_it_fails_then_it_comes_back(
    office: Office,
) -> None:
    alice, bob = await speakers(office, 440, 700)
    carol = await office.desk(await office.hire("103"))
    refusing = await carol.refuse("486 Busy Here")
    await alice.dial("102")
    await bob.answer()
    await alice.transfer("103")
    await alice.until_event("CALL_INCOMING")
    invite = alice.received("INVITE")[-1]
    assert (invite.caller, invite.caller_name) == ("102", "Back from 103: User 102")
    await alice.answer()
    await talk(alice, bob)
    await bob.hang_up()
    await alice.until_idle()
    await refusing.stop()
    (entry,) = await office.journal()
    assert [step.reason for step in entry.segments] == ["transferred", "busy", "caller_hung_up"]


async def test_given_a_transfer_that_nobody_answers_when_it_comes_back_in_vain_then_it_ends(
    office: Office,
) -> None:
    await choose(office, calls={"transfer_back_seconds": 2})
    alice, bob = await speakers(office, 440, 700)
    carol = await office.desk(await office.hire("103"))
    ringing = await carol.ring()
    await alice.dial("102")
    await bob.answer()
    await alice.transfer("103")
    await ringing.until_sent("487 INVITE")
    await alice.until_event("CALL_INCOMING")
    await alice.hang_up()
    await bob.until_idle()
    await ringing.stop()
    (entry,) = await office.journal()
    reasons = [step.reason for step in entry.segments]
    assert reasons == ["transferred", "no_answer", "busy"]


async def test_given_transfer_back_is_off_when_the_colleague_is_busy_then_the_call_ends(
    office: Office,
) -> None:
    await choose(office, calls={"transfer_back_seconds": 0})
    alice, bob, carol = await office.desks("101", "102", "103")
    staying, refusing = await bob.answer(), await carol.refuse("486 Busy Here")
    call = await alice.call_transferred("102", "103")
    await call.finished()
    await staying.until_sent("200 BYE")
    await staying.stop()
    await refusing.stop()
    (entry,) = await office.journal()
    assert [step.reason for step in entry.segments] == ["transferred", "busy"]


async def test_given_a_ringing_transfer_when_the_one_who_stays_hangs_up_then_it_stops_ringing(
    office: Office,
) -> None:
    alice, bob, carol = await office.desks("101", "102", "103")
    staying = await bob.answer(ended_by="us")
    ringing = await carol.ring()
    call = await alice.call_transferred("102", "103")
    await call.finished()
    await ringing.until_sent("180")
    await staying.hang_up()
    await ringing.until_sent("487 INVITE")
    await ringing.stop()
    await staying.stop()
    (entry,) = await office.journal()
    assert [step.reason for step in entry.segments] == ["transferred", "caller_hung_up"]


# -- attended --------------------------------------------------------------------------------


async def test_given_two_calls_of_a_caller_when_connected_then_the_two_far_ends_talk(
    office: Office,
) -> None:
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    await alice.dial("102")
    await bob.answer()
    await alice.hold()
    await alice.dial("103")
    await carol.answer()
    await alice.until_event("CALL_ESTABLISHED", count=2)
    await alice.transfer_attended()
    await alice.until_idle()
    await talk(bob, carol)
    await bob.hang_up()
    await carol.until_idle()
    first, second = await office.journal(2)
    assert story(first)[2][0] == ("user", "102", "transferred")
    assert story(first)[:2] == ("answered", "caller_hung_up")
    assert story(second) == ("answered", "transferred", [("user", "103", "transferred")])


async def test_given_a_called_one_who_consults_when_connected_then_the_two_far_ends_talk(
    office: Office,
) -> None:
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    await alice.dial("102")
    await bob.answer()
    await bob.hold()
    await bob.dial("103")
    await carol.answer()
    await bob.until_event("CALL_ESTABLISHED", count=2)
    await bob.transfer_attended()  # Its hold made a dialog of the first call, too.
    await bob.until_idle()
    await talk(alice, carol)
    await alice.hang_up()
    await carol.until_idle()
    first, second = await office.journal(2)
    assert (first.verdict, second.verdict) == ("answered", "answered")
    assert story(second) == ("answered", "transferred", [("user", "103", "transferred")])


async def test_given_sipp_phones_when_a_call_is_transferred_attended_then_both_are_told(
    office: Office,
) -> None:
    alice, bob, carol = await office.desks("101", "102", "103")
    first, second = await bob.answer(ended_by="us"), await carol.answer()
    call, consultation = await alice.call_transferred_attended("102", "103")
    await call.finished()
    await progress(call, "200")
    await consultation.finished()
    assert not second.sent("200 BYE"), "Carol talks on, now with Bob"
    await first.hang_up()
    await second.until_sent("200 BYE")
    await first.stop()
    await second.stop()
    entries = await office.journal(2)
    assert [entry.verdict for entry in entries] == ["answered", "answered"]


async def test_given_a_call_when_transferred_onto_itself_then_it_is_declined_and_goes_on(
    office: Office,
) -> None:
    alice, bob = await office.desks("101", "102")
    staying = await bob.answer()
    call = await alice.call_transferred_onto_itself("102")
    await progress(call, "603")
    assert not staying.received("BYE")
    await call.hang_up()
    await staying.until_sent("200 BYE")
    await staying.stop()
    assert not call.received("BYE")
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [("user", "102", "caller_hung_up")])


async def test_given_a_phone_when_asterisk_is_asked_of_its_sip_dialog_then_it_answers(
    office: Office,
) -> None:
    """Each word to a phone that transfers follows this question (`ari/echoes.py`)."""
    alice, bob = await office.desks("101", "102")
    staying = await bob.answer()
    call = await alice.call("102", ended_by="us")
    await staying.until_received("ACK")
    ari = office.centrale.node.ari
    found = {
        await ari.get_variable(channel.id, QUESTION)
        for channel in await ari.channels()
        if channel.name.startswith("PJSIP/")
    }
    assert alice.account is not None
    assert bob.account is not None
    assert found == {alice.account.username, bob.account.username}
    await call.hang_up()
    await staying.until_sent("200 BYE")
    await staying.stop()


# -- semi-attended: before the third one answered --------------------------------------------


async def test_given_a_ringing_consultation_when_connected_then_the_third_rings_for_the_other(
    office: Office,
) -> None:
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    await alice.dial("102")
    await bob.answer()
    await alice.hold()
    await alice.dial("103")
    await alice.until_received("180", count=2)
    await carol.until_event("CALL_INCOMING")
    await alice.transfer_attended()
    await alice.until_idle()
    await carol.until_event("CALL_CLOSED")
    await carol.until_event("CALL_INCOMING", count=2)
    assert carol.received("INVITE")[-1].caller == "102", "Carol sees who waits for her"
    await carol.answer()
    await talk(bob, carol)
    await bob.hang_up()
    await carol.until_idle()
    first, second = await office.journal(2)
    assert story(first) == (
        "answered",
        "caller_hung_up",
        [("user", "102", "transferred"), ("user", "103", "caller_hung_up")],
    )
    assert second.verdict == "abandoned"
    assert second.answered_at is None


async def test_given_a_ringing_consultation_when_given_up_for_a_transfer_then_the_third_rings_anew(
    office: Office,
) -> None:
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    await alice.dial("102")
    await bob.answer()
    await alice.hold()
    await alice.dial("103")
    await carol.until_event("CALL_INCOMING")
    await alice.hang_up()  # What most phones do when their user does not wait for the answer.
    await carol.until_idle()
    await alice.select(1)
    await alice.transfer("103")
    await carol.answer()
    await alice.until_idle()
    await talk(bob, carol)
    await carol.hang_up()
    await bob.until_idle()
    first, second = await office.journal(2)
    assert [step.reason for step in first.segments] == ["transferred", "callee_hung_up"]
    assert (second.verdict, second.reason) == ("abandoned", "caller_hung_up")
