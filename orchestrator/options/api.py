"""Routes of a tenant's options and dial codes."""

from orchestrator.options.codes import DialCodeService
from orchestrator.options.schemas import DialCodesOut, DialCodesPatch, OptionsOut, OptionsPatch
from orchestrator.options.service import OptionsService
from orchestrator.rights.rules import Right
from orchestrator.web.routes import TENANT, Access, ApiRequest, Route

_OPTIONS = f"{TENANT}/options"
_CODES = f"{TENANT}/dial-codes"
_TAG = "options"


def dial_code_routes(service: DialCodeService) -> list[Route]:
    async def show(request: ApiRequest) -> DialCodesOut:
        return await service.get(request.scope)

    async def change(request: ApiRequest) -> DialCodesOut:
        return await service.update(request.scope, request.body(DialCodesPatch), request.if_match)

    return [
        Route(
            *("GET", _CODES, Access.SIGNED_IN, show, "Show all dial codes.", _TAG),
            answer=DialCodesOut,
        ),
        Route(
            *("PATCH", _CODES, Right.CALL_HANDLING, change, "Change named codes.", _TAG),
            body=DialCodesPatch,
            answer=DialCodesOut,
            versioned=True,
        ),
    ]


def option_routes(service: OptionsService) -> list[Route]:
    async def show(request: ApiRequest) -> OptionsOut:
        return await service.get(request.scope)

    async def change(request: ApiRequest) -> OptionsOut:
        return await service.update(request.scope, request.body(OptionsPatch), request.if_match)

    # Each area needs its own right, so the service asks, not the route.
    return [
        Route(
            *("GET", _OPTIONS, Access.SIGNED_IN, show, "Show the tenant's options.", _TAG),
            answer=OptionsOut,
        ),
        Route(
            *("PATCH", _OPTIONS, Access.SIGNED_IN, change, "Change named options.", _TAG),
            body=OptionsPatch,
            answer=OptionsOut,
            versioned=True,
        ),
    ]
