"""What other services ask of ring groups, inside their own transactions."""

from collections.abc import Iterable, Iterator

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import count_in, select_in
from orchestrator.hours.stored import COLUMNS, destination_in, prompts_in
from orchestrator.ring_groups.model import RingGroup, RingGroupMember
from orchestrator.types import Destination, Scope, StoredDestination


async def has_ring_group(session: AsyncSession, scope: Scope, group: str) -> bool:
    """Whether `group` is the id of a ring group of the tenant."""
    return bool(await session.scalar(count_in(scope, RingGroup).where(RingGroup.id == group)))


async def ring_groups_with(session: AsyncSession, scope: Scope, user: str) -> list[str]:
    """The ring groups (ids) that a user is a member of."""
    wanted = select_in(scope, RingGroupMember).where(RingGroupMember.user_id == user)
    return [row.ring_group_id for row in await session.scalars(wanted)]


async def members_of(session: AsyncSession, scope: Scope, group: str) -> list[str]:
    """The members (ids of users) of a ring group."""
    wanted = select_in(scope, RingGroupMember).where(RingGroupMember.ring_group_id == group)
    rows = await session.scalars(wanted.order_by(RingGroupMember.position))
    return [row.user_id for row in rows]


async def departments_of_groups(
    session: AsyncSession, scope: Scope, groups: Iterable[str] | None = None
) -> dict[str, str]:
    """Ring group -> department (ids); None: of all groups."""
    wanted = select_in(scope, RingGroup)
    if groups is not None:
        wanted = wanted.where(RingGroup.id.in_(list(groups)))
    return {row.id: row.department_id for row in await session.scalars(wanted)}


async def name_of_group(session: AsyncSession, scope: Scope, group: str) -> str:
    """How people know a ring group; "" when it is gone."""
    row = await session.scalar(select_in(scope, RingGroup).where(RingGroup.id == group))
    return row.name if row else ""


async def ring_groups_of_department(
    session: AsyncSession, scope: Scope, department: str
) -> list[str]:
    """Readable names of the ring groups of a department."""
    wanted = select_in(scope, RingGroup).where(RingGroup.department_id == department)
    rows = await session.scalars(wanted.order_by(RingGroup.name))
    return [f"ring group {row.name}" for row in rows]


async def ring_groups_leading_to(
    session: AsyncSession, scope: Scope, destination: Destination
) -> list[str]:
    """Readable names of ring groups whose calls go to `destination`; not those of the group that
    it is, which go with it."""
    stored = {"kind": destination.kind.value, "ref": destination.ref}
    return sorted(
        f"ring group {row.name}, {what}"
        for row in await session.scalars(select_in(scope, RingGroup))
        if row.id != destination.ref
        for what, leads in _ways_of(row)
        if leads == stored
    )


async def ring_groups_playing(session: AsyncSession, scope: Scope, prompt: str) -> list[str]:
    """Readable names of ring groups that play `prompt`."""
    return sorted(
        f"ring group {row.name}"
        for row in await session.scalars(select_in(scope, RingGroup))
        if prompt in [row.greeting, *prompts_in(row.closed, row.on_break, row.holiday)]
    )


async def ring_groups_with_music(session: AsyncSession, scope: Scope, playlist: str) -> list[str]:
    """Readable names of ring groups whose callers hear `playlist`."""
    wanted = select_in(scope, RingGroup).where(RingGroup.music_id == playlist)
    rows = await session.scalars(wanted.order_by(RingGroup.name))
    return [f"ring group {row.name}" for row in rows]


def _ways_of(row: RingGroup) -> Iterator[tuple[str, StoredDestination | None]]:
    yield "no answer", row.no_answer
    for state, column in COLUMNS.items():
        yield state.value, destination_in(getattr(row, column))
