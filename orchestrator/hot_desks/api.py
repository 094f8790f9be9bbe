"""Routes of hot-desk phones."""

from orchestrator.hot_desks.schemas import (
    HotDeskCreate,
    HotDeskOut,
    HotDeskPage,
    HotDeskPatch,
    HotDeskQuery,
    HotDeskWithSecret,
)
from orchestrator.hot_desks.service import HotDeskService
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import ApiRequest, Route

_RIGHT = Right.PHONES
_NOUN = Noun("hot-desks", "hot desk", _RIGHT, _RIGHT)
_SHAPES = Shapes(
    HotDeskCreate,
    HotDeskPatch,
    HotDeskQuery,
    HotDeskOut,
    HotDeskPage,
    created=HotDeskWithSecret,
)


def hot_desk_routes(service: HotDeskService) -> list[Route]:
    async def log_out(request: ApiRequest) -> HotDeskOut:
        return await service.log_out(request.scope, request.path[_NOUN.variable])

    async def reveal(request: ApiRequest) -> HotDeskWithSecret:
        return await service.reveal_secret(request.scope, request.path[_NOUN.variable])

    async def rotate(request: ApiRequest) -> HotDeskWithSecret:
        return await service.rotate_secret(request.scope, request.path[_NOUN.variable])

    tag, item = _NOUN.words, _NOUN.item_path
    return [
        *resource_routes(_NOUN, service, _SHAPES),
        Route(
            *("POST", f"{item}/log-out", _RIGHT, log_out, "Log out who is logged in.", tag),
            answer=HotDeskOut,
        ),
        Route(
            *("POST", f"{item}/reveal-secret", _RIGHT, reveal, "Show the secret.", tag),
            answer=HotDeskWithSecret,
            replayable=False,
        ),
        Route(
            *("POST", f"{item}/rotate-secret", _RIGHT, rotate, "New secret.", tag),
            answer=HotDeskWithSecret,
            replayable=False,
        ),
    ]
