"""Ring groups of a tenant."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import utc_now
from orchestrator.db.keyed import replaced
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.lookup import check_department, default_department
from orchestrator.destinations.schemas import shown
from orchestrator.destinations.service import require_unused
from orchestrator.destinations.ways import Ways, shown_route
from orchestrator.errors import Invalid, NotFound
from orchestrator.hours.stored import COLUMNS
from orchestrator.music.lookup import require_playlist
from orchestrator.options.lookup import tenant_options
from orchestrator.options.rules import Code
from orchestrator.people.lookup import require_users
from orchestrator.people.numbering import drop_number, numbers_of_kind, set_number
from orchestrator.people.rules import OwnerKind
from orchestrator.prompts.lookup import require_prompt
from orchestrator.rights.rules import Right, departments_with, require
from orchestrator.ring_groups.model import RingGroup, RingGroupMember
from orchestrator.ring_groups.rules import paging_warnings, wrong_multicast
from orchestrator.ring_groups.schemas import (
    RingGroupCreate,
    RingGroupOut,
    RingGroupPatch,
    RingGroupQuery,
)
from orchestrator.schemas import Page
from orchestrator.tenants.lookup import require_room
from orchestrator.types import Destination, DestinationKind, Scope

_KEYS = {"name": RingGroup.name, "created_at": RingGroup.created_at}
_RIGHT = Right.CALL_HANDLING
_KIND = OwnerKind.RING_GROUP
_ROUTES = frozenset(COLUMNS.values())
_APART = frozenset({"number", "members", "department", "music", "no_answer", *_ROUTES})
"""Fields that are not plain columns."""

MAX_GROUPS = 500
"""Groups of one tenant at most."""


class RingGroupService:
    """Use cases of ring groups, of those departments where the actor holds the right."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, scope: Scope, query: RingGroupQuery) -> Page[RingGroupOut]:
        require(scope.actor, _RIGHT)
        statement = _visible(scope)
        if query.search:
            statement = statement.where(RingGroup.name.icontains(query.search, autoescape=True))
        if query.department:
            statement = statement.where(RingGroup.department_id == query.department)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=RingGroup.id
            )
            return Page(items=await _show_all(session, scope, rows), next=following)

    async def get(self, scope: Scope, id: str) -> RingGroupOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return await _shown(session, scope, await _one(session, scope, id))

    async def create(self, scope: Scope, body: RingGroupCreate) -> RingGroupOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            present = await session.scalar(count_in(scope, RingGroup)) or 0
            require_room(MAX_GROUPS, present, "ring groups")
            fields = {name: getattr(body, name) for name in RingGroupCreate.model_fields}
            fields["department"] = body.department or await default_department(session, scope)
            row = RingGroup(tenant_id=scope.tenant, name=body.name)
            await _assign(session, scope, row, fields)
            session.add(row)
            await session.flush()
            await set_number(session, scope, _KIND, row.id, body.number)
            await _put_members(session, scope, row, body.members)
            return await _shown(session, scope, row)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: RingGroupPatch,
        version: int | None = None,
    ) -> RingGroupOut:
        """Change what `patch` names; a call that rings goes on as it began."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await _one(session, scope, id)
            require_version(row, version)
            changes = patch.changes()
            # A change of number or members alone is a change of the group: its version moves.
            row.updated_at = utc_now()
            if "number" in changes:
                await set_number(session, scope, _KIND, row.id, patch.number)
            with session.no_autoflush:
                await _assign(session, scope, row, changes)
            await session.flush()
            if "members" in changes:
                await _put_members(session, scope, row, patch.members)
            return await _shown(session, scope, row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        """Delete the group; refused while calls lead there. Phones that ring go on ringing."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await _one(session, scope, id)
            require_version(row, version)
            number = await _number(session, scope, row)
            await require_unused(
                session,
                scope,
                Destination(DestinationKind.RING_GROUP, row.id),
                Destination(DestinationKind.VOICEMAIL, row.id),
                Destination(DestinationKind.EXTENSION, number),
                name=f"{number} {row.name}",
            )
            await drop_number(session, scope, _KIND, row.id)
            await session.delete(row)


# -- reading -----------------------------------------------------------------------------------


def _visible(scope: Scope) -> Select[Any]:
    statement = select_in(scope, RingGroup)
    reach = departments_with(scope.actor, _RIGHT)
    return statement if reach is None else statement.where(RingGroup.department_id.in_(reach))


