"""Tables of music on hold: playlists and their tracks."""

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import Base, Row, TenantOwned, within_tenant


class MusicPlaylist(Base, Row, TenantOwned):
    """What waiting callers hear. `shuffle`: its tracks come in random order."""

    __tablename__ = "music_playlists"
    __in_plan__ = True
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "name"))

    name: Mapped[str] = mapped_column(String(80))
    shuffle: Mapped[bool] = mapped_column(default=False)


class MusicTrack(Base, Row, TenantOwned):
    """One piece of a playlist; `file` is in the media store, without an ending (`media.py`)."""

    __tablename__ = "music_tracks"
    __in_plan__ = True
    __table_args__ = (within_tenant("playlist_id", "music_playlists", ondelete="CASCADE"),)

    playlist_id: Mapped[str] = mapped_column(String(36), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    file: Mapped[str] = mapped_column(String(160))
    original: Mapped[str | None] = mapped_column(String(160))
    seconds: Mapped[float] = mapped_column(default=0.0)
