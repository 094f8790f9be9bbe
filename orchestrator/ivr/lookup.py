"""What other services ask of IVRs, inside their own transactions."""

from collections.abc import Iterator

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import count_in, select_in
from orchestrator.hours.stored import COLUMNS, destination_in, prompts_in
from orchestrator.ivr.model import Ivr, IvrKey
from orchestrator.types import Destination, Scope, StoredDestination


async def has_ivr(session: AsyncSession, scope: Scope, ivr: str) -> bool:
    """Whether `ivr` is the id of an IVR of the tenant."""
    return bool(await session.scalar(count_in(scope, Ivr).where(Ivr.id == ivr)))


async def ivrs_of_department(session: AsyncSession, scope: Scope, department: str) -> list[str]:
    """Readable names of the IVRs of a department."""
    wanted = select_in(scope, Ivr).where(Ivr.department_id == department).order_by(Ivr.name)
    return [f"IVR {row.name}" for row in await session.scalars(wanted)]


async def ivrs_leading_to(
    session: AsyncSession, scope: Scope, destination: Destination
) -> list[str]:
    """Readable names of IVRs and keys whose calls go to `destination`.

    What leads from an IVR to itself goes with it, and is not named.
    """
    stored = {"kind": destination.kind.value, "ref": destination.ref}
    ivrs = {row.id: row for row in await session.scalars(select_in(scope, Ivr))}
    keys = await session.scalars(select_in(scope, IvrKey))
    found = [
        f"IVR {row.name}, {what}"
        for row in ivrs.values()
        if row.id != destination.ref
        for what, leads in _ways_of(row)
        if leads == stored
    ]
    found += [
        f"IVR {ivrs[key.ivr_id].name}, key {key.keys}"
        for key in keys
        if key.destination == stored and key.ivr_id != destination.ref
    ]
    return sorted(found)


async def ivrs_playing(session: AsyncSession, scope: Scope, prompt: str) -> list[str]:
    """Readable names of IVRs and keys that play `prompt`."""
    ivrs = {row.id: row for row in await session.scalars(select_in(scope, Ivr))}
    keys = await session.scalars(select_in(scope, IvrKey).where(IvrKey.prompt == prompt))
    found = [f"IVR {row.name}" for row in ivrs.values() if prompt in _prompts_of(row)]
    found += [f"IVR {ivrs[key.ivr_id].name}, key {key.keys}" for key in keys]
    return sorted(found)


def _ways_of(row: Ivr) -> Iterator[tuple[str, StoredDestination | None]]:
    yield "no input", row.no_input
    yield "invalid input", row.invalid_input
    yield "text messages", row.sms_to
    for state, column in COLUMNS.items():
        yield state.value, destination_in(getattr(row, column))


def _prompts_of(row: Ivr) -> list[str]:
    own = [row.prompt] if row.prompt else []
    return own + prompts_in(row.closed, row.on_break, row.holiday)
