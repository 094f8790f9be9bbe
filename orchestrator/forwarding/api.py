"""Routes of statuses and forwarding. Signed in is enough: everybody has their own (`-`), and
those of the users they manage."""

from orchestrator.forwarding.exceptions import ExceptionService
from orchestrator.forwarding.schemas import (
    ExceptionCreate,
    ExceptionMove,
    ExceptionOut,
    ExceptionPage,
    ExceptionPatch,
    ExceptionQuery,
    ForwardingBody,
    ForwardingOut,
    StatusBody,
    StatusOut,
)
from orchestrator.forwarding.service import ForwardingService
from orchestrator.schemas import Page
from orchestrator.web.routes import TENANT, Access, ApiRequest, Route

_STATUS = f"{TENANT}/users/{{user}}/status"
_FORWARDING = f"{TENANT}/users/{{user}}/forwarding"
_EXCEPTIONS = f"{_FORWARDING}/exceptions"
_EXCEPTION = f"{_EXCEPTIONS}/{{exception}}"
_TAG = "forwarding"
_NEED = Access.SIGNED_IN


def forwarding_routes(service: ForwardingService) -> list[Route]:
    async def status(request: ApiRequest) -> StatusOut:
        return await service.status(request.scope, request.path["user"])

    async def put_status(request: ApiRequest) -> StatusOut:
        user, body = request.path["user"], request.body(StatusBody)
        return await service.set_status(request.scope, user, body, request.if_match)

    async def forwarding(request: ApiRequest) -> ForwardingOut:
        return await service.forwarding(request.scope, request.path["user"])

    async def put_forwarding(request: ApiRequest) -> ForwardingOut:
        user, body = request.path["user"], request.body(ForwardingBody)
        return await service.set_forwarding(request.scope, user, body, request.if_match)

    return [
        Route(*("GET", _STATUS, _NEED, status, "Show a user's status.", _TAG), answer=StatusOut),
        Route(
            *("PUT", _STATUS, _NEED, put_status, "Put a user into a status.", _TAG),
            body=StatusBody,
            answer=StatusOut,
            versioned=True,
        ),
        Route(
            *("GET", _FORWARDING, _NEED, forwarding, "Show where calls go by status.", _TAG),
            answer=ForwardingOut,
        ),
        Route(
            *("PUT", _FORWARDING, _NEED, put_forwarding, "Set where calls go by status.", _TAG),
            body=ForwardingBody,
            answer=ForwardingOut,
            versioned=True,
        ),
    ]


def exception_routes(service: ExceptionService) -> list[Route]:
    return [*_routes_of_list(service), *_routes_of_one(service)]


def _routes_of_list(service: ExceptionService) -> list[Route]:
    async def show_list(request: ApiRequest) -> Page[ExceptionOut]:
        query = request.query(ExceptionQuery)
        return await service.list(request.scope, request.path["user"], query)

    async def create(request: ApiRequest) -> ExceptionOut:
        body = request.body(ExceptionCreate)
        return await service.create(request.scope, request.path["user"], body)

    return [
        Route(
            *("GET", _EXCEPTIONS, _NEED, show_list, "List exceptions, first asked first.", _TAG),
            query=ExceptionQuery,
            answer=ExceptionPage,
        ),
        Route(
            *("POST", _EXCEPTIONS, _NEED, create, "Create: exception.", _TAG),
            body=ExceptionCreate,
            answer=ExceptionOut,
            status=201,
        ),
    ]


def _routes_of_one(service: ExceptionService) -> list[Route]:
    async def show(request: ApiRequest) -> ExceptionOut:
        return await service.get(request.scope, _key(request))

    async def change(request: ApiRequest) -> ExceptionOut:
        patch = request.body(ExceptionPatch)
        return await service.update(request.scope, _key(request), patch, request.if_match)

    async def move(request: ApiRequest) -> ExceptionOut:
        body = request.body(ExceptionMove)
        return await service.move(request.scope, _key(request), body, request.if_match)

    async def delete(request: ApiRequest) -> None:
        await service.delete(request.scope, _key(request), request.if_match)

    return [
        Route(*("GET", _EXCEPTION, _NEED, show, "Show one exception.", _TAG), answer=ExceptionOut),
        Route(
            *("PATCH", _EXCEPTION, _NEED, change, "Change named fields.", _TAG),
            body=ExceptionPatch,
            answer=ExceptionOut,
            versioned=True,
        ),
        Route(
            *("POST", f"{_EXCEPTION}/move", _NEED, move, "Move up or down.", _TAG),
            body=ExceptionMove,
            answer=ExceptionOut,
            versioned=True,
        ),
        Route(
            *("DELETE", _EXCEPTION, _NEED, delete, "Delete: exception.", _TAG),
            status=204,
            versioned=True,
        ),
    ]


def _key(request: ApiRequest) -> tuple[str, str]:
    """The user and the id of an exception."""
    return request.path["user"], request.path["exception"]
