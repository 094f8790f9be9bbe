"""Routes of hotel rooms and minibars."""

from orchestrator.hotel.schemas import (
    MinibarOut,
    MinibarPage,
    MinibarPatch,
    MinibarQuery,
    RoomBody,
    RoomOut,
    RoomPage,
    RoomQuery,
)
from orchestrator.hotel.service import MinibarService, RoomService
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, change_route, delete_route, list_route
from orchestrator.web.routes import ApiRequest, Route

_RIGHT = Right.RECEPTIONIST_OPERATIONS
_ROOMS = Noun("hotel-rooms", "hotel room", _RIGHT, _RIGHT)
_MINIBAR = Noun("minibar-entries", "minibar entry", _RIGHT, _RIGHT)


def hotel_routes(rooms: RoomService, minibar: MinibarService) -> list[Route]:
    async def set_status(request: ApiRequest) -> RoomOut:
        return await rooms.set_status(request.scope, request.path["user"], request.body(RoomBody))

    room = f"{_ROOMS.path}/{{user}}"
    return [
        list_route(_ROOMS, rooms, RoomQuery, RoomPage),
        Route(
            *("PUT", room, _RIGHT, set_status, "Say how a user's room is.", _ROOMS.words),
            body=RoomBody,
            answer=RoomOut,
        ),
        list_route(_MINIBAR, minibar, MinibarQuery, MinibarPage),
        change_route(_MINIBAR, minibar, MinibarPatch, MinibarOut),
        delete_route(_MINIBAR, minibar),
    ]
