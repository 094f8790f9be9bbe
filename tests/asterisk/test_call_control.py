"""Live calls, steered over the API: what it does to the parties, on the real Asterisk."""

import asyncio

import pytest

from orchestrator.calls.control import CallControl
from orchestrator.calls.schemas import ActiveCallOut, CallMake, CallState
from orchestrator.errors import Conflict, Invalid
from tests.asterisk.office import Office, story, until, until_found
from tests.phones.baresip import BaresipPhone


def control(office: Office) -> CallControl:
    return office.centrale.services.call_control


async def live(office: Office, state: CallState, count: int = 1) -> ActiveCallOut:
    """The customer's newest live call, once there are `count` and it is in `state`."""
    found: list[ActiveCallOut] = []

    async def there() -> bool:
        found[:] = (await control(office).list(office.books.scope)).items
        return len(found) == count and found[-1].state is state

    await until_found(there)
    return found[-1]


async def speakers(office: Office, *tones: float) -> list[BaresipPhone]:
    """People 101, 102... whose phones say these tones."""
    people = [await office.hire(str(101 + n)) for n in range(len(tones))]
    phones = (office.speaker(who, tone) for who, tone in zip(people, tones, strict=True))
    return list(await asyncio.gather(*phones))


async def hear(*pairs: tuple[BaresipPhone, BaresipPhone]) -> None:
    """Each first one hears the tone of the second, from now on."""
    for listener, _ in pairs:
        listener.listen_anew()
    await asyncio.gather(*(listener.until_hears(other.tone) for listener, other in pairs))


async def talk(one: BaresipPhone, other: BaresipPhone) -> None:
    await hear((one, other), (other, one))


async def test_a_live_call_shows_who_talks_with_whom(office: Office) -> None:
    alice, bob = await speakers(office, 440, 700)
    await alice.dial("102")
    await bob.until_line("INCOMING")
    ringing = await live(office, CallState.RINGING)
    assert [(p.number, p.caller, p.answered) for p in ringing.parties] == [
        ("101", True, False),
        ("102", False, False),
    ]
    await bob.answer()
    talking = await live(office, CallState.TALKING)
    assert (talking.id, talking.dialled, talking.answered_at is not None) == (
        *(ringing.id, "102"),
        True,
    )
    assert all(p.answered and p.user for p in talking.parties)
    await alice.hang_up()
    await bob.until_idle()


async def test_given_a_conversation_when_ended_over_the_api_then_both_phones_are_free(
    office: Office,
) -> None:
    alice, bob = await speakers(office, 440, 700)
    await alice.dial("102")
    await bob.answer()
    call = await live(office, CallState.TALKING)
    await control(office).hang_up(office.books.scope, call.id, None)
    await asyncio.gather(alice.until_idle(), bob.until_idle())
    (entry,) = await office.journal()
    assert story(entry)[:2] == ("answered", "caller_hung_up")


async def test_given_a_ringing_call_when_ended_over_the_api_then_the_caller_hears_of_it(
    office: Office,
) -> None:
    alice, bob = await speakers(office, 440, 700)
    await alice.dial("102")
    await bob.until_line("INCOMING")
    call = await live(office, CallState.RINGING)
    await control(office).hang_up(office.books.scope, call.id, call.parties[1].user)
    await asyncio.gather(alice.until_idle(), bob.until_idle())
    await alice.until_received("486 INVITE")
    (entry,) = await office.journal()
    assert story(entry) == ("refused", "declined", [("user", "102", "declined")])


async def test_given_a_ringing_call_when_diverted_then_the_other_person_has_it(
    office: Office,
) -> None:
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    await alice.dial("102")
    await bob.until_line("INCOMING")
    call = await live(office, CallState.RINGING)
    with pytest.raises(Conflict):
        await control(office).divert(office.books.scope, call.id, None, "199")
    await control(office).divert(office.books.scope, call.id, call.parties[1].user, "103")
    await carol.answer()
    await bob.until_idle()
    await talk(alice, carol)
    await carol.hang_up()
    await alice.until_idle()
    (entry,) = await office.journal()
    assert story(entry)[2] == [("user", "102", "forwarded"), ("user", "103", "callee_hung_up")]


