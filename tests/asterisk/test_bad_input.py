"""What should not come, comes: nothing breaks, nobody else notices."""

import asyncio
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from tests.asterisk.office import Office, opened, story
from tests.phones.malformed import MESSAGES, send_raw
from tests.phones.phone import Account, Caller, SippPhone
from tests.stack import settings_for


async def test_given_messages_that_are_not_sip_when_they_arrive_then_calls_go_on(
    office: Office,
) -> None:
    alice, bob = await office.desks("101", "102")
    answering = await bob.answer()
    call = await alice.call("102", ended_by="us")
    await answering.until_received("ACK")
    answers = await asyncio.gather(
        *(send_raw(office.sip, message, wait=0.5) for message in MESSAGES.values())
    )
    assert not [answer for answer in answers if answer and answer.startswith("SIP/2.0 200")]
    assert not call.received("BYE")
    await call.hang_up()
    await answering.stop()
    (entry,) = await office.journal()
    assert entry.reason == "caller_hung_up"


async def test_given_a_stranger_or_a_wrong_secret_when_it_calls_or_registers_then_401(
    office: Office,
) -> None:
    who = await office.hire("101")
    wrong = Account(who.accounts[0].username, "guessed")
    unknown = Account("nobody7777", "guessed")
    async with (
        SippPhone(office.sip, office.folder, wrong, name="wrong") as first,
        SippPhone(office.sip, office.folder, unknown, name="unknown") as second,
    ):
        await asyncio.gather(
            first.register(expect=401),
            second.register(expect=401),
            first.call_refused("101", 401),
            second.call_refused("101", 401),
        )
    assert not office.centrale.node.registry.calls()


async def test_given_the_same_numbers_in_two_customers_when_dialled_then_each_stays_at_home(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with opened(office.centrale, tmp_path_factory.mktemp("neighbour")) as neighbour:
        (alice, bob), (mallory, victim) = await asyncio.gather(
            office.desks("101", "102"), neighbour.desks("101", "102")
        )
        ours, theirs = await bob.answer(), await victim.answer()
        call = await alice.call("102", talk_ms=100, ended_by="us")
        await call.finished()
        await ours.stop()
        assert not theirs.received("INVITE")
        await neighbour.hire("155")
        await alice.call_refused("155", 404)
        await theirs.stop()
        assert mallory.address != alice.address
        first, second = await office.journal(2)
        assert (first.verdict, second.reason) == ("answered", "unknown_number")
        assert [entry.id for entry in await neighbour.journal(0)] == []


@pytest.mark.parametrize(
    "number", ["1" * 200, "*", "#31#", "a'--", "+", "0%27%20OR%201", "102%00", "1;x=y", "i"]
)
async def test_given_an_odd_number_when_dialled_then_it_is_refused_and_noted(
    office: Office, number: str
) -> None:
    (alice,) = await office.desks("101")
    await alice.call_refused(number, 404)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ('Ro"bert"', "O'Neil\\"),
        ("Zoë", "Über-Łukasz 张伟"),
        ("x" * 80, "y" * 80),
        ("<sip:evil@example.com>", ";tag=1"),
        ("${SHELL(id)}", "%s%n,|&"),
    ],
)
async def test_given_an_odd_name_when_its_owner_calls_then_the_phone_rings_and_shows_it(
    office: Office, first: str, last: str
) -> None:
    alice = await office.desk(await office.hire("101", first_name=first, last_name=last))
    (bob,) = await office.desks("102")
    answering = await bob.answer()
    call = await alice.call("102", talk_ms=100, ended_by="us")
    await call.finished()
    await answering.stop()
    invite = answering.received("INVITE")[0]
    assert '" <sip:101@' in invite.headers["from"]
    shown = invite.headers["from"].partition('" <')[0]
    assert (
        shown.strip('"')[:10].replace("\\", "")
        == (f"{first} {last}".translate(str.maketrans("", "", '"\\<>'))[:10])
    )
    (entry,) = await office.journal()
    assert story(entry)[:2] == ("answered", "caller_hung_up")
    assert entry.caller_name == f"{first} {last}"[:120]


