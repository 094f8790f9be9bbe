"""A phone with sound: baresip, steered over its TCP control port.

It plays a tone as its microphone and records what it hears, so that a test can tell by
frequency who hears whom. baresip 1.0 has no attended transfer of its own; its REFER with
Replaces is put together from the dialogs in its SIP trace.
"""

import asyncio
import json
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypedDict

from tests.phones.phone import Account
from tests.phones.ports import free_tcp_port, free_udp_port
from tests.phones.wire import (
    PATIENCE,
    POLL,
    Address,
    Message,
    OnTheWire,
    PhoneFailed,
    parse,
    text_of,
)
from tests.tones import Sound, heard, read_wav, sine, write_wav
from tests.tools import folder_of, tool

TRACE_SHOWN = 12_000
TONE_SECONDS = 300  # baresip ends the call when its source file ends.
MEDIA_PORTS = 7  # Behind the first: two for each call.
_TRACED = re.compile(r"\x1b\[36;1m#\n(?:UDP|TCP|TLS) (\S+) -> \S+\n(.*?)\x1b\[;m", re.DOTALL)
_CALL = re.compile(r"\[line (\d+)\]\s+[\d:]+\s+(\S+)\s+(\(on hold\)\s+)?(\S+)")


class Event(TypedDict, total=False):
    """What baresip tells: `type` is CALL_INCOMING, CALL_RINGING, CALL_ESTABLISHED and so on."""

    type: str
    direction: str
    peeruri: str
    id: str
    param: str


@dataclass(frozen=True, slots=True)
class Line:
    """One call on the phone: its line, state (`ESTABLISHED`, `INCOMING`...), and who is there."""

    number: int
    state: str
    held: bool
    peer: str


@dataclass(frozen=True, slots=True)
class Link:
    """How the phone reaches its server, and from which address. `authority` is the file of
    certificates it trusts."""

    transport: Literal["udp", "tcp", "tls"] = "udp"
    srtp: bool = False
    authority: Path | None = None
    host: str = "127.0.0.1"


_PLAIN = Link()


