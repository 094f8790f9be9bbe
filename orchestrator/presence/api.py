"""Routes of presence."""

from orchestrator.presence.schemas import PresencePage, PresenceQuery
from orchestrator.presence.service import PresenceService
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, list_route
from orchestrator.web.routes import Route

_NOUN = Noun("presence", "presence", Right.SEE_GROUP_MEMBERS, Right.SEE_GROUP_MEMBERS)


def presence_routes(service: PresenceService) -> list[Route]:
    return [list_route(_NOUN, service, PresenceQuery, PresencePage)]
