"""Routes of ring groups."""

from orchestrator.rights.rules import Right
from orchestrator.ring_groups.schemas import (
    RingGroupCreate,
    RingGroupOut,
    RingGroupPage,
    RingGroupPatch,
    RingGroupQuery,
)
from orchestrator.ring_groups.service import RingGroupService
from orchestrator.web.crud import Noun, Shapes, resource_routes
from orchestrator.web.routes import Route

_RIGHT = Right.CALL_HANDLING
_NOUN = Noun("ring-groups", "ring group", _RIGHT, _RIGHT)
_SHAPES = Shapes(RingGroupCreate, RingGroupPatch, RingGroupQuery, RingGroupOut, RingGroupPage)


def ring_group_routes(service: RingGroupService) -> list[Route]:
    return resource_routes(_NOUN, service, _SHAPES)
