"""Routes of voicemail. Signed in is enough: the services show everybody what is theirs."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp.web import FileResponse

from orchestrator.audio.conversion import MAX_UPLOAD
from orchestrator.errors import Conflict, NotFound
from orchestrator.forwarding.rules import Status
from orchestrator.schemas import Page
from orchestrator.voicemail.boxes import BoxService
from orchestrator.voicemail.greetings import GreetingService
from orchestrator.voicemail.messages import MessageService
from orchestrator.voicemail.schemas import (
    BoxOut,
    BoxPatch,
    MessageBulk,
    MessageBulkOut,
    MessageForward,
    MessageOut,
    MessagePage,
    MessagePatch,
    MessageQuery,
    NoFields,
    SpokenText,
)
from orchestrator.web.routes import TENANT, Access, ApiRequest, Route, Upload

ALWAYS = "always"
"""How a path names the greeting for every status that has none of its own."""

_NEED = Access.SIGNED_IN
_TAG = "voicemail"
_MESSAGES = f"{TENANT}/voicemail/messages"
_MESSAGE = f"{_MESSAGES}/{{message}}"

_Get = Callable[..., Awaitable[BoxOut]]


def voicemail_routes(
    boxes: BoxService, greetings: GreetingService, messages: MessageService
) -> list[Route]:
    of_users, of_groups = f"{TENANT}/users/{{user}}", f"{TENANT}/ring-groups/{{ring_group}}"
    return [
        *_box(f"{of_users}/voicemail", "user", boxes.of_user, boxes.change_of_user),
        *_greetings(f"{of_users}/voicemail", "user", boxes),
        *_new_words(f"{of_users}/voicemail", "user", greetings),
        *_box(f"{of_groups}/voicemail", "ring_group", boxes.of_group, boxes.change_of_group),
        *_greetings(f"{of_groups}/voicemail", "ring_group", boxes),
        *_new_words(f"{of_groups}/voicemail", "ring_group", greetings),
        *_many(messages),
        *_one(messages),
    ]


def _box(path: str, owner: str, get: _Get, change: _Get) -> list[Route]:
    async def show(request: ApiRequest) -> BoxOut:
        return await get(request.scope, request.path[owner])

    async def patch(request: ApiRequest) -> BoxOut:
        body = request.body(BoxPatch)
        return await change(request.scope, request.path[owner], body, request.if_match)

    return [
        Route(*("GET", path, _NEED, show, "Show a voicemail box.", _TAG), answer=BoxOut),
        Route(
            *("PATCH", path, _NEED, patch, "Change named fields.", _TAG),
            body=BoxPatch,
            answer=BoxOut,
            versioned=True,
        ),
    ]


def _greetings(path: str, owner: str, boxes: BoxService) -> list[Route]:
    async def hear(request: ApiRequest) -> FileResponse:
        status = _status(request.path["status"])
        return _sound(await boxes.greeting(request.scope, request.path[owner], status))

    async def drop(request: ApiRequest) -> None:
        status = _status(request.path["status"])
        await boxes.drop_greeting(request.scope, request.path[owner], status)

    async def hear_name(request: ApiRequest) -> FileResponse:
        return _sound(await boxes.self_id(request.scope, request.path[owner]))

    async def drop_name(request: ApiRequest) -> None:
        await boxes.set_self_id(request.scope, request.path[owner], None)

    one, name = f"{path}/greetings/{{status}}", f"{path}/self-id"
    return [
        Route(*("GET", f"{one}/audio", _NEED, hear, "Hear a greeting.", _TAG)),
        Route(*("DELETE", one, _NEED, drop, "Delete a greeting.", _TAG), status=204),
        Route(*("GET", f"{name}/audio", _NEED, hear_name, "Hear the spoken name.", _TAG)),
        Route(*("DELETE", name, _NEED, drop_name, "Delete the spoken name.", _TAG), status=204),
    ]


def _new_words(path: str, owner: str, greetings: GreetingService) -> list[Route]:
    async def greet(request: ApiRequest) -> BoxOut:
        who, status = request.path[owner], _status(request.path["status"])
        if request.file is not None:
            return await greetings.bring(request.scope, who, status, request.file)
        return await greetings.speak(request.scope, who, status, request.body(SpokenText))

    async def name(request: ApiRequest) -> None:
        who = request.path[owner]
        if request.file is not None:
            await greetings.bring_name(request.scope, who, request.file)
        else:
            await greetings.speak_name(request.scope, who, request.body(SpokenText))

    upload = Upload(NoFields, MAX_UPLOAD)
    return [
        Route(
            *("PUT", f"{path}/greetings/{{status}}", _NEED, greet, "Bring a greeting.", _TAG),
            body=SpokenText,
            upload=upload,
            answer=BoxOut,
            errors=(Conflict,),
        ),
        Route(
            *("PUT", f"{path}/self-id", _NEED, name, "Bring the spoken name.", _TAG),
            body=SpokenText,
            upload=upload,
            status=204,
            errors=(Conflict,),
        ),
    ]


def _many(service: MessageService) -> list[Route]:
    async def show_list(request: ApiRequest) -> Page[MessageOut]:
        return await service.list(request.scope, request.query(MessageQuery))

    async def bulk(request: ApiRequest) -> MessageBulkOut:
        return await service.bulk(request.scope, request.body(MessageBulk))

    return [
        Route(
            *("GET", _MESSAGES, _NEED, show_list, "List messages of one's boxes.", _TAG),
            query=MessageQuery,
            answer=MessagePage,
        ),
        Route(
            *("POST", f"{_MESSAGES}/bulk", _NEED, bulk, "Change many messages.", _TAG),
            body=MessageBulk,
            answer=MessageBulkOut,
            errors=(NotFound,),
        ),
    ]


def _one(service: MessageService) -> list[Route]:
    async def show(request: ApiRequest) -> MessageOut:
        return await service.get(request.scope, request.path["message"])

    async def audio(request: ApiRequest) -> FileResponse:
        return _sound(await service.audio(request.scope, request.path["message"]))

    async def mark(request: ApiRequest) -> MessageOut:
        heard = request.body(MessagePatch).heard
        return await service.mark(request.scope, request.path["message"], heard=heard)

    async def delete(request: ApiRequest) -> None:
        await service.delete(request.scope, request.path["message"])

    async def forward(request: ApiRequest) -> None:
        body = request.body(MessageForward)
        await service.forward(request.scope, request.path["message"], body)

    return [
        Route(*("GET", _MESSAGE, _NEED, show, "Show a message.", _TAG), answer=MessageOut),
        Route(*("GET", f"{_MESSAGE}/audio", _NEED, audio, "Hear a message.", _TAG)),
        Route(
            *("PATCH", _MESSAGE, _NEED, mark, "Mark as heard or new.", _TAG),
            body=MessagePatch,
            answer=MessageOut,
        ),
        Route(*("DELETE", _MESSAGE, _NEED, delete, "Delete a message.", _TAG), status=204),
        Route(
            *("POST", f"{_MESSAGE}/forward", _NEED, forward, "Copy into other boxes.", _TAG),
            body=MessageForward,
            status=204,
        ),
    ]


def _status(word: str) -> Status | None:
    if word == ALWAYS:
        return None
    try:
        return Status(word)
    except ValueError as error:
        raise NotFound("There is no such greeting.") from error


def _sound(file: Path) -> FileResponse:
    """The file, or the part that `Range` asks for; no cache keeps what is private."""
    if not file.exists():
        raise NotFound("The recording is gone.")
    headers = {"Content-Type": "audio/wav", "Cache-Control": "private, no-store"}
    return FileResponse(file, headers=headers)
