"""The read model: everything a call decision needs, in memory, immutable, one per tenant.

Built from the database by `routing/read_model.py` and swapped as a whole when something
changed, so that a decision never sees half a change and the call path never waits for a query.
Pure: no I/O, no SQLAlchemy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from orchestrator.forwarding.rules import PLAIN, Forwarding, Status
from orchestrator.hot_desks.rules import HotDeskLine
from orchestrator.hours.rules import ALWAYS_OPEN, HoursState, Schedule
from orchestrator.ivr.rules import KeyAction
from orchestrator.options.rules import DEFAULTS, Options
from orchestrator.people.rules import RecordCalls
from orchestrator.queues.rules import Strategy as QueueStrategy
from orchestrator.ring_groups.rules import Strategy
from orchestrator.routing.outside_lines import CallerRuleLine, DidLine, OutboundRuleLine, TrunkLine
from orchestrator.types import Destination, DestinationKind, TenantId
from orchestrator.voicemail.rules import SayTime


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One SIP identity of a person. `endpoint` is its PJSIP endpoint, aor and user name."""

    id: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Person:
    """A user as calls see it. `ring_seconds` is how long its devices ring before no answer.

    `department` is the main one, `departments` are all; `rights` holds per department what the
    role there grants (`area.right`), `everywhere` what a system role grants in all departments.
    `hours` are the person's own or those of the department. `pin` "": no PIN is right.
    `pin_protected`: calls out wait for the PIN, which opens them for `pin_seconds`. `spelled`:
    first and last name on the keypad (`ivr/spelling.py`).
    """

    id: str
    number: str
    name: str
    department: str | None
    language: str
    devices: tuple[DeviceLine, ...]
    ring_seconds: int = 30
    outbound_caller_id: str | None = None
    may_call_out: bool = True
    mobile: str | None = None
    departments: frozenset[str] = frozenset()
    rights: Mapping[str, frozenset[str]] = field(default_factory=dict)
    everywhere: frozenset[str] = frozenset()
    calls_out_in_hours_only: bool = False
    record_calls: RecordCalls = RecordCalls.OFF
    hours: Schedule = ALWAYS_OPEN
    forwarding: Forwarding = PLAIN
    pin: str = field(default="", repr=False)
    pin_protected: bool = False
    pin_seconds: int = 300
    spelled: tuple[str, str] = ("", "")

    def holds(self, right: str, department: str) -> bool:
        """Whether the person may do that in `department`."""
        return right in self.everywhere or right in self.rights.get(department, frozenset())


@dataclass(frozen=True, slots=True)
class HoursRouteLine:
    """Where calls from outside go in one state of a department, and what they hear before."""

    destination: Destination
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class DepartmentLine:
    """A department as calls see it. As a menu it has a `number`, answers `answer_after` seconds
    after a call came, and sends it on by `routes`. `music`: playlist (id) of its waiting callers.
    """

    id: str
    name: str
    language: str
    hours: Schedule = ALWAYS_OPEN
    routes: Mapping[HoursState, HoursRouteLine] = field(default_factory=dict)
    caller_id: str | None = None
    number: str = ""
    answer_after: int = 0
    music: str | None = None


@dataclass(frozen=True, slots=True)
class ConferenceLine:
    """A conference room; `pin` "": everybody comes in, `max_members` 0: no limit."""

    id: str
    number: str
    name: str
    pin: str = field(default="", repr=False)
    max_members: int = 0
    announce: bool = True


@dataclass(frozen=True, slots=True)
class ParkingLine:
    """A shared parking place; `department` None: everybody who may park uses it."""

    id: str
    number: str
    name: str
    department: str | None = None


@dataclass(frozen=True, slots=True)
class PromptLine:
    """A prompt of the tenant; `file` is in the media store (`media.py`)."""

    id: str
    name: str
    file: str


