"""Voicemail as calls see it: who takes a message, and whoever opens a box by telephone.

`orchestrator/voicemail/` does both. What a caller leaves never waits for the database; the menu of
a box does, each time with a deadline of its own.
"""

from collections.abc import Sequence
from typing import Protocol

from orchestrator.errors import Unavailable
from orchestrator.forwarding.rules import Status
from orchestrator.routing.plan import MailboxLine
from orchestrator.types import TenantId
from orchestrator.voicemail.rules import Note, Waiting


class MessageTaker(Protocol):
    """Takes messages that callers leave. Nothing here waits or raises."""

    def full(self, tenant: TenantId) -> bool:
        """Whether the boxes of `tenant` hold all that they may."""

    def begin(self, note: Note) -> bool:
        """A message is about to be recorded; False: it cannot be taken."""

    def finish(self, note: Note) -> None:
        """All was said: check it, and put it into its box."""

    def drop(self, note: Note) -> None:
        """The caller takes it back."""

    def under_way(self, call: str) -> Note | None:
        """What `call` was leaving when it was adopted; from now on the call looks after it."""


class Boxes(Protocol):
    """Boxes, opened by telephone. What is asynchronous raises a CentraleError when it cannot be
    done, and may take as long as the database takes."""

    async def messages(self, tenant: TenantId, box: MailboxLine) -> Sequence[Waiting]:
        """The messages of a box, the oldest first."""

    def heard(self, tenant: TenantId, message: str) -> None:
        """Note, soon, that this message was heard. Never waits."""

    def discard(self, tenant: TenantId, messages: Sequence[str]) -> None:
        """Delete these messages soon. Never waits."""

    async def forward(self, tenant: TenantId, message: str, owner: str) -> None:
        """Put a copy of a message into the box of `owner`, as a new one."""

    async def set_pin(self, tenant: TenantId, user: str, pin: str) -> None:
        """Give the user another PIN. Invalid: it is too easy to guess."""

    async def keep_greeting(
        self, tenant: TenantId, box: MailboxLine, status: Status | None, recording: str
    ) -> None:
        """Make what was recorded the greeting for `status`, None: for always."""

    async def drop_greeting(
        self, tenant: TenantId, box: MailboxLine, status: Status | None
    ) -> None:
        """Delete the greeting for `status`."""

    async def keep_self_id(self, tenant: TenantId, box: MailboxLine, recording: str) -> None:
        """Make what was recorded the name that callers hear."""


class NoVoicemail:
    """For a node that takes no messages."""

    def full(self, tenant: TenantId) -> bool:
        return True

    def begin(self, note: Note) -> bool:
        return False

    def finish(self, note: Note) -> None:
        return

    def drop(self, note: Note) -> None:
        return

    def under_way(self, call: str) -> Note | None:
        return None

    async def messages(self, tenant: TenantId, box: MailboxLine) -> Sequence[Waiting]:
        raise _NONE

    def heard(self, tenant: TenantId, message: str) -> None:
        return

    def discard(self, tenant: TenantId, messages: Sequence[str]) -> None:
        return

    async def forward(self, tenant: TenantId, message: str, owner: str) -> None:
        raise _NONE

    async def set_pin(self, tenant: TenantId, user: str, pin: str) -> None:
        raise _NONE

    async def keep_greeting(
        self, tenant: TenantId, box: MailboxLine, status: Status | None, recording: str
    ) -> None:
        raise _NONE

    async def drop_greeting(
        self, tenant: TenantId, box: MailboxLine, status: Status | None
    ) -> None:
        raise _NONE

    async def keep_self_id(self, tenant: TenantId, box: MailboxLine, recording: str) -> None:
        raise _NONE


_NONE = Unavailable("No messages are taken here.")
