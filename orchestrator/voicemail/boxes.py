"""Boxes of users and ring groups: their settings and greetings.

A user's box is for the user, and for who manages that user; a group's for who handles the calls of
its department. Nobody hears a message by that: `messages.py` says who does.
"""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import utc_now
from orchestrator.db.scope import require_version, select_in
from orchestrator.db.session import Database
from orchestrator.destinations.service import require_unused
from orchestrator.errors import Conflict, Invalid, NotFound, Stale
from orchestrator.forwarding.rules import Status
from orchestrator.people.lookup import names_of, require_own_or_managed
from orchestrator.people.pins import weakness
from orchestrator.rights.rules import Right, allowed
from orchestrator.ring_groups.lookup import departments_of_groups, name_of_group
from orchestrator.types import Destination, DestinationKind, Scope
from orchestrator.voicemail.files import Files
from orchestrator.voicemail.model import VoicemailBox, VoicemailGreeting
from orchestrator.voicemail.schemas import BoxOut, BoxPatch, GreetingOut

_OF_GROUPS = ("mail_members", "pin")


class BoxService:
    """Use cases of boxes. `owner` is the id of a user (`-`: the actor) or of a ring group."""

    def __init__(self, database: Database, files: Files) -> None:
        self._database = database
        self._files = files

    async def of_user(self, scope: Scope, owner: str) -> BoxOut:
        async with self._database.reading() as session:
            owner = await require_own_or_managed(session, scope, owner)
            return await _shown(session, scope, owner)

    async def of_group(self, scope: Scope, owner: str) -> BoxOut:
        async with self._database.reading() as session:
            await _require_group(session, scope, owner)
            return await _shown(session, scope, owner)

    async def change_of_user(
        self, scope: Scope, owner: str, patch: BoxPatch, version: int | None = None
    ) -> BoxOut:
        """Change what `patch` names; makes the box when there is none yet."""
        for name in _OF_GROUPS:
            if name in patch.changes():
                raise Invalid.field(f"body.{name}", "is for boxes of ring groups")
        async with self._database.transaction(scope) as session:
            owner = await require_own_or_managed(session, scope, owner)
            box = await _writable(session, scope, VoicemailBox(user_id=owner), version)
            await _change(session, scope, box, patch)
            return await _shown(session, scope, owner)

    async def change_of_group(
        self, scope: Scope, owner: str, patch: BoxPatch, version: int | None = None
    ) -> BoxOut:
        if patch.pin is not None and (why := weakness(patch.pin)):
            raise Invalid.field("body.pin", why)
        async with self._database.transaction(scope) as session:
            await _require_group(session, scope, owner)
            box = await _writable(session, scope, VoicemailBox(ring_group_id=owner), version)
            await _change(session, scope, box, patch)
            return await _shown(session, scope, owner)

    # -- greetings -----------------------------------------------------------------------------

    async def greeting(self, scope: Scope, owner: str, status: Status | None) -> Path:
        """The sound that callers hear in `status`, None: in every status without its own."""
        async with self._database.reading() as session:
            box = await _box(session, scope, await _allowed(session, scope, owner))
            row = await _greeting(session, scope, box, status) if box else None
            if row is None:
                raise NotFound("There is no such greeting.")
            return self._files.path(row.file)

    async def require(self, scope: Scope, owner: str) -> None:
        """Raise NotFound unless the actor may change the box, Conflict when there is none."""
        async with self._database.reading() as session:
            await _existing(session, scope, await _allowed(session, scope, owner))

    async def set_greeting(
        self,
        scope: Scope,
        owner: str,
        status: Status | None,
        sound: tuple[str, float],
        text: str | None = None,
    ) -> BoxOut:
        """Make `sound`, a file of the media store and its seconds, the greeting for `status`;
        `text` is what a machine read aloud."""
        async with self._database.transaction(scope) as session:
            owner = await _allowed(session, scope, owner)
            box = await _existing(session, scope, owner)
            row = await _greeting(session, scope, box, status)
            before = row.file if row else ""
            if row is None:
                row = VoicemailGreeting(box_id=box.id, status=status)
                session.add(row)
            row.file, row.seconds = sound
            row.text = text
            box.updated_at = utc_now()
            await session.flush()
            shown = await _shown(session, scope, owner)
        if before:
            await self._files.remove(before)
        return shown

    async def drop_greeting(self, scope: Scope, owner: str, status: Status | None) -> None:
        async with self._database.transaction(scope) as session:
            box = await _box(session, scope, await _allowed(session, scope, owner))
            row = await _greeting(session, scope, box, status) if box else None
            if box is None or row is None:
                raise NotFound("There is no such greeting.")
            box.updated_at = utc_now()
            await session.delete(row)
        await self._files.remove(row.file)

    async def set_self_id(self, scope: Scope, owner: str, file: str | None) -> None:
        """Make a file of the media store the spoken name of the owner; None: take it away."""
        async with self._database.transaction(scope) as session:
            box = await _existing(session, scope, await _allowed(session, scope, owner))
            before, box.self_id = box.self_id, file
        if before:
            await self._files.remove(before)

    async def self_id(self, scope: Scope, owner: str) -> Path:
        async with self._database.reading() as session:
            box = await _box(session, scope, await _allowed(session, scope, owner))
            if box is None or box.self_id is None:
                raise NotFound("There is no spoken name.")
            return self._files.path(box.self_id)


