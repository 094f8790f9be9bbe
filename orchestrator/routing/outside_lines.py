"""The part of the read model that faces the outside world: trunks, the numbers that are called by
them, and the rules of calls out. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.hours.rules import HoursState
from orchestrator.trunks.rules import CalledFrom, CallerFrom, NumberFormat
from orchestrator.types import Destination


@dataclass(frozen=True, slots=True)
class TrunkLine:
    """A trunk as calls see it. `max_calls` 0 means no limit. `caller_id` is its main number.

    `department` None: everybody calls out by it. `caller_id_in`, `caller_id_out`: pairs of
    pattern and replacement (`trunks/rewriting.py`). `registers`: we register with the provider;
    `asked`: which server is asked by OPTIONS, and how often; "": none. `server` is its address as
    a SIP URI has it: `sip.example.net:5070;transport=tcp`.
    """

    id: str
    endpoint: str
    name: str
    inbound: bool
    outbound: bool
    max_calls: int = 0
    caller_id: str | None = None
    department: str | None = None
    called_from: CalledFrom = CalledFrom.REQUEST
    caller_from: CallerFrom = CallerFrom.FIRST_KNOWN
    number_format: NumberFormat = NumberFormat.AS_DIALLED
    normalise_caller: bool = False
    default_destination: Destination | None = None
    caller_id_in: tuple[tuple[str, str], ...] = ()
    caller_id_out: tuple[tuple[str, str], ...] = ()
    registers: bool = False
    asked: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """Where calls from outside go: in office hours, and where they differ in other states.

    `name` is that of the DID or rule, "" when it has none.
    """

    destination: Destination
    otherwise: Mapping[HoursState, Destination] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True, slots=True)
class DidLine:
    """A number of the outside world and where it leads; `trunk` None matches every trunk."""

    id: str
    number: str
    trunk: str | None
    name: str
    destination: Destination
    otherwise: Mapping[HoursState, Destination] = field(default_factory=dict)

    @property
    def way(self) -> Way:
        return Way(self.destination, self.otherwise, self.name)


@dataclass(frozen=True, slots=True)
class CallerRuleLine:
    """Where calls of certain callers go; `caller` is a number with `*` at its ends."""

    id: str
    name: str
    caller: str
    trunks: frozenset[str]
    way: Way


@dataclass(frozen=True, slots=True)
class RouteLine:
    """One way out: `strip` digits go from the front, then `prepend` and `append` are put on."""

    trunk: str
    strip: int = 0
    prepend: str = ""
    append: str = ""
    caller_id: str | None = None


@dataclass(frozen=True, slots=True)
class OutboundRuleLine:
    """One outbound rule: whose calls to which numbers it takes, and by which routes they leave.

    Empty conditions take everything. `lengths` and `extensions` are ranges, first and last.
    """

    id: str
    name: str
    prefixes: tuple[str, ...] = ()
    lengths: tuple[tuple[int, int], ...] = ()
    extensions: tuple[tuple[str, str], ...] = ()
    departments: frozenset[str] = frozenset()
    blocked: bool = False
    routes: tuple[RouteLine, ...] = ()
