"""Boxes as calls open them: reads and changes them on behalf of whoever keyed in the PIN.

Whoever opened the box of a user acts as that user, so that the audit log says who it was; the box
of a ring group belongs to nobody alone, and the product itself acts.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from orchestrator.ari.client import AriClient
from orchestrator.ari.errors import AriError
from orchestrator.ari.recordings import StoredRecordings
from orchestrator.db.session import Database
from orchestrator.errors import Denied, Invalid, NotFound, Unavailable
from orchestrator.forwarding.rules import Status
from orchestrator.media import MediaStore
from orchestrator.people.accounts import dialler
from orchestrator.people.schemas import PinBody
from orchestrator.people.service import UserService
from orchestrator.routing.plan import MailboxLine
from orchestrator.types import SYSTEM_ACTOR, Scope, TenantId
from orchestrator.voicemail.boxes import BoxService
from orchestrator.voicemail.files import AREA
from orchestrator.voicemail.keeper import MessageKeeper
from orchestrator.voicemail.messages import MessageService
from orchestrator.voicemail.rules import Waiting
from orchestrator.voicemail.sound import look


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where what is recorded by telephone comes from, and where it goes."""

    ari: AriClient
    recordings: StoredRecordings
    media: MediaStore
    folder: Path


class BoxDesk:
    """The `Boxes` of calls (`calls/mailboxes.py`), over the services of voicemail."""

    def __init__(
        self,
        database: Database,
        services: tuple[BoxService, MessageService, UserService],
        keeper: MessageKeeper,
        recorded: Recorded,
    ) -> None:
        self._database = database
        self._boxes, self._messages, self._users = services
        self._keeper = keeper
        self._recorded = recorded

    async def messages(self, tenant: TenantId, box: MailboxLine) -> Sequence[Waiting]:
        rows = await self._messages.in_box(_system(tenant), box.id)
        return [
            Waiting(
                row.id,
                row.caller,
                row.caller_name,
                row.file,
                row.seconds,
                row.recorded_at,
                row.heard_at is not None,
            )
            for row in rows
        ]

    def heard(self, tenant: TenantId, message: str) -> None:
        self._keeper.heard(tenant, message)

    def discard(self, tenant: TenantId, messages: Sequence[str]) -> None:
        for message in messages:
            self._keeper.discard(tenant, message)

    async def forward(self, tenant: TenantId, message: str, owner: str) -> None:
        scope = _system(tenant)
        row, target = await self._messages.message_for_copy(scope, message, owner)
        await self._messages.copy(scope, row, [target])

    async def set_pin(self, tenant: TenantId, user: str, pin: str) -> None:
        async with self._database.reading() as session:
            actor = await dialler(session, user)
        if actor is None or actor.tenant != tenant:
            raise Denied("There is no such user any more.")
        await self._users.set_pin(Scope(tenant, actor), user, PinBody(pin=pin))

    async def keep_greeting(
        self, tenant: TenantId, box: MailboxLine, status: Status | None, recording: str
    ) -> None:
        sound = await self._keep(tenant, recording)
        scope = await self._scope(tenant, box)
        await self._boxes.set_greeting(scope, box.owner, status, sound)

    async def drop_greeting(
        self, tenant: TenantId, box: MailboxLine, status: Status | None
    ) -> None:
        scope = await self._scope(tenant, box)
        with suppress(NotFound):
            await self._boxes.drop_greeting(scope, box.owner, status)

    async def keep_self_id(self, tenant: TenantId, box: MailboxLine, recording: str) -> None:
        file, _ = await self._keep(tenant, recording)
        await self._boxes.set_self_id(await self._scope(tenant, box), box.owner, file)

    async def _scope(self, tenant: TenantId, box: MailboxLine) -> Scope:
        """On behalf of whom the box is changed."""
        async with self._database.reading() as session:
            actor = await dialler(session, box.owner)
        own = actor is not None and actor.tenant == tenant
        return Scope(tenant, actor) if own and actor else _system(tenant)

    async def _keep(self, tenant: TenantId, recording: str) -> tuple[str, float]:
        """Bring a recording of Asterisk into the media store: its file there, and its seconds."""
        recorded = self._recorded
        file = recorded.media.new(tenant, AREA)
        passing = recorded.folder / f"{file.rpartition('/')[2]}.wav"
        try:
            await recorded.recordings.fetch(recording, passing)
            sound = await asyncio.to_thread(look, passing)
            if not sound.spoken:
                raise Invalid("Nothing was said.")
            await recorded.media.keep(passing, file)
        except (AriError, OSError) as error:
            raise Unavailable("The recording cannot be kept.") from error
        finally:
            passing.unlink(missing_ok=True)
        return file, sound.seconds


def _system(tenant: TenantId) -> Scope:
    return Scope(tenant, SYSTEM_ACTOR)
