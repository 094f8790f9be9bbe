"""A visit to a voicemail box: who opened it, and what was read from it."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

import structlog

from orchestrator.calls.call import Call
from orchestrator.errors import CentraleError
from orchestrator.routing.plan import MailboxLine, Person
from orchestrator.routing.voicemail import boxes_of
from orchestrator.voicemail.rules import Waiting

T = TypeVar("T")

log = structlog.get_logger(__name__)

PATIENCE = 5.0
"""Seconds after a menu before it is said again."""
ROUNDS = 3
"""So often a menu is said to somebody who presses nothing."""
# Longer than the database takes while it is well; the caller waits in silence.
_DATABASE_SECONDS = 4.0


class Visit:
    """`opener` is who keyed in the own PIN; None: the PIN of a ring group's box was."""

    def __init__(self, call: Call, box: MailboxLine, opener: Person | None) -> None:
        self.call = call
        self.opener = opener
        self.deleted: set[str] = set()
        self._owner = box.owner
        self._box = box
        self._messages: Sequence[Waiting] = ()
        self._heard: set[str] = set()
        self._told: tuple[str, ...] = ()

    def tell(self, said: tuple[str, ...]) -> None:
        """Have `said` spoken before the next page, so that a key that comes early is heard."""
        self._told += said

    def told(self) -> tuple[str, ...]:
        """What is to be spoken first, once."""
        told, self._told = self._told, ()
        return told

    @property
    def box(self) -> MailboxLine:
        """The box as it is now; as it was if it is gone meanwhile."""
        return self.call.tenant.mailboxes.get(self._owner, self._box)

    async def read(self) -> bool:
        """Read the messages; False when they cannot be read now."""
        found = await within(self.call.ports.boxes.messages(self.call.tenant.id, self.box))
        if found is not None:
            self._messages = [message for message in found if message.id not in self.deleted]
        return found is not None

    def is_heard(self, message: Waiting) -> bool:
        return message.heard or message.id in self._heard

    def listened(self, message: Waiting) -> None:
        """The caller hears `message` now."""
        if not self.is_heard(message):
            self._heard.add(message.id)
            self.call.ports.boxes.heard(self.call.tenant.id, message.id)

    def those(self, *, heard: bool) -> list[Waiting]:
        """The messages that were heard before, the newest first; or the new ones as they came."""
        found = [message for message in self._messages if self.is_heard(message) is heard]
        return found[::-1] if heard else found

    @property
    def new(self) -> int:
        return len(self.those(heard=False))

    @property
    def old(self) -> int:
        return len(self.those(heard=True))

    def next_box(self) -> None:
        """Go on to the box of a ring group that the opener is in, and at last back to the own."""
        owners = boxes_of(self.call.tenant, self.opener.id) if self.opener else ()
        if self._owner in owners:
            following = owners[(owners.index(self._owner) + 1) % len(owners)]
            self._owner, self._box = following, self.call.tenant.mailboxes[following]

    def throw_away(self) -> None:
        """Delete what the caller deleted."""
        if self.deleted:
            self.call.ports.boxes.discard(self.call.tenant.id, sorted(self.deleted))


async def within(work: Awaitable[T]) -> T | None:
    """What `work` gives; None when it cannot be done, or not in time."""
    try:
        async with asyncio.timeout(_DATABASE_SECONDS):
            return await work
    except (CentraleError, TimeoutError) as error:
        log.warning("voicemail-menu-failed", error=str(error) or type(error).__name__)
        return None


async def done(work: Awaitable[None]) -> bool:
    """Whether `work` could be done in time."""

    async def carry_out() -> bool:
        await work
        return True

    return bool(await within(carry_out()))
