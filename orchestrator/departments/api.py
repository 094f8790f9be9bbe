"""Routes of departments."""

from orchestrator.departments.menu import DepartmentMenuService
from orchestrator.departments.schemas import (
    DepartmentCreate,
    DepartmentMenuBody,
    DepartmentMenuOut,
    DepartmentOut,
    DepartmentPatch,
    DepartmentQuery,
)
from orchestrator.departments.service import DepartmentService
from orchestrator.rights.rules import Right
from orchestrator.schemas import Page
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import TENANT, ApiRequest, Route

_NOUN = Noun("departments", "department", Right.OPEN_ADMIN_CONSOLE, Right.DEPARTMENTS)
_SHAPES = Shapes(
    DepartmentCreate, DepartmentPatch, DepartmentQuery, DepartmentOut, Page[DepartmentOut]
)


def department_routes(service: DepartmentService) -> list[Route]:
    return resource_routes(_NOUN, service, _SHAPES)


def department_menu_routes(service: DepartmentMenuService) -> list[Route]:
    path, right, tag = f"{TENANT}/departments/{{department}}/menu", Right.CALL_HANDLING, _NOUN.words

    async def show(request: ApiRequest) -> DepartmentMenuOut:
        return await service.get(request.scope, request.path["department"])

    async def put(request: ApiRequest) -> DepartmentMenuOut:
        department, body = request.path["department"], request.body(DepartmentMenuBody)
        return await service.put(request.scope, department, body, request.if_match)

    return [
        Route(
            *("GET", path, right, show, "Show the menu of a department.", tag),
            answer=DepartmentMenuOut,
        ),
        Route(
            *("PUT", path, right, put, "Set the menu of a department.", tag),
            body=DepartmentMenuBody,
            answer=DepartmentMenuOut,
            versioned=True,
        ),
    ]
