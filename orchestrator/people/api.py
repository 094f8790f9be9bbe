"""Routes of users."""

from orchestrator.people.schemas import (
    PinBody,
    PinOut,
    UserBulk,
    UserBulkOut,
    UserCreate,
    UserOut,
    UserPage,
    UserPatch,
    UserQuery,
)
from orchestrator.people.service import UserService
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import Access, ApiRequest, Route

_RIGHT = Right.MANAGE_USERS_SAME_DEPARTMENT
# Everybody has a PIN of their own (`-`).
_OWN = Access.SIGNED_IN
_NOUN = Noun("users", "user", _RIGHT, _RIGHT)
_SHAPES = Shapes(UserCreate, UserPatch, UserQuery, UserOut, UserPage)


def user_routes(service: UserService) -> list[Route]:
    async def bulk(request: ApiRequest) -> UserBulkOut:
        return await service.bulk(request.scope, request.body(UserBulk))

    async def reset_totp(request: ApiRequest) -> None:
        await service.reset_totp(request.scope, request.path["user"])

    async def show_pin(request: ApiRequest) -> PinOut:
        return await service.pin(request.scope, request.path["user"])

    async def set_pin(request: ApiRequest) -> PinOut:
        return await service.set_pin(request.scope, request.path["user"], request.body(PinBody))

    pin, tag = f"{_NOUN.item_path}/pin", _NOUN.words
    return [
        *resource_routes(_NOUN, service, _SHAPES),
        Route(
            *("POST", f"{_NOUN.path}/bulk", _RIGHT, bulk, "Change many users.", _NOUN.words),
            body=UserBulk,
            answer=UserBulkOut,
        ),
        Route(
            *("DELETE", f"{_NOUN.item_path}/totp", _RIGHT, reset_totp, "Reset codes.", _NOUN.words),
            status=204,
        ),
        Route(*("GET", pin, _OWN, show_pin, "Show a user's PIN.", tag), answer=PinOut),
        Route(*("PUT", pin, _OWN, set_pin, "Set a user's PIN.", tag), body=PinBody, answer=PinOut),
    ]