async def test_given_a_conversation_when_transferred_over_the_api_then_the_other_two_talk(
    office: Office,
) -> None:
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    await alice.dial("102")
    await bob.answer()
    call = await live(office, CallState.TALKING)
    with pytest.raises(Conflict):
        await control(office).transfer(office.books.scope, call.id, None, "199")
    await talk(alice, bob)
    await control(office).transfer(office.books.scope, call.id, call.parties[1].user, "103")
    await carol.answer()
    await bob.until_idle()
    await talk(alice, carol)
    await alice.hang_up()
    await carol.until_idle()
    (entry,) = await office.journal()
    assert [step.reason for step in entry.segments] == ["transferred", "caller_hung_up"]


async def test_given_two_calls_of_one_person_when_joined_then_the_far_ends_talk(
    office: Office,
) -> None:
    alice, bob, carol = await speakers(office, 440, 700, 1000)
    await alice.dial("102")
    await bob.answer()
    first = await live(office, CallState.TALKING)
    await alice.hold()
    await alice.dial("103")
    await carol.answer()
    second = await live(office, CallState.TALKING, count=2)
    await control(office).join(office.books.scope, first.id, None, second.id)
    await alice.until_idle()
    await talk(bob, carol)
    await bob.hang_up()
    await carol.until_idle()
    await office.journal(2)


async def test_given_a_conversation_when_held_then_nobody_hears_the_other_until_resumed(
    office: Office,
) -> None:
    alice, bob = await speakers(office, 440, 700)
    await alice.dial("102")
    await bob.answer()
    call = await live(office, CallState.TALKING)
    await talk(alice, bob)
    await control(office).hold(office.books.scope, call.id, None, on=True)
    held = await live(office, CallState.HELD)
    assert [(p.number, p.holding) for p in held.parties] == [("101", True), ("102", False)]
    await until_found(lambda: bob.hears_music(but=(alice.tone,)))
    alice.listen_anew()
    await until_found(lambda: bob.hears_music(but=(alice.tone,)))
    assert not alice.hears(bob.tone)
    await control(office).hold(office.books.scope, call.id, None, on=False)
    await live(office, CallState.TALKING)
    await talk(alice, bob)
    await alice.hang_up()
    await bob.until_idle()


async def test_given_a_conversation_when_muted_then_only_the_other_is_heard(
    office: Office,
) -> None:
    alice, bob = await speakers(office, 440, 700)
    await alice.dial("102")
    await bob.answer()
    call = await live(office, CallState.TALKING)
    await talk(alice, bob)
    await control(office).mute(office.books.scope, call.id, None, on=True)
    await hear((alice, bob))
    bob.listen_anew()
    await hear((alice, bob))
    assert not bob.hears(alice.tone)
    await control(office).mute(office.books.scope, call.id, None, on=False)
    await talk(alice, bob)
    await alice.hang_up()
    await bob.until_idle()


async def test_click_to_call_rings_the_own_phone_first_and_then_the_other(
    office: Office,
) -> None:
    alice, bob = await speakers(office, 440, 700)
    caller = next(p for p in office.plan.people.values() if p.number == "101")
    made = await control(office).make(
        office.books.scope, CallMake.model_validate({"from": caller.id, "to": "102"})
    )
    await alice.answer()
    invite = alice.received("INVITE")[0]
    assert invite.caller == "102"
    assert "answer-after=0" in invite.headers["call-info"]
    await bob.answer()
    await talk(alice, bob)
    assert bob.received("INVITE")[0].caller == "101"
    assert (await live(office, CallState.TALKING)).id == made.id
    await alice.hang_up()
    await bob.until_idle()
    (entry,) = await office.journal()
    assert (entry.id, entry.caller_number, entry.dialled) == (made.id, "101", "102")
    assert story(entry) == ("answered", "caller_hung_up", [("user", "102", "caller_hung_up")])


async def test_click_to_call_that_nobody_takes_ends(office: Office) -> None:
    alice, _ = await speakers(office, 440, 700)
    caller = next(p for p in office.plan.people.values() if p.number == "101")
    body = CallMake.model_validate({"from": caller.id, "to": "102"})
    await control(office).make(office.books.scope, body)
    await alice.until_line("INCOMING")
    await alice.hang_up()
    await until(lambda: not office.centrale.node.registry.calls())
    (entry,) = await office.journal()
    assert (entry.verdict, entry.answered_at) == ("refused", None)
    with pytest.raises(Invalid):
        await control(office).make(
            office.books.scope, CallMake.model_validate({"from": caller.id, "to": "199"})
        )
