"""A SIP phone, and a SIP trunk provider, that do exactly what a test tells them."""

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from tests.phones.ports import free_udp_port
from tests.phones.sipp import Field, Script, SippRun, start
from tests.phones.transfer import Consultation
from tests.phones.wire import PATIENCE, Address, Message, PhoneFailed

EndedBy = Literal["us", "them"]
LONG = 120_000  # Milliseconds after which a call that nobody ends is a failure.


@dataclass(frozen=True, slots=True)
class Account:
    """The SIP identity of a device."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Caller:
    """What a phone or provider shows as the caller, and headers it adds to its INVITE.

    `to` is the To header, "" the usual one: that of the address it calls.
    """

    number: str = ""
    name: str = ""
    headers: Sequence[str] = ()
    to: str = ""


class SippPhone:
    """One line: registers on its own port, takes calls there, makes calls from others.

    Use as `async with`; leaving it ends every process that is still running
    and unregisters. An `account`
    of None is a trunk provider: known by its address `host`, never challenged.
    """

    def __init__(
        self,
        server: Address,
        folder: Path,
        account: Account | None = None,
        *,
        name: str = "",
        host: str = "127.0.0.1",
    ) -> None:
        self.server = server
        self.account = account
        self.name = name or (account.username if account else "provider")
        self.address = Address(host, free_udp_port(host))
        self._folder = folder / f"{self.name}-{self.address.port}"
        self._numbers = itertools.count(1)
        self._runs: list[SippRun] = []
        self._registered = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.gather(*(run.kill() for run in self._runs))
        if self._registered:
            # A contact left behind would be called in the next test. A server that is gone
            # has none: that is for the test to judge, not for the farewell.
            with suppress(PhoneFailed):
                await self.register(expires=0)

    async def register(self, *, expires: int = 300, expect: int = 200) -> list[Message]:
        """Register this line (`expires=0`: unregister); `expect` is the final code."""
        fields: dict[str, Field] = {"expires": expires, "expect": expect}
        run = await self._start("register", fields, port=self.address.port)
        messages = await run.finished(PATIENCE)
        self._registered = expect == 200 and expires > 0
        return messages

    async def answer(
        self,
        *,
        ring_ms: int = 0,
        talk_ms: int = LONG,
        ended_by: EndedBy = "them",
        rival: bool = False,
    ) -> SippRun:
        """Ring, answer after `ring_ms`; hang up after `talk_ms`, or wait that long for a BYE.

        The test ends what is LONG: `end_ringing` answers, and a call ended by us `hang_up` ends.
        `rival`: another phone answers in the same moment. SIPp gives up a call when the CANCEL
        comes just before it sends its answer; so it overhears that one, and the answer crosses
        the CANCEL when it is repeated, as on a slow network.
        """
        fields: dict[str, Field] = {
            "ring_ms": max(ring_ms, 1),
            "talk_ms": talk_ms,
            "ended_by": ended_by,
            "after_ringing": 1,
        }
        options = ("-default_behaviors", "all,-abortunexp") if rival else ()
        return await self._listen("answer", fields, options)

    async def answer_pressing(
        self, keys: str, *, ring_ms: int = 0, gap_ms: int = LONG, talk_ms: int = LONG
    ) -> SippRun:
        """Ring, answer, press each of `keys` (SIP INFO), wait for a BYE.

        Each key is pressed by `go_on`, and at the latest after `gap_ms`.
        """
        fields: dict[str, Field] = {
            "ring_ms": max(ring_ms, 1),
            "keys": list(keys),
            "gap_ms": gap_ms,
            "talk_ms": talk_ms,
            "after_ringing": 1,
        }
        return await self._listen("answer_pressing", fields)

    async def ring(self, *, at_most_ms: int = LONG) -> SippRun:
        """Ring and never answer; the caller's side must cancel within `at_most_ms`."""
        return await self._listen("ring", {"ring_ms": at_most_ms, "after_ringing": 0})

    async def refuse(self, status: str = "486 Busy Here", *, ring_ms: int = 0) -> SippRun:
        """Refuse every call with `status`, at once or after ringing for `ring_ms`.

        `end_ringing` refuses before that.
        """
        fields: dict[str, Field] = {"status": status, "ring_ms": ring_ms, "after_ringing": 1}
        return await self._listen("refuse", fields)

    async def announce(self, status: str, *, early_ms: int, sound: bool = True) -> SippRun:
        """Open early media (183) for `early_ms`, as an announcement does, then refuse.

        Without `sound` nothing but 100 Trying is heard of the provider in that time.
        """
        fields: dict[str, Field] = {"status": status, "early_ms": early_ms, "sound": sound}
        return await self._listen("early", fields)

    async def call(
        self,
        number: str,
        *,
        talk_ms: int = LONG,
        ended_by: EndedBy = "them",
        caller: Caller | None = None,
    ) -> SippRun:
        """Call and expect an answer; hang up after `talk_ms`, or wait that long for a BYE.

        A call ended by us that is to last until the test says so: `hang_up` ends it.
        """
        fields: dict[str, Field] = {"talk_ms": talk_ms, "ended_by": ended_by}
        return await self._dial("call", number, fields, caller)

    async def call_refused(
        self, number: str, code: int, *, caller: Caller | None = None
    ) -> list[Message]:
        """Call and expect the final refusal `code`."""
        run = await self._dial("call_refused", number, {"expect": code}, caller)
        return await run.finished(3 * PATIENCE)

    async def call_cancelled(self, number: str, *, ringing: int = 180) -> SippRun:
        """Call, wait for `ringing` (180 or 183), give up by `end_ringing`."""
        fields: dict[str, Field] = {"ring_ms": LONG, "ringing": ringing}
        return await self._dial("call_cancelled", number, fields)

    async def call_held(self, number: str) -> SippRun:
        """Call and talk; `go_on` holds (sendonly), `go_on` takes back, `hang_up` hangs up."""
        return await self._dial("call_held", number, {"step_ms": LONG})

    async def call_transferred(
        self, number: str, to: str, *, talk_ms: int = 100, expect: int = 202
    ) -> SippRun:
        """Call `number`, then send that party on to `to` with a blind REFER.

        If the other side does not end the call thereafter, `hang_up` does.
        """
        fields: dict[str, Field] = {
            "attended": 0,
            "refer_to_uri": self._uri(to),
            "talk_ms": talk_ms,
            "notify_ms": LONG,
            "expect": expect,
        }
        return await self._dial("call_transferred", number, fields)

    async def call_transferred_attended(
        self, number: str, to: str, *, expect: int = 202
    ) -> tuple[SippRun, SippRun]:
        """Call `number`, call `to`, connect the two with REFER and Replaces: both our runs."""
        async with Consultation() as consultation:
            fields: dict[str, Field] = {"attended": 1, "notify_ms": LONG, "expect": expect}
            options = ["-3pcc", f"127.0.0.1:{consultation.port}"]
            first = await self._dial("call_transferred", number, fields, options=options)
            await consultation.answered()
            second = await self.call(to)
            ours = await second.until_sent("ACK", count=2 if self.account else 1)
            await consultation.refer(self._uri(to), ours)
            await first.until_received(str(expect))
        return first, second

    async def call_transferred_onto_itself(self, number: str) -> SippRun:
        """Call `number`, then send a REFER whose Replaces names that very call."""
        async with Consultation() as consultation:
            fields: dict[str, Field] = {"attended": 1, "notify_ms": LONG, "expect": 202}
            options = ["-3pcc", f"127.0.0.1:{consultation.port}"]
            run = await self._dial("call_transferred", number, fields, options=options)
            await consultation.answered()
            ours = await run.until_sent("ACK", count=2 if self.account else 1)
            await consultation.refer(self._uri(number), ours)
            await run.until_received("202")
        return run

    def _uri(self, number: str) -> str:
        return f"sip:{number}@{self.server.host}:{self.server.port}"

    async def _listen(
        self, scenario: str, fields: dict[str, Field], options: Sequence[str] = ()
    ) -> SippRun:
        port = self.address.port
        return await self._start(scenario, fields, port=port, calls=0, options=options)

    async def _dial(
        self,
        scenario: str,
        number: str,
        fields: dict[str, Field],
        caller: Caller | None = None,
        options: Sequence[str] = (),
    ) -> SippRun:
        caller = caller or Caller()
        shown = caller.number or (self.account.username if self.account else "anonymous")
        name = f'"{caller.name}" ' if caller.name else ""
        common: dict[str, Field] = {
            "target_uri": self._uri(number),
            "to_header": caller.to or f"<{self._uri(number)}>",
            "from_header": f"{name}<sip:{shown}@{self.server.host}>",
            "headers": caller.headers,
            "cseq": 2 if self.account else 1,
        }
        return await self._start(scenario, common | fields, options=options)

    async def _start(
        self,
        scenario: str,
        fields: dict[str, Field],
        *,
        port: int = 0,
        calls: int = 1,
        options: Sequence[str] = (),
    ) -> SippRun:
        who: dict[str, Field] = {"user": self.name, "auth": ""}
        if self.account:
            who["user"] = self.account.username
            who["auth"] = (
                f"[authentication username={self.account.username} "
                f"password={self.account.password}]"
            )
        script = Script(
            scenario, who | fields, host=self.address.host, port=port, calls=calls, options=options
        )
        folder = self._folder / f"{next(self._numbers):02}-{scenario}"
        run = await start(script, self.server, folder)
        self._runs.append(run)
        return run
