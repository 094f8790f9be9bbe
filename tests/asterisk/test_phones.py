"""The phones of this suite do what they say, and the survival dialplan connects them.

No orchestrator runs here, so each call is one that Asterisk makes on its own.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.asterisk.conftest import Company
from tests.asterisk.test_transfers import progress
from tests.phones.malformed import MESSAGES, send_raw
from tests.phones.phone import Account, SippPhone
from tests.phones.wire import Address, Message, PhoneFailed

Phones = tuple[SippPhone, SippPhone, SippPhone]


def in_dialog(method: str, server: Address) -> str:
    """A request of a server to the phone `bob`."""
    return (
        f"{method} sip:bob@127.0.0.1 SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {server.host}:{server.port};branch=z9hG4bK{method}\r\n"
        "From: <sip:101@127.0.0.1>;tag=server\r\nTo: <sip:bob@127.0.0.1>\r\n"
        f"Contact: <sip:server@{server.host}:{server.port}>\r\nCall-ID: crossing\r\n"
        f"CSeq: 1 {method}\r\nContent-Length: 0\r\n\r\n"
    )


def accepted(request: Message) -> str:
    """The answer to a request of the phone."""
    names = ("Via", "From", "To", "Call-ID", "CSeq")
    headers = "".join(f"{name}: {request.headers[name.lower()]}\r\n" for name in names)
    return f"SIP/2.0 200 OK\r\n{headers}Content-Length: 0\r\n\r\n"


@pytest_asyncio.fixture
async def phones(company: Company, tmp_path: Path) -> AsyncIterator[Phones]:
    """Alice, Bob and Carol, registered."""
    async with AsyncExitStack() as leaving:
        people = (company.alice, company.bob, company.carol)
        made = [await leaving.enter_async_context(company.sipp(who, tmp_path)) for who in people]
        await asyncio.gather(*(phone.register() for phone in made))
        yield made[0], made[1], made[2]


async def test_a_wrong_secret_does_not_register(company: Company, tmp_path: Path) -> None:
    account = Account(company.alice.account.username, "wrong")
    async with SippPhone(company.stack.sip, tmp_path, account) as phone:
        messages = await phone.register(expect=401)
    assert not [each for each in messages if each.matches("200")]


async def test_given_two_phones_when_one_calls_then_the_other_rings_and_they_talk(
    phones: Phones,
) -> None:
    alice, bob, _ = phones
    ringing = await bob.answer(ring_ms=200)
    call = await alice.call("102", talk_ms=200, ended_by="us")
    messages = await call.finished()
    invite = await ringing.until_received("INVITE")
    await ringing.until_sent("200 BYE")
    await ringing.stop()
    assert (invite.caller, invite.caller_name) == ("101", "User 101")
    assert [each for each in messages if each.matches("180")]


async def test_given_a_request_that_crosses_a_bye_when_both_come_at_once_then_the_call_is_fine(
    tmp_path: Path,
) -> None:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        here = Address(*server.getsockname())
        async with SippPhone(here, tmp_path, Account("bob", "secret")) as phone:
            there = (phone.address.host, phone.address.port)

            async def say(message: str) -> None:
                await loop.sock_sendto(server, message.encode(), there)

            waiting = await phone.answer(ended_by="us")
            await say(in_dialog("INVITE", here))
            await waiting.until_sent("200 INVITE")
            await say(in_dialog("ACK", here))
            await waiting.go_on()
            bye = await waiting.until_sent("BYE")
            with waiting.frozen():
                await say(in_dialog("UPDATE", here))
                await say(accepted(bye))
            await waiting.until_sent("200 UPDATE")
            await waiting.stop()
    assert waiting.received("200 BYE")


async def test_when_the_called_party_hangs_up_the_caller_is_told(phones: Phones) -> None:
    alice, bob, _ = phones
    ringing = await bob.answer(talk_ms=200, ended_by="us")
    call = await alice.call("102")
    await call.finished()
    assert await call.until_received("BYE")
    await ringing.stop()


async def test_a_busy_phone_makes_the_caller_hear_busy(phones: Phones) -> None:
    alice, bob, _ = phones
    refusing = await bob.refuse("486 Busy Here")
    await alice.call_refused("102", 486)
    await refusing.stop()


async def test_when_the_caller_gives_up_the_phone_stops_ringing(phones: Phones) -> None:
    alice, bob, _ = phones
    ringing = await bob.ring()
    call = await alice.call_cancelled("102")
    await call.end_ringing()
    await call.finished()
    await ringing.until_sent("487 INVITE")
    await ringing.stop()


async def test_a_call_can_be_held_and_taken_back(phones: Phones) -> None:
    alice, bob, _ = phones
    ringing = await bob.answer()
    call = await alice.call_held("102")
    for answers in (2, 3):
        await call.go_on()
        await call.until_received("200 INVITE", count=answers)
    messages = await call.hang_up()
    await ringing.stop()
    bodies = [each.body for each in messages if each.matches("200 INVITE")]
    assert ["a=recvonly" in body for body in bodies] == [False, True, False]


async def test_a_blind_transfer_sends_the_other_party_on(phones: Phones) -> None:
    alice, bob, carol = phones
    first = await bob.answer()
    second = await carol.answer(talk_ms=200, ended_by="us")
    call = await alice.call_transferred("102", "103")
    await progress(call, "200")
    await call.hang_up()
    await first.until_sent("200 BYE")
    await first.stop()
    await second.stop()


async def test_an_attended_transfer_connects_both_parties(phones: Phones) -> None:
    alice, bob, carol = phones
    first = await bob.answer(ended_by="us")
    second = await carol.answer()
    call, consultation = await alice.call_transferred_attended("102", "103")
    await progress(call, "200")
    await call.hang_up()
    await consultation.finished()
    assert not second.sent("200 BYE"), "Carol talks on, now with Bob"
    await first.hang_up()
    await second.until_sent("200 BYE")
    await first.stop()
    await second.stop()


async def test_a_phone_that_expects_too_much_fails_with_its_trace(phones: Phones) -> None:
    alice, bob, _ = phones
    refusing = await bob.refuse("486 Busy Here")
    call = await alice.call("102")
    with pytest.raises(PhoneFailed, match="486 Busy"):
        await call.finished()
    await refusing.stop()


async def test_given_phones_with_sound_when_they_talk_then_each_hears_the_other(
    company: Company, tmp_path: Path
) -> None:
    async with (
        company.baresip(company.alice, tmp_path, tone=440) as alice,
        company.baresip(company.bob, tmp_path, tone=700) as bob,
        company.baresip(company.carol, tmp_path, tone=1000) as carol,
    ):
        await alice.dial("102")
        await bob.answer()
        assert await alice.until_hears(700, among=(440, 1000)) == {700}
        assert await bob.until_hears(440, among=(700, 1000)) == {440}

        await alice.hold()
        await alice.dial("103")
        await carol.answer()
        await alice.until_event("CALL_ESTABLISHED", count=2)
        await alice.transfer_attended()
        await bob.until_hears(1000)
        await carol.until_hears(700)
        await alice.until_idle()

        await carol.hang_up()
        await bob.until_idle()


@pytest.mark.parametrize("name", MESSAGES)
async def test_a_malformed_message_does_no_harm(company: Company, name: str) -> None:
    pid = company.stack.asterisk.pid
    await send_raw(company.stack.sip, MESSAGES[name], wait=0.2)
    answer = await send_raw(
        company.stack.sip,
        "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};"
        "branch=z9hG4bKok{port};rport\r\nFrom: <sip:x@127.0.0.1>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\n"
        "Call-ID: ok-{port}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
        wait=8,
    )
    assert answer is not None
    assert answer.startswith("SIP/2.0 401")
    assert company.stack.asterisk.pid == pid
