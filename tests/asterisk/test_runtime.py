"""The embedded Asterisk, for real: started, adopted, restarted, and surviving without us."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.asterisk import survival
from orchestrator.asterisk.ami import AmiClient, AmiRefused, Notify
from orchestrator.asterisk.fetch import AsteriskBinary, find_asterisk
from orchestrator.asterisk.process import find_running
from orchestrator.asterisk.runtime import EmbeddedAsterisk
from orchestrator.errors import Misconfigured, Unavailable
from orchestrator.settings import Settings
from tests.asterisk.pbx import PROVIDER_HOST, TRUNK, Pbx, make_pbx, settings
from tests.phones.phone import SippPhone
from tests.phones.wire import POLL, Address
from tests.postgres import running_postgres

PATIENCE = 10.0


@pytest.fixture(scope="module")
async def binary() -> AsteriskBinary:
    return await asyncio.to_thread(find_asterisk, settings(Path("unused")), print)


@pytest.fixture
async def home() -> AsyncIterator[Path]:
    # Short: the path of a socket has 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="centrale-"))
    yield folder
    await asyncio.to_thread(shutil.rmtree, folder)


@pytest.fixture
async def node(home: Path, binary: AsteriskBinary) -> AsyncIterator[EmbeddedAsterisk]:
    """An Asterisk with an empty database, not started; stopped at the end."""
    of = settings(home)
    await make_pbx(of, 5999, ("100", "101"))
    node = EmbeddedAsterisk(of, binary)
    yield node
    await node.stop()


class Survivors:
    """A PBX whose orchestrator is away, its provider, and phones that are registered."""

    def __init__(self, node: EmbeddedAsterisk, pbx: Pbx, provider: SippPhone, folder: Path) -> None:
        self.node = node
        self.pbx = pbx
        self.provider = provider
        self._folder = folder
        self.server = Address("127.0.0.1", node.address.ports.sip)

    async def phone(self, number: str) -> SippPhone:
        phone = SippPhone(self.server, self._folder, self.pbx.accounts[number])
        await phone.register()
        return phone

    async def notes(self, count: int) -> list[survival.SurvivalCall]:
        """The calls that ended, once there are `count`; then they are forgotten."""
        async with AmiClient.connect(self.node.address) as ami:
            calls: list[survival.SurvivalCall] = []

            async def enough() -> bool:
                calls[:] = await survival.collect(ami)
                return len(calls) >= count

            await until(enough)
            await survival.forget(ami, calls)
            assert await survival.collect(ami) == []
        return calls


@pytest.fixture(scope="module")
async def survivors(binary: AsteriskBinary) -> AsyncIterator[Survivors]:
    folder = Path(tempfile.mkdtemp(prefix="centrale-"))
    of = settings(folder)
    # The provider needs the port of Asterisk and Asterisk that of the provider: it is told later.
    provider = SippPhone(Address("127.0.0.1", 0), folder, host=PROVIDER_HOST)
    pbx = await make_pbx(of, provider.address.port, ("100", "101"))
    node = EmbeddedAsterisk(of, binary)
    await node.start()
    provider.server = Address("127.0.0.1", node.address.ports.sip)
    async with provider:
        yield Survivors(node, pbx, provider, folder)
    await node.stop()
    await asyncio.to_thread(shutil.rmtree, folder)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(3 * PATIENCE):
        while True:
            if await condition():
                return
            await asyncio.sleep(POLL)


async def test_given_a_new_home_when_started_then_everything_answers_and_only_loopback_listens(
    node: EmbeddedAsterisk,
) -> None:
    await node.start()

    assert node.adopted is False
    assert "22.10.1" in await node.command("core show version")
    endpoints = await node.command("pjsip show endpoints")
    assert "u100aaaaaa" in endpoints
    assert TRUNK in endpoints
    said = await asyncio.to_thread(node.layout.output.read_text)
    assert "ERROR" not in said
    for path in node.layout.etc.iterdir():
        assert path.stat().st_mode & 0o077 == 0


async def test_given_postgresql_when_started_then_devices_and_trunks_are_read_from_it(
    home: Path, binary: AsteriskBinary
) -> None:
    async with running_postgres() as server:
        database = await server.create(migrated=True)
        of = settings(home).model_copy(update={"database_url": server.url(database)})
        pbx = await make_pbx(of, 5999, ("100",))
        node = EmbeddedAsterisk(of, binary)
        try:
            await node.start()
            shown = await node.command("pjsip show endpoints")
            async with SippPhone(
                Address("127.0.0.1", node.address.ports.sip), home, pbx.accounts["100"]
            ) as phone:
                await phone.register()
            said = await asyncio.to_thread(node.layout.output.read_text)
        finally:
            await node.stop()
    assert TRUNK in shown
    assert "u100aaaaaa/100" in shown
    assert "ERROR" not in said


async def test_given_a_running_asterisk_when_a_second_orchestrator_starts_then_it_is_adopted(
    node: EmbeddedAsterisk, binary: AsteriskBinary, home: Path
) -> None:
    await node.start()

    second = EmbeddedAsterisk(settings(home), binary)
    await second.start()

    assert second.adopted is True
    assert second.pid == node.pid
    assert second.address == node.address


async def test_given_an_orchestrator_killed_with_9_when_it_is_back_then_asterisk_still_runs(
    node: EmbeddedAsterisk, home: Path
) -> None:
    script = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from orchestrator.asterisk.fetch import find_asterisk\n"
        "from orchestrator.asterisk.runtime import EmbeddedAsterisk\n"
        "from tests.asterisk.pbx import settings\n"
        "async def main() -> None:\n"
        "    of = settings(Path(sys.argv[1]))\n"
        "    node = EmbeddedAsterisk(of, find_asterisk(of))\n"
        "    await node.start()\n"
        "    print(node.pid, flush=True)\n"
        "    await node.run()\n"
        "asyncio.run(main())\n"
    )
    orchestrator = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(home), stdout=asyncio.subprocess.PIPE
    )
    assert orchestrator.stdout is not None
    try:
        async with asyncio.timeout(3 * PATIENCE):
            while not (line := await orchestrator.stdout.readline()).strip().isdigit():
                assert line, "the orchestrator ended"
    finally:
        orchestrator.kill()
        await orchestrator.wait()

    await node.start()

    assert node.adopted is True
    assert node.pid == int(line)


async def test_given_a_changed_setting_when_adopted_then_only_its_module_is_reloaded(
    node: EmbeddedAsterisk, binary: AsteriskBinary, home: Path
) -> None:
    await node.start()
    changed = settings(home).model_copy(update={"rtp_start": 20000, "rtp_end": 20100})

    await EmbeddedAsterisk(changed, binary).start()

    shown = await node.command("rtp show settings")
    assert "20000" in shown
    assert "20100" in shown


async def test_given_a_crash_when_watched_then_it_is_started_again_on_the_same_ports(
    node: EmbeddedAsterisk,
) -> None:
    await node.start()
    before, address = node.pid, node.address
    watch = asyncio.create_task(node.run())
    os.kill(before, signal.SIGKILL)

    async def restarted() -> bool:
        """Another process that takes commands."""
        if node.pid == before:
            return False
        try:
            return "booted" in await node.command("core waitfullybooted")
        except Unavailable:
            return False

    await until(restarted)

    assert node.restarts == 1
    assert node.address == address
    await node.stop()
    await asyncio.wait_for(watch, PATIENCE)
    with pytest.raises(Unavailable):
        _ = node.pid


async def test_given_a_note_of_a_process_id_that_is_now_another_program_then_it_is_left_alone(
    node: EmbeddedAsterisk,
) -> None:
    node.layout.make()
    node.layout.process.write_text(
        f'{{"pid": {os.getpid()}, "start_time": 1, '
        '"ports": {"sip": 1, "sip_tls": 2, "http": 3, "manager": 4}}'
    )

    await node.start()

    assert node.adopted is False
    assert node.pid != os.getpid()


async def test_given_a_port_in_use_when_started_then_the_port_and_the_setting_are_named(
    home: Path, binary: AsteriskBinary
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        of = Settings(**(settings(home).model_dump(exclude={"sip_port"}) | {"sip_port": port}))
        with pytest.raises(Misconfigured, match=rf"{port}.*CENTRALE_SIP_PORT"):
            await EmbeddedAsterisk(of, binary).start()


async def test_given_modules_that_do_not_load_when_started_then_what_asterisk_said_is_told(
    home: Path, binary: AsteriskBinary
) -> None:
    broken = EmbeddedAsterisk(settings(home), replace(binary, modules=home))
    with pytest.raises(Misconfigured, match=r"ended at its start \(status \d\).*module"):
        await broken.start()
    assert find_running(broken.layout) is None


async def test_when_a_phone_is_notified_then_it_gets_event_type_and_body(
    node: EmbeddedAsterisk,
) -> None:
    await node.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(PATIENCE)
        lamp = Notify(
            "message-summary",
            "application/simple-message-summary",
            "Messages-Waiting: yes\nVoice-Message: 1/0 (0/0)",
        )
        async with AmiClient.connect(node.address) as ami:
            await ami.notify_uri(f"sip:x@127.0.0.1:{phone.getsockname()[1]}", lamp)
        heard = (await asyncio.to_thread(phone.recv, 65535)).decode()
    assert heard.startswith("NOTIFY ")
    assert "Event: message-summary\r\n" in heard
    assert "Content-Type: application/simple-message-summary\r\n" in heard
    assert heard.partition("\r\n\r\n")[2].split("\r\n")[:2] == lamp.content.split("\n")


async def test_when_hints_of_a_tenant_are_added_twice_then_one_pattern_is_there(
    node: EmbeddedAsterisk,
) -> None:
    await node.start()
    async with AmiClient.connect(node.address) as ami:
        await ami.add_hints("acme")
        await ami.add_hints("acme")
        with pytest.raises(ValueError, match="tenant"):
            await ami.add_hints("acme\r\nAction: Originate")
        with pytest.raises(AmiRefused):
            await ami.reload("no_such_module")
        assert await ami.registrations() == []
    assert "Stasis:acme-${EXTEN}" in await node.command("dialplan show hints-acme")


async def test_given_no_orchestrator_when_a_phone_calls_another_then_they_talk_and_it_is_noted(
    survivors: Survivors,
) -> None:
    async with await survivors.phone("100") as caller, await survivors.phone("101") as callee:
        await callee.answer()
        call = await caller.call("101", talk_ms=1500, ended_by="us")
        await call.finished()

    (noted,) = await survivors.notes(1)
    assert (noted.tenant, noted.caller, noted.dialled) == ("acme", "100", "101")
    assert noted.endpoint == "u100aaaaaa"
    assert noted.status == "ANSWER"
    assert noted.answered_at is not None
    assert noted.started_at <= noted.answered_at <= noted.ended_at
    assert noted.id.startswith("node1-")


async def test_given_no_orchestrator_when_the_other_is_busy_then_the_caller_hears_so(
    survivors: Survivors,
) -> None:
    async with await survivors.phone("100") as caller, await survivors.phone("101") as callee:
        await callee.refuse("486 Busy Here")
        await caller.call_refused("101", 486)

    (noted,) = await survivors.notes(1)
    assert (noted.status, noted.answered_at) == ("BUSY", None)


async def test_given_no_orchestrator_when_an_emergency_number_is_called_then_the_trunk_carries_it(
    survivors: Survivors,
) -> None:
    async with await survivors.phone("100") as caller:
        control_room = await survivors.provider.answer()
        call = await caller.call("112", talk_ms=300, ended_by="us")
        await call.finished()
        (invite,) = control_room.received("INVITE")
        await control_room.stop()

    assert invite.user == "112"
    # The provider is told the main number, for it does not know our extensions.
    assert invite.caller == survivors.pbx.main_number
    (noted,) = await survivors.notes(1)
    assert (noted.dialled, noted.status) == ("112", "ANSWER")


async def test_given_no_orchestrator_when_an_outside_number_is_called_then_a_prompt_and_503(
    survivors: Survivors,
) -> None:
    async with await survivors.phone("100") as caller:
        heard = await caller.call_refused("0205555555", 503)
    assert any(message.status == 183 for message in heard)
    (noted,) = await survivors.notes(1)
    assert noted.status == "UNKNOWN"


async def test_given_no_orchestrator_when_a_direct_number_is_called_then_its_owner_rings(
    survivors: Survivors,
) -> None:
    async with await survivors.phone("100") as owner:
        await owner.answer()
        call = await survivors.provider.call(survivors.pbx.did, talk_ms=300, ended_by="us")
        await call.finished()
    (noted,) = await survivors.notes(1)
    assert (noted.endpoint, noted.status) == (TRUNK, "ANSWER")


async def test_given_no_orchestrator_when_another_number_is_called_then_the_carrier_gets_503(
    survivors: Survivors,
) -> None:
    await survivors.provider.call_refused("+31201111111", 503)
    (noted,) = await survivors.notes(1)
    assert (noted.dialled, noted.status) == ("+31201111111", "UNKNOWN")


@pytest.mark.parametrize("number", ["1", "*", "+31.", "i", "a'--", "9%27%20OR%201"])
async def test_given_no_orchestrator_when_odd_numbers_are_called_then_they_are_refused(
    survivors: Survivors, number: str
) -> None:
    async with await survivors.phone("100") as caller:
        heard = await caller.call_refused(number, 503)
    assert heard
    await survivors.notes(1)


async def test_given_no_orchestrator_when_a_number_begins_with_no_digit_or_letter_then_404(
    survivors: Survivors,
) -> None:
    async with await survivors.phone("100") as caller:
        await caller.call_refused("%27", 404)
    assert await survivors.notes(0) == []
