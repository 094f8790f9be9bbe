"""Routes of parking places and parked calls."""

from orchestrator.parking.schemas import (
    ParkedCallsOut,
    ParkingPlaceCreate,
    ParkingPlaceOut,
    ParkingPlacePage,
    ParkingPlacePatch,
    ParkingPlaceQuery,
)
from orchestrator.parking.service import ParkingService
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import TENANT, ApiRequest, Route

_RIGHT = Right.CALL_HANDLING
_NOUN = Noun("parking-places", "parking place", _RIGHT, _RIGHT)
_SHAPES = Shapes(
    ParkingPlaceCreate, ParkingPlacePatch, ParkingPlaceQuery, ParkingPlaceOut, ParkingPlacePage
)


def parking_routes(service: ParkingService) -> list[Route]:
    async def waiting(request: ApiRequest) -> ParkedCallsOut:
        return await service.waiting(request.scope)

    path = f"{TENANT}/parked-calls"
    return [
        *resource_routes(_NOUN, service, _SHAPES),
        Route(
            *("GET", path, Right.PARK_CALLS, waiting, "List the calls that wait.", _NOUN.words),
            answer=ParkedCallsOut,
        ),
    ]