class BaresipPhone(OnTheWire):
    """One phone with one account. Use as `async with`: it starts, registers, and goes away.

    An account without a password belongs to somebody of the outside world: it does not register,
    and is known by its address.
    """

    def __init__(
        self,
        server: Address,
        folder: Path,
        account: Account,
        *,
        tone: float = 440.0,
        link: Link = _PLAIN,
    ) -> None:
        self.server = server
        self.link = link
        self.account = account
        self.tone = tone
        self.events: list[Event] = []
        self.address = Address(link.host, free_udp_port(link.host))
        self._control = Address("127.0.0.1", free_tcp_port())
        self._folder = folder / f"baresip-{account.username}-{self.address.port}"
        self._answers: dict[str, asyncio.Future[str]] = {}
        self._heard_before: dict[Path, int] = {}

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._write_files)
        with (self._folder / "output.log").open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *tool("baresip"), "-4", "-s", "-f", str(self._folder),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self._folder,
            )  # fmt: skip
        try:
            self._reader, self._writer = await self._connect()
            self._listener = asyncio.create_task(self._listen(), name="baresip events")
            if self.account.password:
                await self.until_received("200 REGISTER")
        except BaseException:
            await self._kill()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Unregister and end, hanging up what is left."""
        if self._process.returncode is None:
            self._process.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), 3)
        await self._kill()
        self._writer.close()
        self._listener.cancel()
        with suppress(asyncio.CancelledError):
            await self._listener

    async def _kill(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    # What a person does with the phone.

    async def dial(self, number: str) -> None:
        """Start a call; `until_event("CALL_ESTABLISHED")` tells of the answer."""
        await self._fresh_recording()
        await self._do("dial", self._uri(number))

    async def answer(self) -> None:
        """Wait until the phone rings, answer, wait until the call is up."""
        await self.until_line("INCOMING")
        await self._fresh_recording()
        await self._do("accept")
        await self.until_line("ESTABLISHED")

    async def hang_up(self) -> None:
        """End or refuse the current call."""
        await self._do("hangup")

    async def hold(self) -> None:
        """Put the current call on hold, once it is up here too: the answer is still under way
        when the other side says that it has answered."""
        await self.until_line("ESTABLISHED")
        await self._do("hold")

    async def resume(self) -> None:
        """Take the current call back from hold."""
        await self._do("resume")

    async def select(self, line: int) -> None:
        """Make the call on `line` (from 1) the current one."""
        await self._do("line", str(line))

    async def press(self, keys: str) -> None:
        """Send DTMF keys in the current call (RFC 4733), as people do: not in its first moment.

        Asterisk learns where the sound of a call comes from in its first packets, and on a busy
        machine takes a key of that time twice.
        """
        await self._hear_something()
        for key in keys:
            await self._do("sndcode", key)

    async def _hear_something(self, *, seconds: float = 0.5) -> None:
        """Wait for sound, but not for ever: some calls have none."""
        deadline = asyncio.get_running_loop().time() + 4 * seconds
        while asyncio.get_running_loop().time() < deadline:
            if self.recording().seconds >= seconds:
                return
            await asyncio.sleep(POLL)

    async def transfer(self, number: str) -> None:
        """Send the other party of the current call, once it is up here, on to `number` (blind)."""
        await self.until_line("ESTABLISHED")
        await self._do("transfer", self._uri(number))

    async def transfer_attended(self, *, first: int = 1, second: int = 2) -> None:
        """Connect the parties of two lines with each other: REFER on `first`, Replaces `second`.

        The lines count the calls of this phone in the order of their INVITEs. The second was
        made by this phone, and may still ring.
        """
        dialogs: dict[str, Message] = {}
        for message in self.messages():
            call = message.headers["call-id"]
            begun = not message.sent and message.matches("180 INVITE")
            confirmed = message.sent and message.matches("ACK")
            # A call has the place of its first INVITE: on a busy machine the ACK of a hold in
            # the first call comes after the second call rings.
            if message.matches("INVITE"):
                dialogs.setdefault(call, message)
            elif (begun or confirmed) and message.tag("to"):
                # Refused INVITEs are followed by their successors: the last word counts.
                dialogs[call] = message
        dialog = list(dialogs.values())[second - 1]
        call_id, ours, theirs = dialog.headers["call-id"], dialog.tag("from"), dialog.tag("to")
        replaces = f"{call_id}%3Bto-tag%3D{theirs}%3Bfrom-tag%3D{ours}".replace("@", "%40")
        target = re.search(r"sip:([^@>;]*)@", dialog.headers["to"])
        assert target is not None
        await self.select(first)
        await self._do("transfer", f"{self._uri(target.group(1))}?Replaces={replaces}")

    # What a person sees and hears.

    async def lines(self) -> list[Line]:
        """The calls on the phone, by line."""
        text = re.sub(r"\x1b\[[0-9;]*m", "", await self._do("listcalls"))
        return [
            Line(int(number), state, bool(held), peer)
            for number, state, held, peer in _CALL.findall(text)
        ]

    async def until_line(self, state: str, *, timeout: float = PATIENCE) -> Line:
        """Wait until some line is in `state`: INCOMING, RINGING, EARLY, ESTABLISHED..."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            lines = await self.lines()
            for line in lines:
                if line.state == state:
                    return line
            if asyncio.get_running_loop().time() > deadline:
                raise PhoneFailed(self.story(f"has no line {state}, but {lines}"))
            await asyncio.sleep(2 * POLL)

    async def until_idle(self, *, timeout: float = PATIENCE) -> None:
        """Wait until no call is left on the phone."""
        deadline = asyncio.get_running_loop().time() + timeout
        while lines := await self.lines():
            if asyncio.get_running_loop().time() > deadline:
                raise PhoneFailed(self.story(f"still has {lines}"))
            await asyncio.sleep(2 * POLL)

    async def until_event(self, kind: str, *, count: int = 1, timeout: float = PATIENCE) -> Event:
        """Wait for the `count`-th event of type `kind` since the phone started."""

        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            found = [event for event in self.events if event["type"] == kind]
            if len(found) >= count:
                return found[count - 1]
            if self.over() or asyncio.get_running_loop().time() > deadline:
                raise PhoneFailed(self.story(f"saw no {kind} ({len(found)} of {count})"))
            await asyncio.sleep(POLL)

    def listen_anew(self) -> None:
        """Forget what was heard so far: `hears` tells of what comes from now on."""
        self._heard_before = {file: len(sound.samples) for file, sound in self._recordings()}

    def hears(self, *among: float) -> set[float]:
        """Which of the tones `among` (Hz) this phone heard since `listen_anew`."""
        found: set[float] = set()
        for file, sound in self._recordings():
            start = self._heard_before.get(file, 0)
            found |= heard(Sound(sound.samples[start:], sound.rate), among)
        return found

    async def until_hears(
        self, tone: float, *, among: tuple[float, ...] = (), timeout: float = PATIENCE
    ) -> set[float]:
        """Wait until `tone` is heard; all of the tones heard."""

        deadline = asyncio.get_running_loop().time() + timeout
        while tone not in (found := self.hears(tone, *among)):
            if self.over() or asyncio.get_running_loop().time() > deadline:
                raise PhoneFailed(self.story(f"does not hear {tone} Hz, but {found}"))
            await asyncio.sleep(4 * POLL)
        return found

    async def hears_music(self, *, but: tuple[float, ...], window: float = 0.5) -> bool:
        """Whether for the next `window` seconds it hears sound, and none of the tones `but`."""
        self.listen_anew()
        await asyncio.sleep(window)
        files = list(self._recordings())
        if not files:
            return False
        file, sound = files[-1]
        fresh = sound.samples[self._heard_before.get(file, 0) :]
        enough = len(fresh) > window * sound.rate / 2
        loud = sum(abs(sample) for sample in fresh) > 50 * len(fresh)
        return enough and loud and not self.hears(*but)

    def recording(self) -> Sound:
        """All that was heard in the last call."""
        recordings = self._recordings()
        return recordings[-1][1] if recordings else Sound([])

    def over(self) -> bool:
        """Whether baresip has ended."""
        return self._process.returncode is not None

    def messages(self) -> list[Message]:
        """Everything on the wire so far, oldest first."""
        # Over TCP we send from any port; the server's is always the same.
        theirs = f"{self.server.host}:{self.server.port}"
        found = _TRACED.findall(text_of(self._folder / "output.log").replace("\r\n", "\n"))
        messages = (parse(text, sent=source != theirs) for source, text in found)
        return [message for message in messages if message]

    def story(self, what: str) -> str:
        """The phone, `what` happened, its events and its output."""
        events = [f"{event['type']} {event.get('param', '')}" for event in self.events[-30:]]
        output = text_of(self._folder / "output.log")[-TRACE_SHOWN:]
        return f"baresip {self.account.username} {what}\nevents: {events}\n{output}"

    # How it works.

    def _uri(self, number: str) -> str:
        return f"sip:{number}@{self.server.host}:{self.server.port};transport={self.link.transport}"

    async def _fresh_recording(self) -> None:
        """Wait for a second without a recording: baresip names the file after it, and would
        write two calls into one."""
        if list(self._folder.glob(f"dump-{time.strftime('%Y-%m-%d-%H-%M-%S')}-*.wav")):
            await asyncio.sleep(1 - time.time() % 1)

    def _recordings(self) -> list[tuple[Path, Sound]]:
        files = sorted(self._folder.glob("dump-*-dec.wav"))
        return [(file, read_wav(file)) for file in files]

    def _write_files(self) -> None:
        self._folder.mkdir(parents=True)
        tone = write_wav(self._folder / "tone.wav", _lasting(self.tone))
        media = free_udp_port(self.address.host)
        who, where = self.account, f"{self.server.host}:{self.server.port}"
        (self._folder / "accounts").write_text(
            f"<sip:{who.username}@{where};transport={self.link.transport}>;"
            f"auth_user={who.username};auth_pass={who.password};"
            f"regint={300 if who.password else 0};answermode=manual;audio_codecs=pcmu"
            f"{';mediaenc=srtp-mand' if self.link.srtp else ''}\n"
        )
        config = {
            "poll_method": "epoll",
            "sip_listen": f"{self.address.host}:{self.address.port}",
            "net_interface": self.address.host,
            "rtp_ports": f"{media}-{media + MEDIA_PORTS}",
            # No jitter buffer: it stops for good when a transfer changes the numbering.
            "jitter_buffer_delay": "0-0",
            "call_max_calls": "8",
            "call_local_timeout": "120",
            "audio_path": str(self._folder),
            "audio_source": f"aufile,{tone}",
            # Relative, for baresip cuts the name of a recording off after 127 characters.
            "snd_path": ".",
            "module_path": str(folder_of("baresip", "usr/lib/baresip/modules")),
            "module_tmp": "account.so",
            "ctrl_tcp_listen": f"{self._control.host}:{self._control.port}",
        }
        if self.link.authority:
            config["sip_cafile"] = str(self.link.authority)
        modules = [f"module {name}.so" for name in ("g711", "aufile", "sndfile", "srtp")]
        applications = [f"module_app {name}.so" for name in ("menu", "ctrl_tcp")]
        lines = [f"{name} {value}" for name, value in config.items()]
        (self._folder / "config").write_text("\n".join([*lines, *modules, *applications, ""]))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            with suppress(ConnectionRefusedError):
                return await asyncio.open_connection(self._control.host, self._control.port)
            over = self._process.returncode is not None
            if over or asyncio.get_running_loop().time() > deadline:
                raise PhoneFailed(self.story("did not start"))
            await asyncio.sleep(2 * POLL)

    async def _listen(self) -> None:
        """Read netstrings until the phone closes: answers to commands, and events."""
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                length = int((await self._reader.readuntil(b":"))[:-1])
                text = (await self._reader.readexactly(length + 1))[:-1]
                message = json.loads(text)
                if message.get("event"):
                    self.events.append(message)
                elif future := self._answers.pop(message.get("token", ""), None):
                    future.set_result(message["data"])

    async def _do(self, command: str, params: str = "") -> str:
        """Run one command of baresip's menu; its text."""
        token = f"{command}-{len(self._answers)}-{asyncio.get_running_loop().time()}"
        future = asyncio.get_running_loop().create_future()
        self._answers[token] = future
        text = json.dumps({"command": command, "params": params, "token": token}).encode()
        self._writer.write(f"{len(text)}:".encode() + text + b",")
        try:
            async with asyncio.timeout(PATIENCE):
                return str(await future)
        except TimeoutError:
            raise PhoneFailed(self.story(f"does not answer {command}")) from None


def _lasting(tone: float) -> Sound:
    """The tone for longer than any test; a whole number of its waves fits in ten seconds."""
    return Sound([*sine(round(tone, 1), 10).samples] * (TONE_SECONDS // 10))
