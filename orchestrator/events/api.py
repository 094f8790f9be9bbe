"""Routes of the event log."""

from orchestrator.events.schemas import EventOut, EventPage, EventQuery
from orchestrator.events.service import EventService
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, list_route, show_route
from orchestrator.web.routes import Route

_NOUN = Noun("events", "event", Right.EVENT_LOG, Right.EVENT_LOG)


def event_routes(service: EventService) -> list[Route]:
    return [
        list_route(_NOUN, service, EventQuery, EventPage),
        show_route(_NOUN, service, EventOut),
    ]
