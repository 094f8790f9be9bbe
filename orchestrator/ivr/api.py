"""Routes of IVRs."""

from orchestrator.ivr.schemas import IvrCreate, IvrOut, IvrPage, IvrPatch, IvrQuery
from orchestrator.ivr.service import IvrService
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import Route

_NOUN = Noun("ivrs", "ivr", Right.CALL_HANDLING, Right.CALL_HANDLING)
_SHAPES = Shapes(IvrCreate, IvrPatch, IvrQuery, IvrOut, IvrPage)


def ivr_routes(service: IvrService) -> list[Route]:
    return resource_routes(_NOUN, service, _SHAPES)
