"""Messages: who hears them over the API, and what becomes of them.

Voicemail is private. A user's messages are for that user alone; those of a ring group for its
members, and for who may hear recordings in the group's department (manage.reports_and_recordings).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.clock import Clock
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import select_in
from orchestrator.db.session import Database
from orchestrator.errors import Conflict, Invalid, LimitReached, NotFound, Unavailable
from orchestrator.rights.rules import Right, allowed
from orchestrator.ring_groups.lookup import departments_of_groups, ring_groups_with
from orchestrator.schemas import Page
from orchestrator.types import ActorKind, Scope, TenantId, new_id
from orchestrator.voicemail.files import Files, duplicate
from orchestrator.voicemail.model import VoicemailBox, VoicemailMessage
from orchestrator.voicemail.schemas import (
    MessageBulk,
    MessageBulkOut,
    MessageForward,
    MessageOut,
    MessageQuery,
)

_KEYS = {
    "recorded_at": VoicemailMessage.recorded_at,
    "caller": VoicemailMessage.caller,
    "seconds": VoicemailMessage.seconds,
}
_RIGHT = Right.REPORTS_AND_RECORDINGS


def nobody(tenant: TenantId) -> None:
    """Nobody shows how many messages wait."""


def never(tenant: TenantId) -> bool:
    """There is no quota."""
    return False


class MessageService:
    """Use cases of messages. `stirred` hears of tenants whose messages changed; `full` says
    whether a tenant's boxes take no more."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        files: Files,
        stirred: Callable[[TenantId], None] = nobody,
        full: Callable[[TenantId], bool] = never,
    ) -> None:
        self._database = database
        self._clock = clock
        self._files = files
        self._stirred = stirred
        self._full = full

    async def list(self, scope: Scope, query: MessageQuery) -> Page[MessageOut]:
        async with self._database.reading() as session:
            boxes = await _boxes(session, scope)
            statement = _filtered(select_in(scope, VoicemailMessage), query, boxes)
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=VoicemailMessage.id
            )
            return Page(items=[_show(row, boxes) for row in rows], next=following)

    async def get(self, scope: Scope, id: str) -> MessageOut:  # noqa: A002
        async with self._database.reading() as session:
            boxes = await _boxes(session, scope)
            return _show((await _these(session, scope, boxes, [id]))[0], boxes)

    async def audio(self, scope: Scope, id: str) -> Path:  # noqa: A002
        """The file of a message."""
        async with self._database.reading() as session:
            row = (await _these(session, scope, await _boxes(session, scope), [id]))[0]
            return self._files.path(row.file)

    async def mark(self, scope: Scope, id: str, *, heard: bool) -> MessageOut:  # noqa: A002
        async with self._database.transaction(scope) as session:
            boxes = await _boxes(session, scope)
            row = (await _these(session, scope, boxes, [id]))[0]
            self._mark(row, heard=heard)
            await session.flush()
        self._stirred(scope.tenant)
        return _show(row, boxes)

    async def delete(self, scope: Scope, id: str) -> None:  # noqa: A002
        await self.bulk(scope, MessageBulk(messages=[id], action="delete"))

    async def bulk(self, scope: Scope, body: MessageBulk) -> MessageBulkOut:
        """All of it, or nothing: NotFound when one of the messages is not there."""
        gone: list[str] = []
        async with self._database.transaction(scope) as session:
            boxes = await _boxes(session, scope)
            rows = await _these(session, scope, boxes, body.messages)
            for row in rows:
                if body.action == "delete":
                    gone.append(row.file)
                    await session.delete(row)
                else:
                    self._mark(row, heard=body.action == "heard")
        for file in gone:
            await self._files.remove(file)
        self._stirred(scope.tenant)
        return MessageBulkOut(changed=len(rows))

    async def forward(self, scope: Scope, id: str, body: MessageForward) -> None:  # noqa: A002
        """Put a copy into each of these boxes, as a new message. The original stays."""
        async with self._database.reading() as session:
            boxes = await _boxes(session, scope)
            row = (await _these(session, scope, boxes, [id]))[0]
            found = {owner: await _box_of(session, scope, owner) for owner in body.to}
        for index, owner in enumerate(body.to):
            if found[owner] is None:
                raise Invalid.field(f"body.to.{index}", "there is no such voicemail")
        targets = [box for box in found.values() if box is not None]
        await self.copy(scope, row, targets)

    async def copy(
        self, scope: Scope, row: VoicemailMessage, targets: Sequence[VoicemailBox]
    ) -> None:
        """Copies of a message in other boxes. Raises LimitReached when no more may be held."""
        if self._full(scope.tenant):
            raise LimitReached("Voicemail has taken all of its quota.")
        files: list[str] = []
        try:
            while len(files) < len(targets):
                files.append(await duplicate(self._files, row.file, scope.tenant))
            async with self._database.transaction(scope) as session:
                session.add_all(
                    _copy(row, box, file) for box, file in zip(targets, files, strict=True)
                )
        except (FileNotFoundError, Unavailable, Conflict) as error:
            for file in files:
                await self._files.remove(file)
            if isinstance(error, FileNotFoundError):
                raise NotFound("The recording is gone.") from error
            raise
        self._stirred(scope.tenant)

    async def message_for_copy(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        owner: str,
    ) -> tuple[VoicemailMessage, VoicemailBox]:
        """A message and the box of `owner`, for a caller who opened the box that holds it."""
        async with self._database.reading() as session:
            wanted = select_in(scope, VoicemailMessage).where(VoicemailMessage.id == id)
            row = await session.scalar(wanted)
            box = await _box_of(session, scope, owner)
        if row is None or box is None:
            raise NotFound("There is no such message, or no such voicemail.")
        return row, box

    async def in_box(self, scope: Scope, box: str) -> Sequence[VoicemailMessage]:
        """The messages of a box (id), the oldest first."""
        wanted = select_in(scope, VoicemailMessage).where(VoicemailMessage.box_id == box)
        order = (VoicemailMessage.recorded_at, VoicemailMessage.id)
        async with self._database.reading() as session:
            return [*await session.scalars(wanted.order_by(*order))]

    def _mark(self, row: VoicemailMessage, *, heard: bool) -> None:
        if heard != (row.heard_at is not None):
            row.heard_at = self._clock.now() if heard else None


