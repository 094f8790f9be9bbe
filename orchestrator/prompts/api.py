"""Routes of prompts."""

from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from orchestrator.audio.conversion import MAX_UPLOAD
from orchestrator.calls.control import CallControl
from orchestrator.calls.schemas import CallMade
from orchestrator.errors import Conflict, LimitReached, Unavailable
from orchestrator.prompts.schemas import (
    PromptCall,
    PromptCallNew,
    PromptContent,
    PromptOut,
    PromptPage,
    PromptPatch,
    PromptQuery,
    PromptSpeak,
    PromptText,
    PromptUpload,
)
from orchestrator.prompts.service import PromptService
from orchestrator.rights.rules import Right
from orchestrator.routing.decision import RecordPrompt
from orchestrator.web.crud import Noun, change_route, delete_route, list_route, show_route
from orchestrator.web.routes import ApiRequest, Route, Upload

_RIGHT = Right.VOICE_AND_CHAT
_NOUN = Noun("prompts", "prompt", _RIGHT, _RIGHT)


def prompt_routes(service: PromptService, calls: CallControl) -> list[Route]:
    return [
        list_route(_NOUN, service, PromptQuery, PromptPage),
        _create(service),
        show_route(_NOUN, service, PromptOut),
        change_route(_NOUN, service, PromptPatch, PromptOut),
        delete_route(_NOUN, service),
        _replace(service),
        _record(service, calls),
        _record_new(service, calls),
        _download(service, "audio", original=False),
        _download(service, "original", original=True),
    ]


def _create(service: PromptService) -> Route:
    async def create(request: ApiRequest) -> PromptOut:
        if request.file is not None:
            return await service.upload(request.scope, request.query(PromptUpload), request.file)
        return await service.speak(request.scope, request.body(PromptSpeak))

    return Route(
        *("POST", _NOUN.path, _RIGHT, create, "Bring an audio file, or a text to be read aloud."),
        _NOUN.words,
        body=PromptSpeak,
        upload=Upload(PromptUpload, MAX_UPLOAD),
        answer=PromptOut,
        status=201,
        errors=(LimitReached,),
        replayable=False,
    )


def _replace(service: PromptService) -> Route:
    async def replace(request: ApiRequest) -> PromptOut:
        id_, version = request.path[_NOUN.variable], request.if_match
        if request.file is not None:
            content = request.query(PromptContent)
            return await service.replace(request.scope, id_, content, request.file, version)
        return await service.respeak(request.scope, id_, request.body(PromptText), version)

    return Route(
        *("PUT", f"{_NOUN.item_path}/audio", _RIGHT, replace, "Give it new words."),
        _NOUN.words,
        body=PromptText,
        upload=Upload(PromptContent, MAX_UPLOAD),
        answer=PromptOut,
        versioned=True,
    )


def _record(service: PromptService, calls: CallControl) -> Route:
    async def record(request: ApiRequest) -> CallMade:
        scope, id_ = request.scope, request.path[_NOUN.variable]
        wanted = RecordPrompt(scope, id_, await service.recordable(scope, id_))
        return await calls.record_prompt(request.body(PromptCall).user, wanted)

    return Route(
        *("POST", f"{_NOUN.item_path}/record", _RIGHT, record, "Speak new words by telephone."),
        _NOUN.words,
        body=PromptCall,
        answer=CallMade,
        status=202,
        errors=(Conflict, Unavailable),
        body_optional=True,
    )


def _record_new(service: PromptService, calls: CallControl) -> Route:
    async def record(request: ApiRequest) -> CallMade:
        body = request.body(PromptCallNew)
        await service.require_new(request.scope, body.name)
        return await calls.record_prompt(body.user, RecordPrompt(request.scope, "", body.name))

    return Route(
        *("POST", f"{_NOUN.path}/record", _RIGHT, record, "Speak a new prompt by telephone."),
        _NOUN.words,
        body=PromptCallNew,
        answer=CallMade,
        status=202,
        errors=(Conflict, LimitReached, Unavailable),
    )


def _download(service: PromptService, what: str, *, original: bool) -> Route:
    async def download(request: ApiRequest) -> web.StreamResponse:
        id_ = request.path[_NOUN.variable]
        path, name = await service.file(request.scope, id_, original=original)
        return sound_response(path, name, original=original)

    text = "The file as it came in." if original else "The sound as callers hear it (WAV)."
    return Route(*("GET", f"{_NOUN.item_path}/{what}", _RIGHT, download, text), _NOUN.words)


def sound_response(path: Path, name: str, *, original: bool) -> web.FileResponse:
    """A file of the media store, in parts if the client asks so.

    What people brought is never shown by a browser, whatever it is.
    """
    kind = "application/octet-stream" if original else "audio/wav"
    ending = "" if original else ".wav"
    shown = f"attachment; filename*=UTF-8''{quote(name + ending, safe='')}"
    return web.FileResponse(path, headers={"Content-Type": kind, "Content-Disposition": shown})
