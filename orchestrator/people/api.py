"""Routes of users."""

from orchestrator.people.schemas import (
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
from orchestrator.web.routes import ApiRequest, Route

_RIGHT = Right.MANAGE_USERS_SAME_DEPARTMENT
_NOUN = Noun("users", "user", _RIGHT, _RIGHT)
_SHAPES = Shapes(UserCreate, UserPatch, UserQuery, UserOut, UserPage)


def user_routes(service: UserService) -> list[Route]:
    async def bulk(request: ApiRequest) -> UserBulkOut:
        return await service.bulk(request.scope, request.body(UserBulk))

    async def reset_totp(request: ApiRequest) -> None:
        await service.reset_totp(request.scope, request.path["user"])

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
    ]
