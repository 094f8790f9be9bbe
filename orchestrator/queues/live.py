"""What goes on in queues at this instant, as the API asks for it. Pure.

`FloorView` is the seam: the floor (`calls/floor.py`) has it where calls run, `NoFloor` elsewhere.
Times are seconds since the epoch; people and queues are ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from orchestrator.queues.agents import AgentState
from orchestrator.types import TenantId


@dataclass(frozen=True, slots=True)
class WaitingCaller:
    """A call that waits for an agent; `position` 1 is served next, `rings` are the users (ids)
    whose phones ring for it."""

    call: str
    number: str
    name: str
    since: float
    position: int
    rings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentNow:
    """What a user does, and since when."""

    user: str
    state: AgentState
    since: float


@dataclass(frozen=True, slots=True)
class QueueTotals:
    """What a queue did since `since`. `waited_seconds` and `longest_wait_seconds` count callers
    who were served and callers who gave up; `talk_seconds` the `talks` that are over."""

    since: float = 0.0
    served: int = 0
    abandoned: int = 0
    waited_seconds: float = 0.0
    longest_wait_seconds: float = 0.0
    talk_seconds: float = 0.0
    talks: int = 0


class FloorView(Protocol):
    """Looks at the floor; answers at once, and with nothing for a queue that it does not know."""

    def waiting(self, tenant: TenantId, queue: str) -> Sequence[WaitingCaller]:
        """Who waits, the first served first."""
        ...

    def agents(self, tenant: TenantId, queue: str) -> Sequence[AgentNow]:
        """What agents do. Those left out are as the plan has them: logged out, away or idle; and
        so is whoever is idle here."""
        ...

    def totals(self, tenant: TenantId, queue: str) -> QueueTotals:
        """What the queue did since its statistics were reset, calls of before a restart too."""
        ...


class NoFloor:
    """A floor where nobody waits: no calls run in this process."""

    def waiting(self, tenant: TenantId, queue: str) -> Sequence[WaitingCaller]:
        return ()

    def agents(self, tenant: TenantId, queue: str) -> Sequence[AgentNow]:
        return ()

    def totals(self, tenant: TenantId, queue: str) -> QueueTotals:
        return QueueTotals()
