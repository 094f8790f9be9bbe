"""Phones that encrypt: SRTP with keys in the SDP, SIP over TLS; and SIP over TCP."""

import asyncio
import tempfile
from pathlib import Path

from sqlalchemy import select

from orchestrator.bootstrap import running
from orchestrator.devices.model import Device
from tests.asterisk.office import Colleague, Office, opened, story, until_found
from tests.phones.baresip import BaresipPhone, Link
from tests.phones.certificate import certificate
from tests.phones.wire import Message
from tests.stack import settings_for

SRTP = Link(srtp=True)
TALKED = ("answered", "caller_hung_up", [("user", "102", "caller_hung_up")])


async def encrypting(office: Office, number: str) -> Colleague:
    """Somebody whose device must encrypt its sound."""
    who = await office.hire(number)
    username = who.accounts[0].username
    async with office.books.database.transaction(office.books.scope) as session:
        device = await session.scalar(select(Device).where(Device.sip_username == username))
        assert device is not None
        device.srtp = True
    embedded = office.centrale.node.embedded
    assert embedded is not None

    async def noticed() -> bool:
        shown = await embedded.command(f"pjsip show endpoint {username}")
        return any(line.split() == ["media_encryption", ":", "sdes"] for line in shown.splitlines())

    await until_found(noticed)
    return who


def encrypts(message: Message) -> bool:
    """Whether the SDP of the message speaks of SRTP, with a key, and of nothing else."""
    media = [line.split()[2] for line in message.body.splitlines() if line.startswith("m=audio")]
    assert len(media) == 1, message.body
    assert ("a=crypto:" in message.body) == (media[0] == "RTP/SAVP"), message.body
    return media[0] == "RTP/SAVP"


async def converse(alice: BaresipPhone, bob: BaresipPhone, *, number: str = "102") -> None:
    """Alice calls Bob, each hears the other, Alice hangs up."""
    await alice.dial(number)
    await bob.answer()
    await asyncio.gather(alice.until_hears(bob.tone), bob.until_hears(alice.tone))
    await alice.hang_up()
    await bob.until_idle()


# -- SRTP ------------------------------------------------------------------------------------


async def test_given_a_device_with_srtp_when_it_calls_a_plain_one_then_its_own_side_is_encrypted(
    office: Office,
) -> None:
    first, second = await encrypting(office, "101"), await office.hire("102")
    alice, bob = await asyncio.gather(
        office.speaker(first, 440, link=SRTP), office.speaker(second, 700)
    )
    await converse(alice, bob)
    assert encrypts(alice.sent("INVITE")[-1])
    assert encrypts(alice.received("200 INVITE")[-1])
    assert not encrypts(bob.received("INVITE")[-1])
    (entry,) = await office.journal()
    assert story(entry) == TALKED


async def test_given_a_device_with_srtp_when_it_is_called_then_it_is_offered_a_key(
    office: Office,
) -> None:
    first, second = await office.hire("101"), await encrypting(office, "102")
    alice, bob = await asyncio.gather(
        office.speaker(first, 440), office.speaker(second, 700, link=SRTP)
    )
    await converse(alice, bob)
    assert not encrypts(alice.received("200 INVITE")[-1])
    assert encrypts(bob.received("INVITE")[-1])
    assert encrypts(bob.sent("200 INVITE")[-1])
    (entry,) = await office.journal()
    assert story(entry) == TALKED


async def test_given_two_devices_with_srtp_when_they_talk_then_each_has_a_key_of_its_own(
    office: Office,
) -> None:
    people = [await encrypting(office, number) for number in ("101", "102")]
    alice, bob = await asyncio.gather(
        *(
            office.speaker(who, tone, link=SRTP)
            for who, tone in zip(people, (440, 700), strict=True)
        )
    )
    await converse(alice, bob)
    for message in (alice.received("200 INVITE")[-1], bob.received("INVITE")[-1]):
        assert encrypts(message)
    assert key(alice.received("200 INVITE")[-1]) != key(bob.received("INVITE")[-1])


def key(message: Message) -> str:
    """The first key in the SDP."""
    return message.body.partition("inline:")[2].split()[0]


async def test_given_a_device_with_srtp_when_it_offers_plain_sound_then_488(
    office: Office,
) -> None:
    who = await encrypting(office, "101")
    alice = await office.desk(who)
    await alice.call_refused("102", 488)


# -- TCP and TLS -----------------------------------------------------------------------------


async def test_given_phones_over_tcp_when_they_call_each_other_then_they_talk(
    office: Office,
) -> None:
    people = [await office.hire(number) for number in ("101", "102")]
    link = Link("tcp")
    alice, bob = await asyncio.gather(
        office.speaker(people[0], 440, link=link), office.speaker(people[1], 700, link=link)
    )
    await converse(alice, bob)
    assert "SIP/2.0/TCP" in bob.received("INVITE")[-1].headers["via"]
    (entry,) = await office.journal()
    assert story(entry) == TALKED


async def test_given_a_phone_over_tcp_and_one_over_udp_when_they_call_then_both_ways_work(
    office: Office,
) -> None:
    people = [await office.hire(number) for number in ("101", "102")]
    alice, bob = await asyncio.gather(
        office.speaker(people[0], 440, link=Link("tcp")), office.speaker(people[1], 700)
    )
    await converse(alice, bob)
    await converse(bob, alice, number="101")
    await office.journal(2)


async def test_given_a_certificate_when_phones_register_over_tls_then_they_talk_in_secret(
    tmp_path: Path,
) -> None:
    ours, key_file = await certificate(tmp_path)
    with tempfile.TemporaryDirectory(prefix="centrale-") as home:
        settings = settings_for(Path(home)).model_copy(
            update={"tls_certificate": ours, "tls_key": key_file}
        )
        async with running(settings) as centrale, opened(centrale, tmp_path) as office:
            people = [await encrypting(office, number) for number in ("101", "102")]
            link = Link("tls", srtp=True, authority=ours)
            alice, bob = await asyncio.gather(
                office.speaker(people[0], 440, link=link),
                office.speaker(people[1], 700, link=link),
            )
            await converse(alice, bob)
            invite = bob.received("INVITE")[-1]
            assert "SIP/2.0/TLS" in invite.headers["via"]
            assert encrypts(invite)
            (entry,) = await office.journal()
            assert story(entry) == TALKED
