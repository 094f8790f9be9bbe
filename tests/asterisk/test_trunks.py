"""Calls from and to the outside world, with a provider that is known by its address."""

import asyncio

import pytest

from orchestrator.trunks.model import Trunk
from tests.asterisk.office import Office, codes, nothing_left, opened, story, until
from tests.phones.phone import Caller, SippPhone

OUTSIDE = Caller("+31612345678", "Grandma")


# -- from outside ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("did", "dialled"),
    [
        ("+31201234567", "+31201234567"),
        ("31201234567", "+31201234567"),
        ("+31201234567", "31201234567"),
        ("*234567", "0201234567"),
    ],
)
async def test_given_a_number_of_ours_when_called_from_outside_then_its_owner_rings(
    office: Office, did: str, dialled: str
) -> None:
    provider = await office.provider()
    bob = await office.hire("102")
    await office.did(did, bob)
    answering = await (await office.desk(bob)).answer(ring_ms=100)
    call = await provider.phone.call(dialled, talk_ms=100, ended_by="us", caller=OUTSIDE)
    messages = await call.finished()
    await answering.until_sent("200 BYE")
    await answering.stop()

    invite = answering.received("INVITE")[0]
    assert (invite.caller, invite.caller_name) == ("+31612345678", "Grandma")
    assert codes(messages) == [100, 180, 200]
    (entry,) = await office.journal()
    assert story(entry) == ("answered", "caller_hung_up", [("user", "102", "caller_hung_up")])
    assert entry.direction.value == "inbound"
    assert (entry.caller_number, entry.caller_name) == ("+31612345678", "Grandma")
    assert entry.dialled == dialled


async def test_given_a_number_that_is_not_ours_when_called_then_404_and_nobody_pays(
    office: Office,
) -> None:
    provider = await office.provider()
    messages = await provider.phone.call_refused("+31209999999", 404, caller=OUTSIDE)
    assert not {183, 200} & set(codes(messages))
    (entry,) = await office.journal()
    assert story(entry) == ("refused", "unknown_number", [])


async def test_given_a_trunk_for_outbound_only_when_a_call_comes_in_then_403(
    office: Office,
) -> None:
    provider = await office.provider(inbound=False)
    await office.did("+31201234567", await office.hire("102"))
    await provider.phone.call_refused("+31201234567", 403)
    (entry,) = await office.journal()
    assert story(entry) == ("refused", "not_allowed", [])


