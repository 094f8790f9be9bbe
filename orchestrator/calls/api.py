"""Routes of the call journal."""

from orchestrator.calls.history import CallHistory
from orchestrator.calls.schemas import CallDetail, CallOut, CallPage, CallQuery
from orchestrator.schemas import Page
from orchestrator.web.routes import TENANT, Access, ApiRequest, Route

_PATH = f"{TENANT}/calls"
_TAG = "calls"


def call_routes(service: CallHistory) -> list[Route]:
    """Signed in is enough: everybody may see their own calls, and sees no others."""

    async def show_list(request: ApiRequest) -> Page[CallOut]:
        return await service.list(request.scope, request.query(CallQuery))

    async def show(request: ApiRequest) -> CallDetail:
        return await service.get(request.scope, request.path["call"])

    return [
        Route(
            *("GET", _PATH, Access.SIGNED_IN, show_list, "List calls, newest first.", _TAG),
            query=CallQuery,
            answer=CallPage,
        ),
        Route(
            *("GET", f"{_PATH}/{{call}}", Access.SIGNED_IN, show, "Show one call.", _TAG),
            answer=CallDetail,
        ),
    ]
