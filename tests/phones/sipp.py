"""Runs of SIPp: one scenario, one process, one port, everything on the wire kept."""

import asyncio
import re
import signal
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psutil
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.phones.ports import free_udp_port
from tests.phones.wire import (
    PATIENCE,
    POLL,
    Address,
    Message,
    OnTheWire,
    PhoneFailed,
    read_trace,
    text_of,
)
from tests.tools import tool

SCENARIOS = Path(__file__).parent / "scenarios"
TRACE_SHOWN = 12_000  # Characters of a trace in a failure message.
# SIPp logs this without a line end; the next entry starts with its date.
_PLANNED_TIMEOUT = re.compile(
    r"\d{4}-\d\d-\d\d\t[^\n]*?receive timeout on message [^\n]*?, "
    r"jumping to label \d+?(?=\d{4}-\d\d-\d\d\t|\s|$)"
)
# What comes after the end of its call was sent again by somebody who was slow.
_REPEATED = re.compile(
    r"\d{4}-\d\d-\d\d\t[^\n]*?Dead call [^\n]*?, received '.*?'(?=\d{4}-\d\d-\d\d\t|\s*$)",
    re.DOTALL,
)
# Only a phone with a rival goes on, and Asterisk repeats its CANCEL.
_OVERHEARD = re.compile(
    r"\d{4}-\d\d-\d\d\t[^\n]*?Continuing call on unexpected CANCEL for call: [-\w]+?"
    r"(?=\d{4}-\d\d-\d\d\t|\s|$)"
)

# A field of a scenario: text, a number, a list of extra headers.
Field = str | int | Sequence[str]


@dataclass(frozen=True, slots=True)
class Script:
    """What one process is to do: a scenario file and its fields, from where, how often.

    `calls` is how many calls end the process; 0 keeps it until it is stopped.
    `options` go to SIPp as they are (load: rates, injection files).
    """

    scenario: str
    fields: Mapping[str, Field]
    host: str = "127.0.0.1"
    port: int = 0
    transport: str = "u1"
    calls: int = 1
    options: Sequence[str] = field(default=())


def _transaction(message: Message) -> tuple[str, str]:
    """What an INVITE, its answers and its ACK have in common."""
    return message.headers["call-id"], message.headers["cseq"].split()[0]


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(SCENARIOS),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(script: Script) -> str:
    """The scenario as SIPp reads it."""
    body = _environment().get_template(f"{script.scenario}.xml").render(script.fields)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + body.lstrip()


