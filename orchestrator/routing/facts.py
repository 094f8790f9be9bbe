"""What a routing decision is made from: who calls, when, and what is going on. Pure.

The same rules decide real calls and the simulator's: a call gives the node's own `Live` state and
no trace, the simulator gives the state it was asked about and a trace that it shows.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from orchestrator.hot_desks.rules import HotDeskLine
from orchestrator.routing.outside_lines import TrunkLine
from orchestrator.routing.plan import Person, TenantPlan


class Live(Protocol):
    """What is going on at this moment, as far as decisions depend on it."""

    def calls_of(self, person: str) -> int:
        """How many living legs the devices of a person have."""

    def paged(self) -> frozenset[str]:
        """The people (ids) whose phones play a page."""

    def trunk_calls(self, trunk: str) -> int:
        """How many living legs run over a trunk."""

    def trunk_down(self, trunk: str) -> str | None:
        """Why a trunk takes no calls at present (unregistered, unreachable); None: it does."""

    def calls_out_open(self, person: str) -> bool:
        """Whether a person keyed in the PIN a short time ago, so that calls out need none."""


class Idle:
    """Nothing is going on: everybody is free, every trunk is up, nobody keyed in a PIN."""

    def calls_of(self, person: str) -> int:
        return 0

    def paged(self) -> frozenset[str]:
        return frozenset()

    def trunk_calls(self, trunk: str) -> int:
        return 0

    def trunk_down(self, trunk: str) -> str | None:
        return None

    def calls_out_open(self, person: str) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Note:
    """One step of a decision: which part decided (`rule` names it), what it found, and why."""

    step: str
    rule: str
    why: str


class Trace:
    """Collects the steps of a decision, for the simulator."""

    def __init__(self) -> None:
        self.notes: list[Note] = []

    def note(self, step: str, rule: str, why: str) -> None:
        self.notes.append(Note(step, rule, why))


class NoTrace(Trace):
    """Keeps nothing: for real calls."""

    def note(self, step: str, rule: str, why: str) -> None:
        return


IDLE = Idle()
NO_TRACE = NoTrace()


@dataclass(frozen=True, slots=True)
class Facts:
    """A call at the moment of a decision.

    `person`: who calls, if it is one of the tenant's people (or on whose behalf: who transfers).
    `hot_desk`: the hot-desk phone that calls, if it is one, whoever is logged in there.
    `trunk`: by which trunk the call came, if it came from outside. `caller` is the number that
    calls, `name` its name. `did_name`: the name of the DID or caller rule that brought the call.
    `hops`: how often this decision was forwarded already. `tried`: the people (ids) that the call
    has been at in vain since it was last answered; no forwarding leads back to them.
    """

    tenant: TenantPlan
    now: datetime
    caller: str = ""
    name: str = ""
    person: Person | None = None
    hot_desk: HotDeskLine | None = None
    trunk: TrunkLine | None = None
    did_name: str = ""
    live: Live = IDLE
    trace: Trace = field(default=NO_TRACE, repr=False)
    hops: int = 0
    tried: frozenset[str] = frozenset()

    @property
    def internal(self) -> bool:
        return self.trunk is None
