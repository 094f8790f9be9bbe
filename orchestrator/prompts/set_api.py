"""Routes of prompt sets."""

from orchestrator.prompts.schemas import PromptSetOut, PromptSetPage, PromptSetWhole
from orchestrator.prompts.set_service import PromptSetService
from orchestrator.rights.rules import Right
from orchestrator.schemas import Page
from orchestrator.web.routes import TENANT, ApiRequest, Route

_RIGHT = Right.VOICE_AND_CHAT
_PATH = f"{TENANT}/prompt-sets"
_TAG = "prompt sets"


def prompt_set_routes(service: PromptSetService) -> list[Route]:
    async def show_list(request: ApiRequest) -> Page[PromptSetOut]:
        return await service.list(request.scope)

    async def show(request: ApiRequest) -> PromptSetWhole:
        return await service.get(request.scope, request.path["language"])

    return [
        Route(
            *("GET", _PATH, _RIGHT, show_list, "List prompt sets by language.", _TAG),
            answer=PromptSetPage,
        ),
        Route(
            *("GET", f"{_PATH}/{{language}}", _RIGHT, show, "Show one prompt set.", _TAG),
            answer=PromptSetWhole,
        ),
    ]
