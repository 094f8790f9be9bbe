"""Routes of departments."""

from orchestrator.departments.schemas import (
    DepartmentCreate,
    DepartmentOut,
    DepartmentPatch,
    DepartmentQuery,
)
from orchestrator.departments.service import DepartmentService
from orchestrator.rights.rules import Right
from orchestrator.schemas import Page
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import Route

_NOUN = Noun("departments", "department", Right.OPEN_ADMIN_CONSOLE, Right.DEPARTMENTS)
_SHAPES = Shapes(
    DepartmentCreate, DepartmentPatch, DepartmentQuery, DepartmentOut, Page[DepartmentOut]
)


def department_routes(service: DepartmentService) -> list[Route]:
    return resource_routes(_NOUN, service, _SHAPES)
