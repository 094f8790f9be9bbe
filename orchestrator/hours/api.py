"""Routes of office hours, holidays and overrides."""

from orchestrator.hours.holidays import HolidayService
from orchestrator.hours.overrides import OverrideService
from orchestrator.hours.schemas import (
    DepartmentHoursBody,
    DepartmentHoursOut,
    HolidayCreate,
    HolidayOut,
    HolidayPage,
    HolidayPatch,
    HolidayQuery,
    HoursStateOut,
    HoursStateQuery,
    NationalBody,
    NationalOut,
    OverrideBody,
    OverrideOut,
    UserHoursBody,
    UserHoursOut,
)
from orchestrator.hours.service import HoursService
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import TENANT, ApiRequest, Route

_RIGHT = Right.OFFICE_HOURS
_OF_USERS = Right.MANAGE_USERS_SAME_DEPARTMENT
_OVERRIDE = Right.OVERRIDE_OFFICE_HOURS
_TAG = "office hours"

_DEPARTMENT = f"{TENANT}/departments/{{department}}"
_HOURS = f"{_DEPARTMENT}/hours"
_USER = f"{TENANT}/users/{{user}}/hours"
_HOLIDAYS = Noun("holidays", "holiday", _RIGHT, _RIGHT)
_HOLIDAY_SHAPES = Shapes(HolidayCreate, HolidayPatch, HolidayQuery, HolidayOut, HolidayPage)


def hours_routes(service: HoursService) -> list[Route]:
    async def show(request: ApiRequest) -> DepartmentHoursOut:
        return await service.of_department(request.scope, request.path["department"])

    async def put(request: ApiRequest) -> DepartmentHoursOut:
        department, body = request.path["department"], request.body(DepartmentHoursBody)
        return await service.set_department(request.scope, department, body, request.if_match)

    async def state(request: ApiRequest) -> HoursStateOut:
        at = request.query(HoursStateQuery).instant
        return await service.state(request.scope, request.path["department"], at)

    return [
        Route(
            *("GET", _HOURS, _RIGHT, show, "Show the hours of a department.", _TAG),
            answer=DepartmentHoursOut,
        ),
        Route(
            *("PUT", _HOURS, _RIGHT, put, "Set the hours of a department.", _TAG),
            body=DepartmentHoursBody,
            answer=DepartmentHoursOut,
            versioned=True,
        ),
        Route(
            *("GET", f"{_DEPARTMENT}/hours-state", Right.SEE_GROUP_MEMBERS, state),
            *("Whether a department is open, and until when.", _TAG),
            query=HoursStateQuery,
            answer=HoursStateOut,
        ),
        *_user_routes(service),
    ]


def _user_routes(service: HoursService) -> list[Route]:
    async def show(request: ApiRequest) -> UserHoursOut:
        return await service.of_user(request.scope, request.path["user"])

    async def put(request: ApiRequest) -> UserHoursOut:
        user, body = request.path["user"], request.body(UserHoursBody)
        return await service.set_user(request.scope, user, body, request.if_match)

    async def delete(request: ApiRequest) -> None:
        await service.clear_user(request.scope, request.path["user"], request.if_match)

    return [
        Route(
            *("GET", _USER, _OF_USERS, show, "Show the own hours of a user.", _TAG),
            answer=UserHoursOut,
        ),
        Route(
            *("PUT", _USER, _OF_USERS, put, "Give a user own hours.", _TAG),
            body=UserHoursBody,
            answer=UserHoursOut,
            versioned=True,
        ),
        Route(
            *("DELETE", _USER, _OF_USERS, delete, "Let the department's hours count.", _TAG),
            status=204,
            versioned=True,
        ),
    ]


def holiday_routes(service: HolidayService) -> list[Route]:
    async def national(request: ApiRequest) -> NationalOut:
        return await service.add_national(request.scope, request.body(NationalBody))

    path, words = f"{_HOLIDAYS.path}/national", _HOLIDAYS.words
    return [
        *resource_routes(_HOLIDAYS, service, _HOLIDAY_SHAPES),
        Route(
            *("POST", path, _RIGHT, national, "Fill in public holidays.", words),
            body=NationalBody,
            answer=NationalOut,
        ),
    ]


def override_routes(service: OverrideService) -> list[Route]:
    """The same three for one department and for all."""
    return [
        *_override_routes(service, f"{_DEPARTMENT}/hours-override", "of a department"),
        *_override_routes(service, f"{TENANT}/hours-override", "of all departments"),
    ]


def _override_routes(service: OverrideService, path: str, whose: str) -> list[Route]:
    async def show(request: ApiRequest) -> OverrideOut:
        return await service.get(request.scope, request.path.get("department"))

    async def put(request: ApiRequest) -> OverrideOut:
        department, body = request.path.get("department"), request.body(OverrideBody)
        return await service.put(request.scope, department, body, request.if_match)

    async def delete(request: ApiRequest) -> None:
        department = request.path.get("department")
        await service.delete(request.scope, department, request.if_match)

    return [
        Route(
            *("GET", path, _OVERRIDE, show, f"Show the override {whose}.", _TAG),
            answer=OverrideOut,
        ),
        Route(
            *("PUT", path, _OVERRIDE, put, f"Override the hours {whose}.", _TAG),
            body=OverrideBody,
            answer=OverrideOut,
            versioned=True,
        ),
        Route(
            *("DELETE", path, _OVERRIDE, delete, f"Take back the override {whose}.", _TAG),
            status=204,
            versioned=True,
        ),
    ]
