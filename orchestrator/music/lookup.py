"""What other services ask of music on hold, inside their own transactions."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.scope import count_in
from orchestrator.errors import Invalid
from orchestrator.music.model import MusicPlaylist, MusicTrack
from orchestrator.types import Scope


async def require_playlist(
    session: AsyncSession, scope: Scope, playlist: str | None, field: str
) -> None:
    """Raise Invalid for `field` unless `playlist` is None or a playlist of the tenant."""
    if playlist is None:
        return
    wanted = count_in(scope, MusicPlaylist).where(MusicPlaylist.id == playlist)
    if not await session.scalar(wanted):
        raise Invalid.field(field, "there is no such playlist")


async def files_of_music(session: AsyncSession) -> set[str]:
    """The files in the media store of all tracks of all tenants."""
    return set(await session.scalars(select(MusicTrack.file)))