async def test_given_an_odd_caller_from_outside_when_it_calls_then_the_phone_rings(
    office: Office,
) -> None:
    provider = await office.provider()
    bob = await office.hire("102")
    await office.did("+31201234567", bob)
    answering = await (await office.desk(bob)).answer()
    odd = [Caller("%22%3E%3Csip:x", "a b"), Caller("x" * 150, "y" * 150), Caller("", "")]
    for caller in odd:
        call = await provider.phone.call("+31201234567", talk_ms=50, ended_by="us", caller=caller)
        await call.finished()
    await answering.stop()
    entries = await office.journal(len(odd))
    assert {entry.verdict for entry in entries} == {"answered"}


async def test_given_a_phone_that_loses_its_power_while_talking_then_nothing_is_left(
    office: Office,
) -> None:
    alice, bob = await office.desks("101", "102")
    answering = await bob.answer()
    call = await alice.call("102")
    await answering.until_received("ACK")
    await call.kill()
    await answering.kill()
    (channel, *_) = await office.centrale.node.ari.channels()
    await office.centrale.node.ari.hangup(channel.id)
    (entry,) = await office.journal()
    assert entry.verdict == "answered"


# -- starting --------------------------------------------------------------------------------


async def run_until_refused(home: Path, **settings: str) -> str:
    """Start `centrale run` that cannot start; what it says, which is one line per problem."""
    base = settings_for(home)
    environment = {
        "PATH": "/usr/bin:/bin",
        "CENTRALE_HOME": str(home),
        "CENTRALE_PACKAGES": str(base.packages),
        "CENTRALE_HTTP_HOST": "127.0.0.1",
        "CENTRALE_HTTP_PORT": "0",
        "CENTRALE_SIP_HOST": "127.0.0.1",
        "CENTRALE_SIP_PORT": "0",
        "CENTRALE_ASTERISK_HTTP_PORT": "0",
        "CENTRALE_SPEAK_PROMPTS": "false",
    } | settings
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "orchestrator", "run", "--no-demo",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )  # fmt: skip
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 30)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    said = output.decode()
    assert process.returncode not in (0, None), said
    assert "Traceback" not in said
    return next(line for line in said.splitlines() if line.startswith("centrale: "))


async def test_given_a_database_file_that_is_broken_when_started_then_one_line_says_so(
    tmp_path: Path,
) -> None:
    (tmp_path / "centrale.db").write_bytes(b"this is no database" * 100)
    assert "database" in await run_until_refused(tmp_path)


async def test_given_a_sip_port_in_use_when_started_then_one_line_names_port_and_setting() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="centrale-") as home,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken,
    ):
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        said = await run_until_refused(Path(home), CENTRALE_SIP_PORT=port)
    assert port in said
    assert "sip_port" in said.lower()


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("CENTRALE_SIP_PORT", "70000", "CENTRALE_SIP_PORT"),
        ("CENTRALE_LOG_LEVEL", "loud", "CENTRALE_LOG_LEVEL"),
        ("CENTRALE_EXTERNAL_ADDRESS", "here", "CENTRALE_EXTERNAL_ADDRESS"),
        ("CENTRALE_RTP_END", "9000", "CENTRALE_RTP_END"),
        ("CENTRALE_PROMPT_LANGUAGES", "en", "prompt_languages"),
    ],
)
async def test_given_a_setting_that_is_wrong_when_started_then_it_is_named(
    tmp_path: Path, name: str, value: str, named: str
) -> None:
    said = await run_until_refused(tmp_path, **{name: value})
    assert named in said
    assert "centrale.toml" not in said, "it came from the environment"


async def test_given_a_database_that_does_not_answer_when_started_then_one_line_says_so(
    tmp_path: Path,
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    url = f"postgresql+asyncpg://nobody:secret@127.0.0.1:{port}/none"
    said = await run_until_refused(tmp_path, CENTRALE_DATABASE_URL=url)
    assert str(port) in said
    assert "secret" not in said
