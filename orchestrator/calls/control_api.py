"""Routes of live calls. Signed in is enough: the service shows everybody what they may see."""

from collections.abc import Awaitable, Callable

from pydantic import BaseModel

from orchestrator.calls.control import CallControl
from orchestrator.calls.schemas import (
    ActiveCallOut,
    ActiveCallPage,
    CallMade,
    CallMake,
    JoinBody,
    PartyBody,
    RecordBody,
    SendBody,
    SuperviseBody,
)
from orchestrator.errors import Conflict, Unavailable
from orchestrator.routing.decision import MonitorMode
from orchestrator.schemas import Page
from orchestrator.web.routes import TENANT, Access, ApiRequest, Route

_PATH = f"{TENANT}/active-calls"
_TAG = "live calls"

Order = Callable[[ApiRequest, str], Awaitable[BaseModel | None]]


def control_routes(service: CallControl) -> list[Route]:
    async def show_list(request: ApiRequest) -> Page[ActiveCallOut]:
        return await service.list(request.scope)

    async def show(request: ApiRequest) -> ActiveCallOut:
        return await service.get(request.scope, request.path["call"])

    async def make(request: ApiRequest) -> CallMade:
        return await service.make(request.scope, request.body(CallMake))

    listed = ("GET", _PATH, Access.SIGNED_IN, show_list, "List the calls of this moment.", _TAG)
    shown = ("GET", f"{_PATH}/{{call}}", Access.SIGNED_IN, show, "Show one live call.", _TAG)
    made = ("POST", f"{TENANT}/calls", Access.SIGNED_IN, make, "Call from a desk.", _TAG)
    return [
        Route(*listed, answer=ActiveCallPage),
        Route(*shown, answer=ActiveCallOut),
        Route(*made, body=CallMake, answer=CallMade, status=202, errors=(Conflict, Unavailable)),
        *_order_routes(service),
        *_party_routes(service),
        _supervise(service, MonitorMode.LISTEN, "Hear a conversation, heard by nobody."),
        _supervise(service, MonitorMode.WHISPER, "Hear it, heard by the colleague alone."),
        _supervise(service, MonitorMode.BARGE_IN, "Hear it, heard by both."),
    ]


def _supervise(service: CallControl, mode: MonitorMode, summary: str) -> Route:
    """202: the supervisor's devices ring."""

    async def supervise(request: ApiRequest) -> CallMade:
        user = request.body(SuperviseBody).user
        return await service.supervise(request.scope, request.path["call"], user, mode)

    path = f"{_PATH}/{{call}}/{mode.value.replace('_', '-')}"
    return Route(
        *("POST", path, Access.SIGNED_IN, supervise, summary, _TAG),
        body=SuperviseBody,
        answer=CallMade,
        status=202,
        errors=(Conflict, Unavailable),
    )


def _order_routes(service: CallControl) -> list[Route]:
    async def hang_up(request: ApiRequest, call: str) -> None:
        await service.hang_up(request.scope, call, request.body(PartyBody).user)

    async def transfer(request: ApiRequest, call: str) -> None:
        body = request.body(SendBody)
        await service.transfer(request.scope, call, body.user, body.to)

    async def divert(request: ApiRequest, call: str) -> None:
        body = request.body(SendBody)
        await service.divert(request.scope, call, body.user, body.to)

    async def join(request: ApiRequest, call: str) -> None:
        body = request.body(JoinBody)
        await service.join(request.scope, call, body.user, body.with_)

    return [
        _order("hang-up", hang_up, "End the call."),
        _order("transfer", transfer, "Hand the conversation on to a number.", SendBody),
        _order("divert", divert, "Send a call that rings to another number.", SendBody),
        _order("attended-transfer", join, "Connect the far ends of two calls.", JoinBody),
    ]


def _party_routes(service: CallControl) -> list[Route]:
    """What one party does, and the two go on talking."""

    async def hold(request: ApiRequest, call: str) -> None:
        await service.hold(request.scope, call, request.body(PartyBody).user, on=True)

    async def resume(request: ApiRequest, call: str) -> None:
        await service.hold(request.scope, call, request.body(PartyBody).user, on=False)

    async def record(request: ApiRequest, call: str) -> None:
        body = request.body(RecordBody)
        await service.record(request.scope, call, body.user, body.action)

    async def mute(request: ApiRequest, call: str) -> None:
        await service.mute(request.scope, call, request.body(PartyBody).user, on=True)

    async def unmute(request: ApiRequest, call: str) -> None:
        await service.mute(request.scope, call, request.body(PartyBody).user, on=False)

    return [
        _order("hold", hold, "Let the other party wait with music."),
        _order("resume", resume, "Take the other party back from hold."),
        _order("mute", mute, "Let nobody hear the party."),
        _order("unmute", unmute, "Let the party be heard again."),
        _order("record", record, "Start, stop, pause or resume the recording.", RecordBody),
    ]


def _order(
    verb: str,
    order: Order,
    summary: str,
    body: type[BaseModel] = PartyBody,
) -> Route:
    """An order to a live call: 204 once the call has carried it out."""

    async def give(request: ApiRequest) -> BaseModel | None:
        return await order(request, request.path["call"])

    return Route(
        *("POST", f"{_PATH}/{{call}}/{verb}", Access.SIGNED_IN, give, summary, _TAG),
        body=body,
        status=204,
        errors=(Conflict, Unavailable),
        # Hold, mute, the end: the call in the path says it all.
        body_optional=body is PartyBody,
    )
