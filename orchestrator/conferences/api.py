"""Routes of conference rooms."""

from orchestrator.conferences.schemas import (
    ConferenceCreate,
    ConferenceOut,
    ConferencePage,
    ConferencePatch,
    ConferenceQuery,
)
from orchestrator.conferences.service import ConferenceService
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import Route

_RIGHT = Right.CALL_HANDLING
_NOUN = Noun("conferences", "conference", _RIGHT, _RIGHT)
_SHAPES = Shapes(ConferenceCreate, ConferencePatch, ConferenceQuery, ConferenceOut, ConferencePage)


def conference_routes(service: ConferenceService) -> list[Route]:
    return resource_routes(_NOUN, service, _SHAPES)
