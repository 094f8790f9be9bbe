"""Routes of DIDs."""

from orchestrator.numbers.schemas import (
    DidBulk,
    DidBulkOut,
    DidCreate,
    DidOut,
    DidPage,
    DidPatch,
    DidQuery,
)
from orchestrator.numbers.service import DidService
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import ApiRequest, Route

_RIGHT = Right.VOICE_AND_CHAT
_NOUN = Noun("dids", "DID", _RIGHT, _RIGHT)
_SHAPES = Shapes(DidCreate, DidPatch, DidQuery, DidOut, DidPage)


def did_routes(service: DidService) -> list[Route]:
    async def bulk(request: ApiRequest) -> DidBulkOut:
        return await service.bulk(request.scope, request.body(DidBulk))

    return [
        *resource_routes(_NOUN, service, _SHAPES),
        Route(
            *("POST", f"{_NOUN.path}/bulk", _RIGHT, bulk, "Change many DIDs.", _NOUN.words),
            body=DidBulk,
            answer=DidBulkOut,
        ),
    ]