async def _one(session: AsyncSession, scope: Scope, id_: str) -> RingGroup:
    row: RingGroup | None = await session.scalar(_visible(scope).where(RingGroup.id == id_))
    if row is None:
        raise NotFound("There is no such ring group.")
    return row


async def _number(session: AsyncSession, scope: Scope, row: RingGroup) -> str:
    return (await numbers_of_kind(session, scope, _KIND, [row.id])).get(row.id, "")


async def _members_of(
    session: AsyncSession, scope: Scope, groups: Iterable[str]
) -> Mapping[str, list[RingGroupMember]]:
    """Group (id) -> its members, in order."""
    wanted = select_in(scope, RingGroupMember).where(RingGroupMember.ring_group_id.in_(groups))
    found: defaultdict[str, list[RingGroupMember]] = defaultdict(list)
    for row in await session.scalars(wanted.order_by(RingGroupMember.position)):
        found[row.ring_group_id].append(row)
    return found


# -- writing -----------------------------------------------------------------------------------


async def _assign(
    session: AsyncSession, scope: Scope, row: RingGroup, changes: Mapping[str, Any]
) -> None:
    """Put `changes`, fields of the API, into the row, once what they refer to was found."""
    ways = await _ways(session, scope, row)
    for name, value in changes.items():
        if name == "department":
            await check_department(session, scope, value, _RIGHT)
            row.department_id = value
        elif name == "music":
            await require_playlist(session, scope, value, "body.music")
            row.music_id = value
        elif name == "no_answer":
            row.no_answer = await ways.destination(value, "body.no_answer")
        elif name in _ROUTES:
            setattr(row, name, await ways.route(value, f"body.{name}"))
        elif name not in _APART:
            setattr(row, name, value)
    await require_prompt(session, scope, row.greeting, "body.greeting")
    _check_multicast(row.multicast_address, row.multicast_port)


def _check_multicast(address: str | None, port: int | None) -> None:
    """Both or none, and where phones can listen."""
    if address is None and port is None:
        return
    if address is None or port is None:
        missing = "multicast_address" if address is None else "multicast_port"
        raise Invalid.field(f"body.{missing}", "address and port belong together")
    if wrong := wrong_multicast(address, port):
        field = "multicast_port" if wrong.startswith("the port") else "multicast_address"
        raise Invalid.field(f"body.{field}", wrong)


async def _ways(session: AsyncSession, scope: Scope, row: RingGroup) -> Ways:
    number = await _number(session, scope, row) if row.id else ""
    return Ways(session, scope, Destination(DestinationKind.RING_GROUP, row.id or ""), number)


async def _put_members(
    session: AsyncSession, scope: Scope, row: RingGroup, users: Sequence[str]
) -> None:
    """Make the members of a group those of `users`."""
    await require_users(session, scope, users, "body.members.{}")

    def member(user: str) -> RingGroupMember:
        return RingGroupMember(tenant_id=scope.tenant, ring_group_id=row.id, user_id=user)

    present = {each.user_id: each for each in (await _members_of(session, scope, [row.id]))[row.id]}
    rows = await replaced(session, present, users, member)
    for position, each in enumerate(rows):
        each.position = position
    await session.flush()


# -- showing -----------------------------------------------------------------------------------


async def _shown(session: AsyncSession, scope: Scope, row: RingGroup) -> RingGroupOut:
    (found,) = await _show_all(session, scope, [row])
    return found


async def _show_all(
    session: AsyncSession, scope: Scope, rows: Sequence[RingGroup]
) -> list[RingGroupOut]:
    ids = [row.id for row in rows]
    numbers = await numbers_of_kind(session, scope, _KIND, ids)
    members = await _members_of(session, scope, ids)
    intercom = (await tenant_options(session, scope)).codes[Code.INTERCOM]
    return [
        _show(row, numbers.get(row.id, ""), [each.user_id for each in members[row.id]], intercom)
        for row in rows
    ]


def _show(row: RingGroup, number: str, members: list[str], intercom: str) -> RingGroupOut:
    plain = RingGroupOut.model_fields.keys() - _APART - {"warnings"}
    return RingGroupOut(
        **{name: getattr(row, name) for name in plain},
        number=number,
        department=row.department_id,
        members=members,
        no_answer=shown(row.no_answer),
        music=row.music_id,
        warnings=paging_warnings(row.strategy, intercom),
        **{name: shown_route(getattr(row, name)) for name in _ROUTES},
    )
