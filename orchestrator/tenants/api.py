"""Routes of tenants and operators."""

from orchestrator.schemas import Page
from orchestrator.tenants.operators import OperatorService
from orchestrator.tenants.schemas import (
    OperatorCreate,
    OperatorOut,
    OperatorPage,
    OperatorPatch,
    OperatorQuery,
    TenantCreate,
    TenantOut,
    TenantPage,
    TenantPatch,
    TenantQuery,
)
from orchestrator.tenants.service import TenantService
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import TENANT, Access, ApiRequest, Route

_TAG = "tenants"
_OPERATORS = Noun("operators", "operator", Access.OPERATOR, Access.OPERATOR)
_OPERATOR_SHAPES = Shapes(OperatorCreate, OperatorPatch, OperatorQuery, OperatorOut, OperatorPage)


def tenant_routes(service: TenantService) -> list[Route]:
    return [*_tree_routes(service), *_tenant_routes(service)]


def _tree_routes(service: TenantService) -> list[Route]:
    """All tenants in reach, and new ones."""

    async def show_list(request: ApiRequest) -> Page[TenantOut]:
        return await service.list(request.actor, request.query(TenantQuery))

    async def create(request: ApiRequest) -> TenantOut:
        return await service.create(request.actor, request.body(TenantCreate))

    return [
        Route(
            *("GET", "/tenants", Access.SIGNED_IN, show_list, "List tenants in reach.", _TAG),
            query=TenantQuery,
            answer=TenantPage,
        ),
        Route(
            *("POST", "/tenants", Access.OPERATOR, create, "Create a tenant.", _TAG),
            body=TenantCreate,
            answer=TenantOut,
            status=201,
        ),
    ]


def _tenant_routes(service: TenantService) -> list[Route]:
    """One tenant."""

    async def show(request: ApiRequest) -> TenantOut:
        return await service.get(request.scope)

    async def change(request: ApiRequest) -> TenantOut:
        return await service.update(request.scope, request.body(TenantPatch), request.if_match)

    async def delete(request: ApiRequest) -> None:
        await service.delete(request.scope, request.if_match)

    return [
        Route(
            *("GET", TENANT, Access.SIGNED_IN, show, "Show one tenant.", _TAG),
            answer=TenantOut,
        ),
        Route(
            *("PATCH", TENANT, Access.OPERATOR, change, "Change named fields.", _TAG),
            body=TenantPatch,
            answer=TenantOut,
            versioned=True,
        ),
        Route(
            *("DELETE", TENANT, Access.OPERATOR, delete, "Delete a suspended tenant.", _TAG),
            status=204,
            versioned=True,
        ),
    ]


def operator_routes(service: OperatorService) -> list[Route]:
    async def reset_totp(request: ApiRequest) -> None:
        await service.reset_totp(request.scope, request.path["operator"])

    path, tag = f"{_OPERATORS.item_path}/totp", _OPERATORS.words
    return [
        *resource_routes(_OPERATORS, service, _OPERATOR_SHAPES),
        Route(
            *("DELETE", path, Access.OPERATOR, reset_totp, "Reset codes.", tag),
            status=204,
        ),
    ]
