"""Routes of a tenant's options."""

from orchestrator.options.schemas import OptionsOut, OptionsPatch
from orchestrator.options.service import OptionsService
from orchestrator.web.routes import TENANT, Access, ApiRequest, Route

_OPTIONS = f"{TENANT}/options"
_TAG = "options"


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
