"""Who waits where: the parked calls of this node, in memory.

A call is in here from the moment it is parked until somebody talks with its caller, also while it
rings at who parked it: its place is taken, and others may fetch it from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.parking.rules import Waiting
from orchestrator.routing.decision import Park
from orchestrator.types import TenantId

if TYPE_CHECKING:
    from orchestrator.calls.call import Call


@dataclass(frozen=True, slots=True)
class Parked:
    """A call that waits as `data` says, since `since` (seconds since the epoch)."""

    call: Call
    data: Park
    since: float


class ParkedCalls:
    """The parked calls of all tenants; `CallRegistry` takes out those that end.

    `changed` is told the tenant when a call comes or goes, and returns at once.
    """

    def __init__(self, changed: Callable[[TenantId], None] = lambda tenant: None) -> None:
        self._changed = changed
        self._of: dict[TenantId, dict[str, Parked]] = {}

    def put(self, call: Call, data: Park, since: float) -> None:
        """Note that `call` is parked; one that is in here already keeps its turn."""
        self._of.setdefault(call.tenant.id, {}).setdefault(call.id, Parked(call, data, since))
        self._changed(call.tenant.id)

    def leave(self, call: Call) -> None:
        """`call` is not parked any more; nothing happens when it was not."""
        waiting = self._of.get(call.tenant.id)
        if waiting is None or waiting.pop(call.id, None) is None:
            return
        self._changed(call.tenant.id)
        if not waiting:
            del self._of[call.tenant.id]

    def holds(self, call: Call) -> bool:
        return call.id in self._of.get(call.tenant.id, {})

    def of(self, tenant: TenantId) -> list[Parked]:
        """The parked calls of a tenant, the one that waits longest first."""
        return sorted(self._of.get(tenant, {}).values(), key=lambda parked: parked.since)

    def waiting(self, tenant: TenantId) -> list[Waiting]:
        """The parked calls of a tenant, as people see them."""
        return [_shown(parked) for parked in self.of(tenant)]

    def at(self, tenant: TenantId, place: str) -> list[Parked]:
        """Those that wait in one place, the one that waits longest first."""
        return [parked for parked in self.of(tenant) if parked.data.place == place]


def _shown(parked: Parked) -> Waiting:
    caller, place = parked.call.caller, parked.data.parking
    return Waiting(
        call=parked.call.id,
        caller_number=caller.number,
        caller_name=caller.name,
        place=parked.data.place,
        parking_place=place.id if place else None,
        department=place.department if place else None,
        parked_by=parked.data.by,
        since=parked.since,
    )
