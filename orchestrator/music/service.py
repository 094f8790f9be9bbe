"""Music on hold of a tenant: playlists and their tracks."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import utc_now
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import count_in, get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.lookup import departments_with_music
from orchestrator.errors import InUse, Invalid, NotFound
from orchestrator.media import ORIGINAL, SOUND
from orchestrator.music.model import MusicPlaylist, MusicTrack
from orchestrator.music.schemas import (
    MAX_TRACKS,
    PlaylistCreate,
    PlaylistOut,
    PlaylistPatch,
    PlaylistQuery,
    TrackOut,
    TrackUpload,
)
from orchestrator.options.lookup import tenant_options
from orchestrator.prompts.sounds import MAX_TRACK_SECONDS, Kept, Sounds
from orchestrator.queues.lookup import queues_with_music
from orchestrator.rights.rules import Right, require
from orchestrator.ring_groups.lookup import ring_groups_with_music
from orchestrator.schemas import Page
from orchestrator.tenants.lookup import require_room
from orchestrator.types import Scope

AREA = "music"
MAX_PLAYLISTS = 50
"""Playlists of one tenant at most."""

_KEYS = {"name": MusicPlaylist.name, "created_at": MusicPlaylist.created_at}
_RIGHT = Right.VOICE_AND_CHAT
_MOST_NAMED = 20


class MusicService:
    """Use cases of playlists. Files of deleted tracks go with the sweep, after a day."""

    def __init__(self, database: Database, sounds: Sounds) -> None:
        self._database = database
        self._sounds = sounds

    async def list(self, scope: Scope, query: PlaylistQuery) -> Page[PlaylistOut]:
        require(scope.actor, _RIGHT)
        statement = select_in(scope, MusicPlaylist)
        if query.search:
            statement = statement.where(MusicPlaylist.name.icontains(query.search, autoescape=True))
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=MusicPlaylist.id
            )
            items = [await _shown(session, scope, row) for row in rows]
            return Page(items=items, next=following)

    async def get(self, scope: Scope, id: str) -> PlaylistOut:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            return await _shown(session, scope, await get_in(session, scope, MusicPlaylist, id))

    async def create(self, scope: Scope, body: PlaylistCreate) -> PlaylistOut:
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            present = await session.scalar(count_in(scope, MusicPlaylist)) or 0
            require_room(MAX_PLAYLISTS, present, "playlists")
            row = MusicPlaylist(tenant_id=scope.tenant, name=body.name, shuffle=body.shuffle)
            session.add(row)
            await session.flush()
            return await _shown(session, scope, row)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: PlaylistPatch,
        version: int | None = None,
    ) -> PlaylistOut:
        """Change what `patch` names; who waits hears the rest of the present track first."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, MusicPlaylist, id)
            require_version(row, version)
            changes = patch.changes()
            for name in changes.keys() - {"tracks"}:
                setattr(row, name, changes[name])
            if "tracks" in changes:
                await _order(session, scope, row, patch.tracks)
            await session.flush()
            return await _shown(session, scope, row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        """Delete it with its tracks; refused while somebody's callers hear it."""
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, MusicPlaylist, id)
            require_version(row, version)
            used_by = await _users(session, scope, row.id)
            if used_by:
                raise InUse(f"{row.name} is still played.", used_by[:_MOST_NAMED])
            await session.delete(row)

    async def add_track(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        body: TrackUpload,
        source: Path,
    ) -> PlaylistOut:
        """Convert the file `source`, and make it the last track. Raises NotPlayable."""
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            await get_in(session, scope, MusicPlaylist, id)
            await _require_track_room(session, scope, id)
        kept = await self._sounds.take(scope.tenant, AREA, source, MAX_TRACK_SECONDS)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, MusicPlaylist, id)
            await _require_track_room(session, scope, id)
            await _append(session, scope, row, body, kept)
            return await _shown(session, scope, row)

    async def delete_track(self, scope: Scope, id: str, track: str) -> None:  # noqa: A002
        require(scope.actor, _RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, MusicPlaylist, id)
            found = await _track(session, scope, row.id, track)
            row.updated_at = utc_now()
            await session.delete(found)

    async def file(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        track: str,
        *,
        original: bool,
    ) -> tuple[Path, str]:
        """Where the sound lies, as it is played or as it came in, and its name for people."""
        require(scope.actor, _RIGHT)
        async with self._database.reading() as session:
            row = await _track(session, scope, id, track)
        file, ending = (row.original, ORIGINAL) if original else (row.file, SOUND)
        if file is None or not await self._sounds.media.exists(file, ending):
            raise NotFound("There is no such file.")
        return self._sounds.media.path(file, ending), row.name


async def _track(session: AsyncSession, scope: Scope, playlist: str, track: str) -> MusicTrack:
    wanted = select_in(scope, MusicTrack).where(
        MusicTrack.id == track, MusicTrack.playlist_id == playlist
    )
    row = await session.scalar(wanted)
    if row is None:
        raise NotFound("There is no such track.")
    return row


async def _tracks(session: AsyncSession, scope: Scope, playlist: str) -> Sequence[MusicTrack]:
    wanted = select_in(scope, MusicTrack).where(MusicTrack.playlist_id == playlist)
    rows = await session.scalars(wanted.order_by(MusicTrack.position, MusicTrack.id))
    return rows.all()


async def _require_track_room(session: AsyncSession, scope: Scope, playlist: str) -> None:
    wanted = count_in(scope, MusicTrack).where(MusicTrack.playlist_id == playlist)
    require_room(MAX_TRACKS, await session.scalar(wanted) or 0, "tracks in a playlist")


async def _append(
    session: AsyncSession, scope: Scope, row: MusicPlaylist, body: TrackUpload, kept: Kept
) -> None:
    last = await session.scalar(
        select(func.max(MusicTrack.position)).where(MusicTrack.playlist_id == row.id)
    )
    track = MusicTrack(
        tenant_id=scope.tenant,
        playlist_id=row.id,
        position=0 if last is None else last + 1,
        name=body.name,
        file=kept.file,
        original=kept.file,
        seconds=kept.seconds,
    )
    session.add(track)
    row.updated_at = utc_now()
    await session.flush()


async def _order(
    session: AsyncSession, scope: Scope, row: MusicPlaylist, wanted: Sequence[str]
) -> None:
    """Put the tracks in the order of `wanted`, which must name each of them once."""
    rows = {track.id: track for track in await _tracks(session, scope, row.id)}
    if len(wanted) != len(rows) or set(wanted) != rows.keys():
        raise Invalid.field("body.tracks", "must name each track of the playlist once")
    for position, track in enumerate(wanted):
        rows[track].position = position
    row.updated_at = utc_now()


async def _users(session: AsyncSession, scope: Scope, playlist: str) -> list[str]:
    """Readable names of everything whose callers hear `playlist`."""
    found = [
        *await departments_with_music(session, scope, playlist),
        *await ring_groups_with_music(session, scope, playlist),
        *await queues_with_music(session, scope, playlist),
    ]
    if (await tenant_options(session, scope)).calls.music == playlist:
        found.append("option calls.music")
    return found


async def _shown(session: AsyncSession, scope: Scope, row: MusicPlaylist) -> PlaylistOut:
    return PlaylistOut(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        name=row.name,
        shuffle=row.shuffle,
        tracks=[
            TrackOut(
                id=track.id,
                version=track.version,
                created_at=track.created_at,
                updated_at=track.updated_at,
                name=track.name,
                position=position,
                seconds=track.seconds,
            )
            for position, track in enumerate(await _tracks(session, scope, row.id))
        ],
        used_by=await _users(session, scope, row.id),
    )
