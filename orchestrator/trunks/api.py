"""Routes of trunks."""

from orchestrator.rights.rules import Right
from orchestrator.trunks.schemas import TrunkCreate, TrunkOut, TrunkPage, TrunkPatch, TrunkQuery
from orchestrator.trunks.service import TrunkService
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import Route

_NOUN = Noun("trunks", "trunk", Right.VOICE_AND_CHAT, Right.VOICE_AND_CHAT)
_SHAPES = Shapes(TrunkCreate, TrunkPatch, TrunkQuery, TrunkOut, TrunkPage)


def trunk_routes(service: TrunkService) -> list[Route]:
    return resource_routes(_NOUN, service, _SHAPES)
