"""The menu of a department: its number, and how it answers. Where calls go, its hours say."""

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import utc_now
from orchestrator.db.scope import get_in, require_version
from orchestrator.db.session import Database
from orchestrator.departments.lookup import require_department
from orchestrator.departments.model import Department
from orchestrator.departments.schemas import DepartmentMenuBody, DepartmentMenuOut
from orchestrator.destinations.service import require_unused
from orchestrator.music.lookup import require_playlist
from orchestrator.people.numbering import drop_number, numbers_of_kind, set_number
from orchestrator.people.rules import OwnerKind
from orchestrator.rights.rules import Right
from orchestrator.types import Destination, DestinationKind, Scope

_RIGHT = Right.CALL_HANDLING
_KIND = OwnerKind.DEPARTMENT


class DepartmentMenuService:
    """Use cases of department menus. Departments where the actor lacks the right look like none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, scope: Scope, department: str) -> DepartmentMenuOut:
        async with self._database.reading() as session:
            await require_department(session, scope, department, _RIGHT)
            row = await get_in(session, scope, Department, department)
            return await _shown(session, scope, row)

    async def put(
        self, scope: Scope, department: str, body: DepartmentMenuBody, version: int | None = None
    ) -> DepartmentMenuOut:
        """Set the menu. Its number is not taken away while calls lead to it."""
        async with self._database.transaction(scope) as session:
            await require_department(session, scope, department, _RIGHT)
            row = await get_in(session, scope, Department, department)
            require_version(row, version)
            await require_playlist(session, scope, body.music, "body.music")
            row.answer_after, row.music_id = body.answer_after, body.music
            # A change of the number alone is a change of the menu: the version must move.
            row.updated_at = utc_now()
            await session.flush()
            await _put_number(session, scope, row, body.number)
            return await _shown(session, scope, row)


async def _put_number(
    session: AsyncSession, scope: Scope, row: Department, number: str | None
) -> None:
    if number is not None:
        await set_number(session, scope, _KIND, row.id, number)
        return
    had = await number_of_menu(session, scope, row.id)
    if had:
        by_number = Destination(DestinationKind.EXTENSION, had)
        await require_unused(session, scope, by_number, name=f"{had} {row.name}")
        await drop_number(session, scope, _KIND, row.id)


async def number_of_menu(session: AsyncSession, scope: Scope, department: str) -> str | None:
    """The number of a department's menu, if it has one."""
    return (await numbers_of_kind(session, scope, _KIND, [department])).get(department)


async def remove_menu(session: AsyncSession, scope: Scope, row: Department) -> None:
    """Take the menu away with its department. Raises InUse while calls lead there."""
    number = await number_of_menu(session, scope, row.id)
    by_number = [Destination(DestinationKind.EXTENSION, number)] if number else []
    itself = Destination(DestinationKind.DEPARTMENT, row.id)
    await require_unused(session, scope, itself, *by_number, name=row.name)
    await drop_number(session, scope, _KIND, row.id)


async def _shown(session: AsyncSession, scope: Scope, row: Department) -> DepartmentMenuOut:
    return DepartmentMenuOut(
        department=row.id,
        version=row.version,
        number=await number_of_menu(session, scope, row.id),
        answer_after=row.answer_after,
        music=row.music_id,
    )
