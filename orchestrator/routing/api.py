"""Routes of outbound rules and emergency numbers."""

from orchestrator.errors import Unavailable
from orchestrator.rights.rules import Right
from orchestrator.routing.caller_rules import CallerRuleService
from orchestrator.routing.schemas import (
    CallerRuleCreate,
    CallerRuleMove,
    CallerRuleOut,
    CallerRulePage,
    CallerRulePatch,
    CallerRuleQuery,
    EmergencyNumberCreate,
    EmergencyNumberOut,
    EmergencyNumberPage,
    EmergencyNumberQuery,
    OutboundRuleCreate,
    OutboundRuleMove,
    OutboundRuleOut,
    OutboundRulePage,
    OutboundRulePatch,
    OutboundRuleQuery,
    SimulationOut,
    SimulationQuery,
)
from orchestrator.routing.service import EmergencyNumberService, OutboundRuleService
from orchestrator.routing.simulator import RouteSimulator
from orchestrator.web.crud import (
    Noun,
    Shapes,
    create_route,
    delete_route,
    list_route,
    resource_routes,
    show_route,
)
from orchestrator.web.routes import TENANT, ApiRequest, Route

_RIGHT = Right.OUTBOUND_RULES
_RULES = Noun("outbound-rules", "outbound rule", _RIGHT, _RIGHT)
_RULE_SHAPES = Shapes(
    OutboundRuleCreate, OutboundRulePatch, OutboundRuleQuery, OutboundRuleOut, OutboundRulePage
)
_CALLERS_RIGHT = Right.VOICE_AND_CHAT
_CALLERS = Noun("caller-rules", "caller rule", _CALLERS_RIGHT, _CALLERS_RIGHT)
_CALLER_SHAPES = Shapes(
    CallerRuleCreate, CallerRulePatch, CallerRuleQuery, CallerRuleOut, CallerRulePage
)
_EMERGENCY = Noun("emergency-numbers", "emergency number", _RIGHT, _RIGHT)


def outbound_rule_routes(service: OutboundRuleService) -> list[Route]:
    async def move(request: ApiRequest) -> OutboundRuleOut:
        rule, body = request.path["outbound_rule"], request.body(OutboundRuleMove)
        return await service.move(request.scope, rule, body, request.if_match)

    return [
        *resource_routes(_RULES, service, _RULE_SHAPES),
        Route(
            *("POST", f"{_RULES.item_path}/move", _RIGHT, move, "Move up or down.", _RULES.words),
            body=OutboundRuleMove,
            answer=OutboundRuleOut,
            versioned=True,
        ),
    ]


def caller_rule_routes(service: CallerRuleService) -> list[Route]:
    async def move(request: ApiRequest) -> CallerRuleOut:
        rule, body = request.path["caller_rule"], request.body(CallerRuleMove)
        return await service.move(request.scope, rule, body, request.if_match)

    path, words = f"{_CALLERS.item_path}/move", _CALLERS.words
    return [
        *resource_routes(_CALLERS, service, _CALLER_SHAPES),
        Route(
            *("POST", path, _CALLERS_RIGHT, move, "Move up or down.", words),
            body=CallerRuleMove,
            answer=CallerRuleOut,
            versioned=True,
        ),
    ]


def simulator_routes(service: RouteSimulator) -> list[Route]:
    async def simulate(request: ApiRequest) -> SimulationOut:
        return await service.simulate(request.scope, request.query(SimulationQuery))

    return [
        Route(
            *("GET", f"{TENANT}/routing/simulate", Right.CALL_HANDLING, simulate),
            *("What happens if this number calls that one at this time.", "routing"),
            query=SimulationQuery,
            answer=SimulationOut,
            errors=(Unavailable,),
        )
    ]


def emergency_number_routes(service: EmergencyNumberService) -> list[Route]:
    return [
        list_route(_EMERGENCY, service, EmergencyNumberQuery, EmergencyNumberPage),
        create_route(_EMERGENCY, service, EmergencyNumberCreate, EmergencyNumberOut),
        show_route(_EMERGENCY, service, EmergencyNumberOut),
        delete_route(_EMERGENCY, service),
    ]
