"""The mailer: takes mails at once, sends them one after the other, and does not give up quickly.

    post() ──> waiting ──due──> attempt ──> sent
                  ^                │ └────> refused, or too old: event 50026
                  └── pause ───────┘

What waits is in memory: a mail is lost when the orchestrator stops before the server took it.
"""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass

import structlog

from orchestrator.clock import Clock
from orchestrator.events.rules import EventLevel, Events
from orchestrator.events.service import NewEvent
from orchestrator.mail.delivery import Refused, SmtpServer, TryLater, deliver
from orchestrator.mail.message import Mail, written

log = structlog.get_logger(__name__)

MAX_WAITING = 1_000
"""Messages that wait; beyond it new ones are dropped, and the log says so."""

PAUSES = (5.0, 15.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 3600.0, 3600.0)
"""Seconds before the second, third… attempt: a server that greylists takes it after minutes, one
that is down has some hours."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail to one reader, and how often it was tried."""

    mail: Mail
    to: str
    attempts: int = 0


class Mailer:
    """`post()` never waits and never fails; `run()` sends, as a task of `bootstrap.py`.

    `server` None: nothing is sent, which is said once, in the event log.
    """

    def __init__(
        self,
        server: SmtpServer | None,
        clock: Clock,
        post: Callable[[NewEvent], None],
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._server = server
        self._clock = clock
        self._post = post
        self._pauses = pauses
        self._waiting: list[tuple[float, int, _Letter]] = []
        self._count = itertools.count()
        self._wake = asyncio.Event()
        self._warned = False

    def post(self, mail: Mail) -> None:
        """Have `mail` sent soon, to each of its readers in a message of its own."""
        if self._server is None:
            self._warn()
            return
        for to in mail.to:
            self._keep(_Letter(mail, to), pause=0.0)

    @property
    def waiting(self) -> int:
        """Messages that were not sent yet."""
        return len(self._waiting)

    async def run(self) -> None:
        """Send what was posted, for ever."""
        while True:
            letter = await self._next()
            if self._server is not None:
                await self._attempt(self._server, letter)

    async def _next(self) -> _Letter:
        """The letter that is due first, once it is due."""
        while True:
            self._wake.clear()
            pause = None
            if self._waiting:
                pause = self._waiting[0][0] - self._clock.monotonic()
                if pause <= 0:
                    return heapq.heappop(self._waiting)[2]
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _attempt(self, server: SmtpServer, letter: _Letter) -> None:
        try:
            message = await asyncio.to_thread(written, letter.mail, letter.to, server.sender)
            await _alone(deliver(server, message))
        except Refused as error:
            self._give_up(letter, str(error))
        except TryLater as error:
            if letter.attempts >= len(self._pauses):
                self._give_up(letter, str(error))
                return
            pause = self._pauses[letter.attempts]
            log.info("mail-postponed", template=letter.mail.template, seconds=pause)
            self._keep(_Letter(letter.mail, letter.to, letter.attempts + 1), pause)
        else:
            log.info("mail-sent", template=letter.mail.template)
            letter.mail.taken(letter.to)

    def _keep(self, letter: _Letter, pause: float) -> None:
        if len(self._waiting) >= MAX_WAITING:
            log.warning("mail-dropped-too-many-wait", template=letter.mail.template)
            return
        due = self._clock.monotonic() + pause
        heapq.heappush(self._waiting, (due, next(self._count), letter))
        self._wake.set()

    def _give_up(self, letter: _Letter, why: str) -> None:
        details = {"to": letter.to, "template": letter.mail.template.value, "answer": why[:200]}
        message = f"A mail to {letter.to} was not taken by the mail server."
        self._post(NewEvent(Events.MAIL_FAILED, message, details=details))

    def _warn(self) -> None:
        if not self._warned:
            self._warned = True
            message = "A mail should be sent, and no mail server is set."
            self._post(NewEvent(Events.MAIL_FAILED, message, level=EventLevel.WARNING))


async def _alone(delivery: Coroutine[None, None, None]) -> None:
    """Run `delivery` in a task of its own.

    Before Python 3.12 `asyncio.wait_for`, which the SMTP library uses, may swallow a cancellation
    (cpython#86296): the mailer would go on for ever after it was told to stop.
    """
    task = asyncio.create_task(delivery, name="mail-delivery")
    try:
        await asyncio.wait({task})
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    task.result()
