"""What the floor knows of one waiting caller and of one agent (`calls/floor.py`)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from orchestrator.calls.leg import Leg
from orchestrator.queues.agents import AgentEvent, AgentState, after
from orchestrator.types import TenantId

if TYPE_CHECKING:
    from orchestrator.calls.call import Call

log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class Place:
    """A caller who waits, since `since` (seconds since the epoch).

    `ringing`: the agents (ids) who ring for this caller; `wanted`: those of them whose phones the
    call has not begun to ring. `tried`: who was rung in this round, `rung`: the last of them.
    `ready`: agents may be rung.
    """

    call: Call
    tenant: TenantId
    queue: str
    since: float
    ringing: set[str] = field(default_factory=set)
    wanted: list[str] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    rung: str = ""
    ready: bool = False


@dataclass(slots=True, eq=False)
class Agent:
    """What one agent does, since `since` (seconds since the epoch). `leg`: the phone that took the
    call of `queue`. `free_since`: when the last such call was over; 0.0: there was none."""

    person: str
    tenant: TenantId
    state: AgentState = AgentState.IDLE
    since: float = 0.0
    free_since: float = 0.0
    queue: str = ""
    leg: Leg | None = None
    missed: int = 0
    timer: asyncio.TimerHandle | None = None

    def apply(self, event: AgentEvent, now: float) -> bool:
        """Take `event`; False when the machine has no such step."""
        state = after(self.state, event)
        if state is None:
            return False
        log.debug("agent", person=self.person, step=f"{self.state} -{event}-> {state}")
        self.state, self.since = state, now
        return True