async def test_given_an_address_that_nobody_knows_when_it_calls_then_401_and_no_call_begins(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.did("+31201234567", await office.hire("102"))
    stranger = SippPhone(office.sip, office.folder, name="stranger", host="127.0.99.99")
    async with stranger:
        await stranger.call_refused("+31201234567", 401)
    await provider.phone.call_refused("+31201234567", 480)
    (entry,) = await office.journal()  # The provider's call alone.
    assert entry.reason == "not_registered"


async def test_given_a_trunk_that_is_disabled_when_it_calls_then_it_is_a_stranger(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.did("+31201234567", await office.hire("102"))
    await office.books.change(Trunk, provider.trunk_id, disabled=True)
    await until(lambda: provider.trunk_id not in office.plan.trunks)
    await office.until_known(provider, known=False)
    await provider.phone.call_refused("+31201234567", 401)


async def test_given_two_customers_with_the_same_number_when_called_then_each_gets_its_own(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with opened(office.centrale, tmp_path_factory.mktemp("neighbour")) as neighbour:
        for each in (office, neighbour):
            await each.did("+31201234567", await each.hire("102"))
        ours, theirs = await office.provider(), await neighbour.provider()
        answering = await (await office.desk(await office.hire("103"))).answer()
        await theirs.phone.call_refused("+31201234567", 480)
        await ours.phone.call_refused("+31201234567", 480)
        await answering.stop()
        assert not answering.received("INVITE")
        await office.journal(1)
        await neighbour.journal(1)


# -- to the outside --------------------------------------------------------------------------


async def test_given_a_rule_when_an_outside_number_is_dialled_then_it_leaves_reformatted(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider, prefixes=["0"], lengths="10-30", strip=1, prepend="+31")
    alice = await office.desk(await office.hire("101", outbound_caller_id="+31201234501"))
    far = await provider.phone.answer(ring_ms=100)
    call = await alice.call("0612345678", talk_ms=200, ended_by="us")
    await call.finished()
    await far.until_sent("200 BYE")
    await far.stop()

    invite = far.received("INVITE")[0]
    assert (invite.user, invite.caller) == ("+31612345678", "+31201234501")
    assert invite.headers["contact"].startswith("<sip:asterisk@")
    (entry,) = await office.journal()
    assert story(entry) == (
        "answered",
        "caller_hung_up",
        [("external", "+31612345678", "caller_hung_up")],
    )
    assert (entry.direction.value, entry.dialled) == ("outbound", "0612345678")


async def test_given_no_number_of_ones_own_when_calling_out_then_that_of_the_trunk_is_shown(
    office: Office,
) -> None:
    provider = await office.provider(caller_id="+31201234500")
    await office.rule(provider)
    (alice,) = await office.desks("101")
    far = await provider.phone.answer(talk_ms=100, ended_by="us")
    call = await alice.call("0612345678")
    await call.finished()
    await far.stop()
    assert far.received("INVITE")[0].caller == "+31201234500"
    (entry,) = await office.journal()
    assert entry.reason == "callee_hung_up"


async def test_given_early_media_of_the_network_when_calling_out_then_the_caller_hears_it(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider)
    (alice,) = await office.desks("101")
    far = await provider.phone.answer(ring_ms=300)
    call = await alice.call("0612345678", talk_ms=100, ended_by="us")
    messages = await call.finished()
    await far.stop()
    assert codes(messages)[-1] == 200
    assert {180, 183} & set(codes(messages)), "the caller hears that it rings"
    await office.journal()


@pytest.mark.parametrize(
    ("status", "told", "reason"),
    [
        ("486 Busy Here", 486, "busy"),
        ("404 Not Found", 404, "unknown_number"),
        ("484 Address Incomplete", 404, "unknown_number"),
        ("480 Temporarily Unavailable", 480, "no_answer"),
        ("503 Service Unavailable", 503, "trunk_refused"),
        ("403 Forbidden", 503, "trunk_refused"),
    ],
)
async def test_given_a_provider_that_refuses_when_calling_out_then_the_caller_is_told_why(
    office: Office, status: str, told: int, reason: str
) -> None:
    provider = await office.provider()
    await office.rule(provider)
    (alice,) = await office.desks("101")
    far = await provider.phone.refuse(status)
    messages = await alice.call_refused("0612345678", told)
    await far.stop()
    assert 200 not in codes(messages)
    (entry,) = await office.journal()
    assert entry.reason == reason
    assert [step.reason for step in entry.segments] == [reason]


async def test_given_a_caller_who_gives_up_while_it_rings_outside_then_the_provider_is_told(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider)
    (alice,) = await office.desks("101")
    far = await provider.phone.ring()
    call = await alice.call_cancelled("0612345678")
    await far.until_sent("180")
    await call.end_ringing()
    await call.finished()
    await far.until_received("CANCEL")
    await far.until_sent("487 INVITE")
    await far.stop()
    (entry,) = await office.journal()
    assert (entry.verdict, entry.reason) == ("abandoned", "caller_hung_up")


async def test_given_nobody_may_call_out_when_dialling_then_403_but_112_still_leaves(
    office: Office,
) -> None:
    provider = await office.provider(max_calls=1)
    await office.rule(provider)
    await office.emergency("112")
    barred = await office.desk(await office.hire("101", may_call_out=False))
    (alice,) = await office.desks("102")
    await barred.call_refused("0612345678", 403)

    far = await provider.phone.answer()
    first = await alice.call("0612345678", ended_by="us")
    await far.until_received("ACK")
    carol = await office.desk(await office.hire("103"))
    await carol.call_refused("0612345679", 503)
    emergency = await barred.call("112", talk_ms=100, ended_by="us")
    await emergency.finished()
    await first.hang_up()
    await far.until_sent("200 BYE", count=2)
    await far.stop()

    assert [invite.user for invite in far.received("INVITE")] == ["0612345678", "112"]
    reasons = [entry.reason for entry in await office.journal(4)]
    assert reasons == ["not_allowed", "caller_hung_up", "trunk_full", "caller_hung_up"]


async def test_given_no_rule_or_no_trunk_when_calling_out_then_it_is_said_and_refused(
    office: Office,
) -> None:
    (alice,) = await office.desks("101")
    await alice.call_refused("0612345678", 404)
    provider = await office.provider(outbound=False)
    await office.rule(provider)
    await alice.call_refused("0612345678", 503)
    first, second = await office.journal(2)
    assert (first.verdict, first.reason) == ("refused", "no_outbound_rule")
    assert (second.verdict, second.reason) == ("failed_upstream", "trunk_down")


async def test_given_four_calls_out_at_once_when_they_end_then_the_trunk_is_free_again(
    office: Office,
) -> None:
    provider = await office.provider()
    await office.rule(provider)
    (alice,) = await office.desks("101")
    far = await provider.phone.answer()
    talking = await asyncio.gather(
        *(alice.call(f"061234567{n}", talk_ms=300, ended_by="us") for n in range(4))
    )
    await asyncio.gather(*(call.finished() for call in talking))
    await far.until_sent("200 BYE", count=4)
    await far.stop()
    entries = await office.journal(4)
    assert {entry.verdict for entry in entries} == {"answered"}
    await nothing_left(office.centrale)
    assert office.centrale.node.registry.trunk_calls(provider.trunk_id) == 0
