"""Rows of a list that a client replaces as a whole."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import Base

M = TypeVar("M", bound=Base)


async def replaced(
    session: AsyncSession, present: Mapping[str, M], wanted: Sequence[str], make: Callable[[str], M]
) -> list[M]:
    """The rows of `wanted` keys, in that order: those that are `present` stay, with all they hold;
    others are made, and what is not wanted is deleted."""
    for key in present.keys() - set(wanted):
        await session.delete(present[key])
    rows = [present.get(key) or make(key) for key in wanted]
    session.add_all(rows)
    return rows
