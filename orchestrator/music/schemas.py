"""What the API says about music on hold."""

from typing import Annotated, Literal

from pydantic import Field

from orchestrator.schemas import Body, Line, ListQuery, Page, Patch, Reference, Resource

PlaylistName = Annotated[Line, Field(min_length=1, max_length=80)]
TrackName = Annotated[Line, Field(min_length=1, max_length=120)]

MAX_TRACKS = 50
"""Tracks of one playlist at most."""


class PlaylistCreate(Body):
    """A new playlist, without tracks. `shuffle`: they come in random order."""

    name: PlaylistName
    shuffle: bool = False


class PlaylistPatch(Patch):
    """`tracks`: all ids of its tracks, in their new order."""

    name: PlaylistName = ""
    shuffle: bool = False
    tracks: Annotated[list[Reference], Field(max_length=MAX_TRACKS)] = []


class PlaylistQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of the name.")


class TrackUpload(Body):
    """What comes with the file of a new track, which becomes the last."""

    name: TrackName


class TrackOut(Resource):
    name: str
    position: int
    seconds: float


class PlaylistOut(Resource):
    """A playlist with its tracks in their order. `used_by`: readable names of who plays it."""

    name: str
    shuffle: bool
    tracks: list[TrackOut]
    used_by: list[str]


PlaylistPage = Page[PlaylistOut]
