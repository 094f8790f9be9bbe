"""Messages in the database, for the tasks that put them there and take them out; and who is told.

Nothing here asks for rights: what people do goes through `voicemail/messages.py`.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import select_in
from orchestrator.db.session import Database
from orchestrator.people.lookup import Reader, administrators, names_of, readers
from orchestrator.ring_groups.lookup import members_of, name_of_group
from orchestrator.types import SYSTEM_ACTOR, Scope, TenantId
from orchestrator.voicemail.model import VoicemailBox, VoicemailGreeting, VoicemailMessage
from orchestrator.voicemail.rules import MailMode, Note


class Count(NamedTuple):
    """How many messages a box holds: not heard yet, and heard."""

    new: int = 0
    old: int = 0


@dataclass(slots=True)
class Holding:
    """What the boxes of a tenant hold, by their owners, and how many bytes that takes."""

    counts: dict[str, Count] = field(default_factory=dict)
    used: int = 0


@dataclass(frozen=True, slots=True)
class Mailing:
    """Who is told of a message, and how. `box` is how people know the box."""

    mode: MailMode
    box: str
    readers: tuple[Reader, ...]


class MessageStore:
    """The use cases of background tasks. Raises Unavailable when the database does not answer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def holdings(self, tenants: Collection[TenantId]) -> dict[TenantId, Holding]:
        """What these tenants' boxes hold; boxes without messages are not named."""
        box, message = VoicemailBox, VoicemailMessage
        owner = func.coalesce(box.user_id, box.ring_group_id)
        wanted = (
            select(
                message.tenant_id,
                owner,
                func.count(),
                func.count(message.heard_at),
                func.coalesce(func.sum(message.size), 0),
            )
            .join(box, box.id == message.box_id)
            .where(message.tenant_id.in_(list(tenants)))
            .group_by(message.tenant_id, owner)
        )
        found: defaultdict[TenantId, Holding] = defaultdict(Holding)
        async with self._database.reading() as session:
            for tenant, who, all_, heard, size in await session.execute(wanted):
                holding = found[TenantId(tenant)]
                holding.counts[who] = Count(all_ - heard, heard)
                holding.used += size
        return dict(found)

    async def add(self, note: Note, file: str, seconds: float, size: int) -> Mailing | None:
        """Put a message into its box, once; who is told of it. None: the box is gone."""
        scope = _scope(note.tenant)
        async with self._database.transaction(scope) as session:
            box = await session.scalar(
                select_in(scope, VoicemailBox).where(VoicemailBox.id == note.box)
            )
            if box is None:
                return None
            if await session.get(VoicemailMessage, note.id) is None:
                session.add(
                    VoicemailMessage(
                        id=note.id,
                        box_id=box.id,
                        call_id=note.call[:80],
                        caller=note.caller[:64],
                        caller_name=note.caller_name[:120],
                        file=file,
                        seconds=seconds,
                        size=size,
                        recorded_at=datetime.fromtimestamp(note.started_at, UTC),
                    )
                )
            return await _mailing(session, scope, box)

    async def heard(self, tenant: TenantId, messages: Collection[str], now: datetime) -> None:
        async with self._database.transaction(_scope(tenant)) as session:
            await session.execute(
                update(VoicemailMessage)
                .where(
                    VoicemailMessage.tenant_id == tenant,
                    VoicemailMessage.id.in_(list(messages)),
                    VoicemailMessage.heard_at.is_(None),
                )
                .values(heard_at=now)
            )

    async def remove(self, tenant: TenantId, messages: Collection[str]) -> list[str]:
        """Delete messages; the files that are to go too."""
        wanted = (VoicemailMessage.tenant_id == tenant, VoicemailMessage.id.in_(list(messages)))
        return await self._remove(tenant, *wanted)

    async def remove_older(self, tenant: TenantId, before: datetime) -> list[str]:
        """Delete what came before that time; the files that are to go too."""
        wanted = (VoicemailMessage.tenant_id == tenant, VoicemailMessage.recorded_at < before)
        return await self._remove(tenant, *wanted)

    async def _remove(self, tenant: TenantId, *wanted: "object") -> list[str]:
        async with self._database.transaction(_scope(tenant)) as session:
            query = select(VoicemailMessage.file).where(*wanted)  # type: ignore[arg-type]
            files = list(await session.scalars(query))
            await session.execute(delete(VoicemailMessage).where(*wanted))  # type: ignore[arg-type]
        return files

    async def files_of(self, tenant: TenantId) -> set[str]:
        """Every file that a row of the tenant names."""
        queries = (
            select(VoicemailMessage.file).where(VoicemailMessage.tenant_id == tenant),
            select(VoicemailGreeting.file).where(VoicemailGreeting.tenant_id == tenant),
            select(VoicemailBox.self_id).where(VoicemailBox.tenant_id == tenant),
        )
        async with self._database.reading() as session:
            return {file for query in queries for file in await session.scalars(query) if file}

    async def administrators(self, tenant: TenantId) -> Sequence[Reader]:
        """Those who look after the tenant."""
        scope = _scope(tenant)
        async with self._database.reading() as session:
            return await readers(session, scope, await administrators(session, scope))


async def _mailing(session: AsyncSession, scope: Scope, box: VoicemailBox) -> Mailing:
    extra = [Reader(address, None) for address in box.mail_to]
    if box.user_id is not None:
        name = (await names_of(session, scope, [box.user_id])).get(box.user_id, "")
        found = await readers(session, scope, [box.user_id])
    else:
        group = box.ring_group_id or ""
        name = await name_of_group(session, scope, group)
        members = await members_of(session, scope, group) if box.mail_members else []
        found = await readers(session, scope, members)
    unique = {reader.email.lower(): reader for reader in (*extra, *found)}
    return Mailing(box.mail, name, tuple(unique.values()))


def _scope(tenant: str) -> Scope:
    return Scope(TenantId(tenant), SYSTEM_ACTOR)