class SippRun(OnTheWire):
    """A running SIPp. Made by `start`; `finished`, `stop` or `kill` ends it."""

    def __init__(self, script: Script, folder: Path, process: asyncio.subprocess.Process) -> None:
        self.script = script
        self._folder = folder
        self._process = process
        self._steps = 0

    @property
    def address(self) -> Address:
        """Where this process sends from and listens."""
        return Address(self.script.host, self.script.port)

    def messages(self) -> list[Message]:
        """Everything on the wire so far, oldest first."""
        return read_trace(self._folder / "messages.log")

    def over(self) -> bool:
        """Whether SIPp has ended."""
        return self._process.returncode is not None

    async def finished(self, timeout: float = 2 * PATIENCE) -> list[Message]:
        """Wait until the scenario is done as written; its messages. PhoneFailed otherwise."""
        try:
            code = await asyncio.wait_for(self._process.wait(), timeout)
        except TimeoutError:
            await self.kill()
            raise PhoneFailed(self.story(f"was not done after {timeout:g} s")) from None
        if code != 0:
            raise PhoneFailed(self.story(f"ended with exit code {code}"))
        return self.messages()

    async def end_ringing(self) -> None:
        """Have it answer, refuse or give up, as its scenario says, once it rings."""
        await self._go_on("ring", self._ringing)

    async def go_on(self) -> None:
        """Have it take the next step of its scenario in the newest conversation: press a key,
        hold, take back, hang up."""
        await self._go_on("talk", self._talking)

    async def hang_up(self) -> list[Message]:
        """Have it hang up in the newest conversation, if that is the next step; its messages.

        A run of one call is `finished` then.
        """
        before = len(self.sent("BYE"))
        await self.go_on()
        await self.until_sent("BYE", count=before + 1)
        return await self.finished() if self.script.calls == 1 else self.messages()

    async def _go_on(self, what: str, calls: Callable[[], list[Message]]) -> None:
        """Send it the MESSAGE for which scenarios wait, in the call of the last of `calls`.

        It looks like the INVITE of that call, for SIPp takes headers from what came last.
        """
        await self._until(calls, what, 1, PATIENCE)
        call_id = calls()[-1].headers["call-id"]
        invites = [each for each in self.messages() if each.matches("INVITE")]
        headers = [each.headers for each in invites if each.headers["call-id"] == call_id][-1]
        self._steps += 1
        text = (
            f"MESSAGE sip:phone@{self.address.host}:{self.address.port} SIP/2.0\r\n"
            f"Via: {headers['via']}\r\nFrom: {headers['from']}\r\nTo: {headers['to']}\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {self._steps} MESSAGE\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
            ours.sendto(text.encode(), (self.address.host, self.address.port))

    def _ringing(self) -> list[Message]:
        """180 and 183 of calls that have no final answer and were not given up."""
        messages = self.messages()
        over = {
            _transaction(each)
            for each in messages
            if each.method == "CANCEL" or (each.method == "INVITE" and (each.status or 0) >= 200)
        }
        rings = [each for each in messages if each.matches("180") or each.matches("183")]
        return [each for each in rings if _transaction(each) not in over]

    def _talking(self) -> list[Message]:
        """The ACKs of calls that were answered and go on."""
        messages = self.messages()
        over = {each.headers["call-id"] for each in messages if each.matches("BYE")}
        answered = {_transaction(each) for each in messages if each.matches("200 INVITE")}
        acks = [each for each in messages if each.matches("ACK") and _transaction(each) in answered]
        return [each for each in acks if each.headers["call-id"] not in over]

    async def stop(self, timeout: float = 10.0) -> list[Message]:
        """Take no more calls, let those in progress end, then check that none went wrong."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGUSR1)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), timeout)
            await self.kill()
        if self._errors():
            raise PhoneFailed(self.story("saw something its scenario does not allow"))
        return self.messages()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It does nothing meanwhile, as on a machine that is busy; afterwards it finds at once all
        that has come."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """End it at once, as a phone that loses its power; nothing is checked."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    def _errors(self) -> str:
        """What SIPp complains of, less the time-outs by which our scenarios take their turns, less
        what was only sent again, and less what a phone may overhear."""
        text = text_of(self._folder / "errors.log").removeprefix("The following events occurred:")
        for expected in (_REPEATED, _PLANNED_TIMEOUT, _OVERHEARD):
            text = expected.sub("", text)
        return text.strip()

    def story(self, what: str) -> str:
        """Which run, `what` happened, what SIPp says, and the messages."""
        output = text_of(self._folder / "output.log")
        trace = text_of(self._folder / "messages.log") or "(nothing on the wire)"
        return (
            f"SIPp {self.script.scenario} on port {self.script.port} {what}\n"
            f"{self._errors()[-4000:] or output[-2000:]}\n{trace[-TRACE_SHOWN:]}"
        )


async def start(script: Script, server: Address, folder: Path) -> SippRun:
    """Start SIPp towards `server`, with its files in `folder`; returns when it listens."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    port = script.port or free_udp_port(script.host)
    script = Script(
        script.scenario,
        script.fields,
        script.host,
        port,
        script.transport,
        script.calls,
        script.options,
    )
    (folder / "scenario.xml").write_text(render(script))
    with (folder / "output.log").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *_command(script, server, folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
        )
    run = SippRun(script, folder, process)
    await _listening(process, port)
    if process.returncode not in (None, 0, 1):
        # 0 and 1 are verdicts on calls, which the caller asks for; others never came to a call.
        await run.finished()
    return run


def _command(script: Script, server: Address, folder: Path) -> list[str]:
    media = free_udp_port(script.host)
    command = [
        *tool("sipp"), f"{server.host}:{server.port}",
        "-sf", str(folder / "scenario.xml"),
        "-i", script.host, "-p", str(script.port), "-t", script.transport,
        "-mi", script.host, "-mp", str(media),
        "-cid_str", f"%u-%p-{script.port}@%s",
        "-nostdin", "-aa", "-trace_err", "-error_file", str(folder / "errors.log"),
        # A busy machine is no fault of the call.
        "-watchdog_interval", "0",
        *script.options,
    ]  # fmt: skip
    if "-inf" not in script.options:
        command += ["-trace_msg", "-message_file", str(folder / "messages.log")]
    if script.calls:
        command += ["-m", str(script.calls)]
    return command


async def _listening(process: asyncio.subprocess.Process, port: int) -> None:
    """Wait until the process owns `port`, or is already over."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while process.returncode is None:
        with suppress(psutil.NoSuchProcess):
            connections = psutil.Process(process.pid).net_connections("inet")
            if any(each.laddr and each.laddr.port == port for each in connections):
                return
        if asyncio.get_running_loop().time() > deadline:
            raise PhoneFailed(f"SIPp does not listen on port {port}")
        await asyncio.sleep(POLL)
