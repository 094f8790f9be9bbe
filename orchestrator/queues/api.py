"""Routes of queues. Signed in is enough for agents and the wallboard: the services see to it that
everybody gets what is theirs to see and do."""

from orchestrator.queues.board import BoardService
from orchestrator.queues.log_in import AgentService
from orchestrator.queues.schemas import (
    AgentOut,
    AgentsOut,
    QueueCreate,
    QueueLiveOut,
    QueueLivePage,
    QueueLiveQuery,
    QueueOut,
    QueuePage,
    QueuePatch,
    QueueQuery,
    StatisticsOut,
    UserQueuesOut,
)
from orchestrator.queues.service import QueueService
from orchestrator.rights.rules import Right
from orchestrator.schemas import Page
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import TENANT, Access, ApiRequest, Route

_RIGHT = Right.CALL_HANDLING
_NOUN = Noun("queues", "queue", _RIGHT, _RIGHT)
_SHAPES = Shapes(QueueCreate, QueuePatch, QueueQuery, QueueOut, QueuePage)
_NEED = Access.SIGNED_IN
_TAG = _NOUN.words
_AGENTS = f"{_NOUN.item_path}/agents"
_OF_USER = f"{TENANT}/users/{{user}}/queues"


def queue_routes(service: QueueService, agents: AgentService, board: BoardService) -> list[Route]:
    return [
        # Before those of one queue, as none is called "live".
        *_board_routes(board),
        *resource_routes(_NOUN, service, _SHAPES),
        *_agent_routes(agents),
        *_user_routes(agents),
    ]


def _board_routes(service: BoardService) -> list[Route]:
    async def show_all(request: ApiRequest) -> Page[QueueLiveOut]:
        return await service.list(request.scope, request.query(QueueLiveQuery))

    async def show(request: ApiRequest) -> QueueLiveOut:
        return await service.get(request.scope, request.path["queue"])

    async def reset(request: ApiRequest) -> StatisticsOut:
        return await service.reset_statistics(request.scope, request.path["queue"])

    one, begin = f"{_NOUN.item_path}/live", f"{_NOUN.item_path}/reset-statistics"
    return [
        Route(
            *("GET", f"{_NOUN.path}/live", _NEED, show_all, "Show who waits in all queues.", _TAG),
            query=QueueLiveQuery,
            answer=QueueLivePage,
        ),
        Route(*("GET", one, _NEED, show, "Show who waits and serves.", _TAG), answer=QueueLiveOut),
        Route(*("POST", begin, _NEED, reset, "Count from now on.", _TAG), answer=StatisticsOut),
    ]


def _agent_routes(service: AgentService) -> list[Route]:
    async def show_list(request: ApiRequest) -> AgentsOut:
        return await service.list(request.scope, request.path["queue"])

    async def log_in(request: ApiRequest) -> AgentOut:
        path = request.path
        return await service.log_in(request.scope, path["queue"], path["user"], on=True)

    async def log_out(request: ApiRequest) -> AgentOut:
        path = request.path
        return await service.log_in(request.scope, path["queue"], path["user"], on=False)

    into, out = f"{_AGENTS}/{{user}}/log-in", f"{_AGENTS}/{{user}}/log-out"
    return [
        Route(*("GET", _AGENTS, _NEED, show_list, "List agents.", _TAG), answer=AgentsOut),
        Route(*("POST", into, _NEED, log_in, "Log an agent in to it.", _TAG), answer=AgentOut),
        Route(*("POST", out, _NEED, log_out, "Log an agent out of it.", _TAG), answer=AgentOut),
    ]


def _user_routes(service: AgentService) -> list[Route]:
    async def show(request: ApiRequest) -> UserQueuesOut:
        return await service.of_user(request.scope, request.path["user"])

    async def log_in(request: ApiRequest) -> UserQueuesOut:
        return await service.log_in_to_all(request.scope, request.path["user"], on=True)

    async def log_out(request: ApiRequest) -> UserQueuesOut:
        return await service.log_in_to_all(request.scope, request.path["user"], on=False)

    into, out = f"{_OF_USER}/log-in", f"{_OF_USER}/log-out"
    return [
        Route(
            *("GET", _OF_USER, _NEED, show, "List the queues that a user serves.", _TAG),
            answer=UserQueuesOut,
        ),
        Route(*("POST", into, _NEED, log_in, "Log in to all queues.", _TAG), answer=UserQueuesOut),
        Route(*("POST", out, _NEED, log_out, "Log out of all.", _TAG), answer=UserQueuesOut),
    ]
