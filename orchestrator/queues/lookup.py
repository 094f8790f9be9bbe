"""What other services ask of queues, inside their own transactions."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import count_in, select_in
from orchestrator.hours.stored import COLUMNS, destination_in, prompts_in
from orchestrator.queues.model import Queue
from orchestrator.types import Destination, Scope, StoredDestination


async def has_queue(session: AsyncSession, scope: Scope, queue: str) -> bool:
    """Whether `queue` is the id of a queue of the tenant."""
    return bool(await session.scalar(count_in(scope, Queue).where(Queue.id == queue)))


def queues_in(scope: Scope, departments: Iterable[str]) -> Select[str]:
    """A subquery: ids of the queues of these departments."""
    return select(Queue.id).where(
        Queue.tenant_id == scope.tenant, Queue.department_id.in_(list(departments))
    )


async def queues_of_department(session: AsyncSession, scope: Scope, department: str) -> list[str]:
    """Readable names of the queues of a department."""
    wanted = select_in(scope, Queue).where(Queue.department_id == department)
    rows = await session.scalars(wanted.order_by(Queue.name))
    return [f"queue {row.name}" for row in rows]


async def queues_leading_to(
    session: AsyncSession, scope: Scope, destination: Destination
) -> list[str]:
    """Readable names of queues whose calls go to `destination`; not those of the queue that it is,
    which go with it."""
    stored = {"kind": destination.kind.value, "ref": destination.ref}
    return sorted(
        f"queue {row.name}, {what}"
        for row in await session.scalars(select_in(scope, Queue))
        if row.id != destination.ref
        for what, leads in _ways_of(row)
        if leads == stored
    )


async def queues_playing(session: AsyncSession, scope: Scope, prompt: str) -> list[str]:
    """Readable names of queues that play `prompt`."""
    return sorted(
        f"queue {row.name}"
        for row in await session.scalars(select_in(scope, Queue))
        if prompt in [row.greeting, *row.comfort_prompts, *_prompts_of_routes(row)]
    )


async def queues_with_music(session: AsyncSession, scope: Scope, playlist: str) -> list[str]:
    """Readable names of queues whose callers hear `playlist`."""
    rows = await session.scalars(
        select_in(scope, Queue).where(Queue.music_id == playlist).order_by(Queue.name)
    )
    return [f"queue {row.name}" for row in rows]


def _prompts_of_routes(row: Queue) -> list[str]:
    return prompts_in(row.closed, row.on_break, row.holiday)


def _ways_of(row: Queue) -> Iterator[tuple[str, StoredDestination | None]]:
    yield "no answer", row.no_answer
    for state, column in COLUMNS.items():
        yield state.value, destination_in(getattr(row, column))