async def _boxes(session: AsyncSession, scope: Scope) -> dict[str, str]:
    """The boxes (ids) that the actor hears, and their owners."""
    user = scope.actor.id if scope.actor.kind is ActorKind.USER else None
    departments = await departments_of_groups(session, scope)
    groups = {g for g, d in departments.items() if allowed(scope.actor, _RIGHT, d)}
    own: ColumnElement[bool] = VoicemailBox.ring_group_id.in_(groups)
    if user is not None:
        groups |= set(await ring_groups_with(session, scope, user))
        own = or_(VoicemailBox.user_id == user, VoicemailBox.ring_group_id.in_(groups))
    rows = await session.scalars(select_in(scope, VoicemailBox).where(own))
    return {row.id: row.user_id or row.ring_group_id or "" for row in rows}


def _filtered(
    statement: Select[VoicemailMessage], query: MessageQuery, boxes: dict[str, str]
) -> Select[VoicemailMessage]:
    message = VoicemailMessage
    wanted = [box for box, owner in boxes.items() if query.box in {None, owner}]
    statement = statement.where(message.box_id.in_(wanted))
    if query.heard is not None:
        unheard = message.heard_at.is_(None)
        statement = statement.where(~unheard if query.heard else unheard)
    if query.caller:
        number = message.caller.icontains(query.caller, autoescape=True)
        name = message.caller_name.icontains(query.caller, autoescape=True)
        statement = statement.where(number | name)
    if query.since is not None:
        statement = statement.where(message.recorded_at >= query.since)
    if query.until is not None:
        statement = statement.where(message.recorded_at < query.until)
    return statement


async def _these(
    session: AsyncSession, scope: Scope, boxes: dict[str, str], ids: list[str]
) -> list[VoicemailMessage]:
    """All of these messages; NotFound when one of them is not in one of `boxes`."""
    wanted = select_in(scope, VoicemailMessage).where(
        VoicemailMessage.id.in_(ids), VoicemailMessage.box_id.in_(boxes)
    )
    rows = [*await session.scalars(wanted)]
    if len(rows) < len(set(ids)):
        raise NotFound("There is no such message.")
    return rows


async def _box_of(session: AsyncSession, scope: Scope, owner: str) -> VoicemailBox | None:
    of_owner = (VoicemailBox.user_id == owner) | (VoicemailBox.ring_group_id == owner)
    wanted = select(VoicemailBox).where(
        VoicemailBox.tenant_id == scope.tenant, of_owner, VoicemailBox.enabled
    )
    return await session.scalar(wanted)


def _copy(row: VoicemailMessage, box: VoicemailBox, file: str) -> VoicemailMessage:
    return VoicemailMessage(
        id=new_id(),
        box_id=box.id,
        call_id=row.call_id,
        caller=row.caller,
        caller_name=row.caller_name,
        file=file,
        seconds=row.seconds,
        size=row.size,
        recorded_at=row.recorded_at,
    )


def _show(row: VoicemailMessage, boxes: dict[str, str]) -> MessageOut:
    return MessageOut(
        id=row.id,
        owner=boxes[row.box_id],
        caller=row.caller,
        caller_name=row.caller_name,
        seconds=row.seconds,
        size=row.size,
        recorded_at=row.recorded_at,
        heard_at=row.heard_at,
    )
