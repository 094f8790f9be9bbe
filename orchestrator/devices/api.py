"""Routes of devices."""

from orchestrator.devices.schemas import (
    DeviceBulk,
    DeviceBulkOut,
    DeviceCreate,
    DeviceOut,
    DevicePage,
    DevicePatch,
    DeviceQuery,
    DeviceWithSecret,
)
from orchestrator.devices.service import DeviceService
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import ApiRequest, Route

_RIGHT = Right.MANAGE_USERS_SAME_DEPARTMENT
_NOUN = Noun("devices", "device", _RIGHT, _RIGHT)
_SHAPES = Shapes(
    DeviceCreate, DevicePatch, DeviceQuery, DeviceOut, DevicePage, created=DeviceWithSecret
)


def device_routes(service: DeviceService) -> list[Route]:
    async def bulk(request: ApiRequest) -> DeviceBulkOut:
        return await service.bulk(request.scope, request.body(DeviceBulk))

    async def reveal(request: ApiRequest) -> DeviceWithSecret:
        return await service.reveal_secret(request.scope, request.path["device"])

    async def rotate(request: ApiRequest) -> DeviceWithSecret:
        return await service.rotate_secret(request.scope, request.path["device"])

    tag = _NOUN.words
    return [
        *resource_routes(_NOUN, service, _SHAPES),
        Route(
            *("POST", f"{_NOUN.path}/bulk", _RIGHT, bulk, "Change many devices.", tag),
            body=DeviceBulk,
            answer=DeviceBulkOut,
        ),
        Route(
            *("POST", f"{_NOUN.item_path}/reveal-secret", _RIGHT, reveal, "Show the secret.", tag),
            answer=DeviceWithSecret,
            replayable=False,
        ),
        Route(
            *("POST", f"{_NOUN.item_path}/rotate-secret", _RIGHT, rotate, "New secret.", tag),
            answer=DeviceWithSecret,
            replayable=False,
        ),
    ]
