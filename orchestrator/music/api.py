"""Routes of music on hold."""

from aiohttp import web

from orchestrator.audio.conversion import MAX_UPLOAD
from orchestrator.errors import LimitReached
from orchestrator.music.schemas import (
    PlaylistCreate,
    PlaylistOut,
    PlaylistPage,
    PlaylistPatch,
    PlaylistQuery,
    TrackUpload,
)
from orchestrator.music.service import MusicService
from orchestrator.prompts.api import sound_response
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import ApiRequest, Route, Upload

_RIGHT = Right.VOICE_AND_CHAT
_NOUN = Noun("music-playlists", "playlist", _RIGHT, _RIGHT)
_SHAPES = Shapes(PlaylistCreate, PlaylistPatch, PlaylistQuery, PlaylistOut, PlaylistPage)
_TRACKS = f"{_NOUN.item_path}/tracks"
_TRACK = f"{_TRACKS}/{{track}}"


def music_routes(service: MusicService) -> list[Route]:
    async def delete(request: ApiRequest) -> None:
        path = request.path
        await service.delete_track(request.scope, path[_NOUN.variable], path["track"])

    return [
        *resource_routes(_NOUN, service, _SHAPES),
        _add(service),
        Route(*("DELETE", _TRACK, _RIGHT, delete, "Delete: track.", _NOUN.words), status=204),
        _download(service, "audio", original=False),
        _download(service, "original", original=True),
    ]


def _add(service: MusicService) -> Route:
    async def add(request: ApiRequest) -> PlaylistOut:
        if request.file is None:
            raise TypeError("the route takes files only")
        body = request.query(TrackUpload)
        return await service.add_track(
            request.scope, request.path[_NOUN.variable], body, request.file
        )

    return Route(
        *("POST", _TRACKS, _RIGHT, add, "Bring an audio file as the last track.", _NOUN.words),
        upload=Upload(TrackUpload, MAX_UPLOAD),
        answer=PlaylistOut,
        errors=(LimitReached,),
        replayable=False,
    )


def _download(service: MusicService, what: str, *, original: bool) -> Route:
    async def download(request: ApiRequest) -> web.StreamResponse:
        playlist, track = request.path[_NOUN.variable], request.path["track"]
        path, name = await service.file(request.scope, playlist, track, original=original)
        return sound_response(path, name, original=original)

    text = "The file as it came in." if original else "The sound as callers hear it (WAV)."
    return Route(*("GET", f"{_TRACK}/{what}", _RIGHT, download, text, _NOUN.words))