async def _require_group(session: AsyncSession, scope: Scope, group: str) -> None:
    """Raise NotFound unless the actor handles the calls of the group's department."""
    department = (await departments_of_groups(session, scope, [group])).get(group)
    if department is None or not allowed(scope.actor, Right.CALL_HANDLING, department):
        raise NotFound("There is no such ring group.")


async def _allowed(session: AsyncSession, scope: Scope, owner: str) -> str:
    """The id of `owner`, a user or ring group whose box the actor may change."""
    if await departments_of_groups(session, scope, [owner]):
        await _require_group(session, scope, owner)
        return owner
    return await require_own_or_managed(session, scope, owner)


async def _box(session: AsyncSession, scope: Scope, owner: str) -> VoicemailBox | None:
    of_owner = (VoicemailBox.user_id == owner) | (VoicemailBox.ring_group_id == owner)
    return await session.scalar(select_in(scope, VoicemailBox).where(of_owner))


async def _existing(session: AsyncSession, scope: Scope, owner: str) -> VoicemailBox:
    box = await _box(session, scope, owner)
    if box is None:
        raise Conflict("There is no voicemail yet: switch it on first.")
    return box


async def _writable(
    session: AsyncSession, scope: Scope, new: VoicemailBox, version: int | None
) -> VoicemailBox:
    """The box of the owner that `new` has, or `new`; raises Stale unless it is at `version`."""
    box = await _box(session, scope, new.user_id or new.ring_group_id or "")
    if box is not None:
        require_version(box, version)
        return box
    if version:
        raise Stale("Somebody else changed this since you read it. Read it again.")
    new.tenant_id, new.enabled = scope.tenant, True
    session.add(new)
    return new


async def _change(session: AsyncSession, scope: Scope, box: VoicemailBox, patch: BoxPatch) -> None:
    owner = box.user_id or box.ring_group_id or ""
    changes = patch.changes()
    if changes.get("enabled") is False and box.enabled:
        to = Destination(DestinationKind.VOICEMAIL, owner)
        await require_unused(session, scope, to, name=await _name(session, scope, owner))
    box.updated_at = utc_now()
    for name, value in changes.items():
        setattr(box, name, value)
    await session.flush()


async def _name(session: AsyncSession, scope: Scope, owner: str) -> str:
    names = await names_of(session, scope, [owner])
    who = names.get(owner) or await name_of_group(session, scope, owner)
    return f"the voicemail of {who}"


async def _greeting(
    session: AsyncSession, scope: Scope, box: VoicemailBox, status: Status | None
) -> VoicemailGreeting | None:
    rows = await _greetings(session, scope, box)
    return next((row for row in rows if row.status is status), None)


async def _greetings(
    session: AsyncSession, scope: Scope, box: VoicemailBox
) -> list[VoicemailGreeting]:
    wanted = select_in(scope, VoicemailGreeting).where(VoicemailGreeting.box_id == box.id)
    rows = await session.scalars(wanted)
    return sorted(rows, key=lambda row: row.status or "")


async def _shown(session: AsyncSession, scope: Scope, owner: str) -> BoxOut:
    found = await _box(session, scope, owner)
    box = found or VoicemailBox(
        enabled=False,
        ask_pin=True,
        say_caller=True,
        say_time=BoxPatch().say_time,
        mail=BoxPatch().mail,
        mail_to=[],
        mail_members=False,
    )
    greetings = await _greetings(session, scope, found) if found else []
    return BoxOut(
        version=found.version if found else 0,
        owner=owner,
        enabled=box.enabled,
        ask_pin=box.ask_pin,
        say_caller=box.say_caller,
        say_time=box.say_time,
        mail=box.mail,
        mail_to=box.mail_to,
        mail_members=box.mail_members,
        has_pin=box.pin is not None,
        has_self_id=box.self_id is not None,
        greetings=[
            GreetingOut(status=row.status, seconds=row.seconds, text=row.text) for row in greetings
        ],
    )