@dataclass(frozen=True, slots=True)
class IvrKeyLine:
    """What one key or input string does; `prompt`: what is played for more input."""

    keys: str
    action: KeyAction
    destination: Destination | None = None
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class IvrLine:
    """An IVR as calls see it (`ivr/model.py`); `keys` by what is keyed in. `routes` are its own
    in the states of its department."""

    id: str
    number: str
    name: str
    department: str
    language: str
    prompt: str | None = None
    wait_seconds: int = 5
    rounds: int = 3
    direct_dial: bool = True
    keys: Mapping[str, IvrKeyLine] = field(default_factory=dict)
    no_input: Destination | None = None
    invalid_input: Destination | None = None
    routes: Mapping[HoursState, HoursRouteLine] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RingGroupLine:
    """A ring group as calls see it (`ring_groups/model.py`). `members` are people (ids) in order.
    `routes` are its own in the states of its department. `multicast`: address and port."""

    id: str
    number: str
    name: str
    department: str
    strategy: Strategy
    members: tuple[str, ...] = ()
    ring_seconds: int = 20
    greeting: str | None = None
    caller_name: str = ""
    no_answer: Destination | None = None
    music: str | None = None
    disturb_busy: bool = False
    multicast: tuple[str, int] | None = None
    routes: Mapping[HoursState, HoursRouteLine] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentLine:
    """An agent of a queue: `person` (id), the group by skill (1: the best), and whether logged in
    there."""

    person: str
    skill: int = 1
    logged_in: bool = True


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue as calls see it (`queues/model.py`), with its `agents` in order. `since`: since when
    calls and talk time of agents count, in seconds since the epoch."""

    id: str
    number: str
    name: str
    department: str
    language: str
    strategy: QueueStrategy = QueueStrategy.HUNT_RANDOM_START
    agents: tuple[AgentLine, ...] = ()
    ring_seconds: int = 30
    max_wait_seconds: int = 0
    max_callers: int = 0
    wrap_up_seconds: int = 0
    priority: bool = False
    ring_busy: bool = False
    sla_seconds: int = 0
    skill_wait_seconds: int = 0
    log_out_after_missed: int = 0
    greeting: str | None = None
    greeting_in_full: bool = False
    music: str | None = None
    caller_name: str = ""
    announce_position: bool = False
    announce_wait: bool = False
    announce_seconds: int = 60
    comfort_prompts: tuple[str, ...] = ()
    comfort_seconds: int = 60
    no_answer: Destination | None = None
    since: float = 0.0
    routes: Mapping[HoursState, HoursRouteLine] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MailboxLine:
    """A voicemail box as calls see it; `owner` is the id of a user or ring group.

    `greetings` are files of the media store by status, None: for always. `pin` "": that of the
    user. `self_id` is the recorded name of the owner, "" when there is none.
    """

    id: str
    owner: str
    pin: str = field(default="", repr=False)
    ask_pin: bool = True
    say_caller: bool = True
    say_time: SayTime = SayTime.TWENTY_FOUR_HOURS
    greetings: Mapping[Status | None, str] = field(default_factory=dict)
    self_id: str = ""


@dataclass(frozen=True, slots=True)
class PlaylistLine:
    """Music on hold as calls see it; `files` are its tracks in the media store, in order."""

    id: str
    shuffle: bool
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TenantPlan:
    """All that decides the calls of one tenant. `max_calls` 0 means no limit.

    `emergency_numbers` maps each to the trunk (id) that is tried first, if one is set. `mailboxes`
    are those that take messages, by their owner, `hot_desks` telephones by their endpoint.
    """

    id: TenantId
    slug: str
    name: str
    language: str
    country: str
    suspended: bool
    max_calls: int
    timezone: str = "UTC"
    people: Mapping[str, Person] = field(default_factory=dict)
    extensions: Mapping[str, Destination] = field(default_factory=dict)
    departments: Mapping[str, DepartmentLine] = field(default_factory=dict)
    trunks: Mapping[str, TrunkLine] = field(default_factory=dict)
    dids: tuple[DidLine, ...] = ()
    caller_rules: tuple[CallerRuleLine, ...] = ()
    outbound_rules: tuple[OutboundRuleLine, ...] = ()
    emergency_numbers: Mapping[str, str | None] = field(default_factory=dict)
    conferences: Mapping[str, ConferenceLine] = field(default_factory=dict)
    parking: Mapping[str, ParkingLine] = field(default_factory=dict)
    ivrs: Mapping[str, IvrLine] = field(default_factory=dict)
    ring_groups: Mapping[str, RingGroupLine] = field(default_factory=dict)
    queues: Mapping[str, QueueLine] = field(default_factory=dict)
    mailboxes: Mapping[str, MailboxLine] = field(default_factory=dict)
    prompts: Mapping[str, PromptLine] = field(default_factory=dict)
    playlists: Mapping[str, PlaylistLine] = field(default_factory=dict)
    hot_desks: Mapping[str, HotDeskLine] = field(default_factory=dict)
    options: Options = DEFAULTS
    did_index: Mapping[str, list[DidLine]] = field(init=False, repr=False, compare=False)
    did_endings: tuple[int, ...] = field(init=False, repr=False, compare=False)
    direct_numbers: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare once what many calls ask for.

        The DIDs by number, and the lengths of their endings, longest first; a leading `+` is
        ignored, since providers differ in sending it. The extensions that callers may dial in an
        IVR: all but parking places, which are for those who work here.
        """
        index: dict[str, list[DidLine]] = {}
        for did in self.dids:
            index.setdefault(did.number.removeprefix("+"), []).append(did)
        endings = {len(number) - 1 for number in index if number.startswith("*")} - {0}
        object.__setattr__(self, "did_index", index)
        object.__setattr__(self, "did_endings", tuple(sorted(endings, reverse=True)))
        direct = (n for n, to in self.extensions.items() if to.kind is not DestinationKind.PARKING)
        object.__setattr__(self, "direct_numbers", frozenset(direct))


class EndpointKind(StrEnum):
    DEVICE = "device"
    TRUNK = "trunk"
    HOT_DESK = "hot_desk"
    """A hot-desk phone at which nobody is logged in; with somebody it is that person's device."""


@dataclass(frozen=True, slots=True)
class EndpointOwner:
    """Whose PJSIP endpoint it is: `ref` is the id of the user for a device, else that of the trunk
    or hot-desk phone."""

    tenant: TenantId
    kind: EndpointKind
    ref: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All tenants of this node, and the owner of every PJSIP endpoint."""

    tenants: Mapping[TenantId, TenantPlan] = field(default_factory=dict)
    endpoints: Mapping[str, EndpointOwner] = field(default_factory=dict)

    def tenant_of_endpoint(self, endpoint: str) -> TenantId | None:
        owner = self.endpoints.get(endpoint)
        return owner.tenant if owner else None
