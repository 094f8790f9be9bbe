"""The read model: everything a call decision needs, in memory, immutable, one per tenant.

Built from the database by `routing/read_model.py` and swapped as a whole when something
changed, so that a decision never sees half a change and the call path never waits for a query.
Pure: no I/O, no SQLAlchemy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from orchestrator.types import Destination, TenantId


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One SIP identity of a person. `endpoint` is its PJSIP endpoint, aor and user name."""

    id: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Person:
    """A user as calls see it. `ring_seconds` is how long its devices ring before no answer."""

    id: str
    number: str
    name: str
    department: str | None
    language: str
    devices: tuple[DeviceLine, ...]
    ring_seconds: int = 30
    outbound_caller_id: str | None = None
    may_call_out: bool = True


@dataclass(frozen=True, slots=True)
class TrunkLine:
    """A trunk as calls see it. `max_calls` 0 means no limit. `caller_id` is its main number."""

    id: str
    endpoint: str
    name: str
    inbound: bool
    outbound: bool
    max_calls: int = 0
    caller_id: str | None = None


@dataclass(frozen=True, slots=True)
class DidLine:
    """A number of the outside world and where it leads; `trunk` None matches every trunk."""

    id: str
    number: str
    trunk: str | None
    name: str
    destination: Destination


@dataclass(frozen=True, slots=True)
class OutboundRuleLine:
    """One outbound rule: which numbers it takes and how they leave by `trunk`.

    `prefix` "" takes every number; lengths count the dialled digits, 0 means no bound.
    `strip` digits go from the front, then `prepend` is put before what is left.
    """

    id: str
    name: str
    position: int
    prefix: str
    min_length: int
    max_length: int
    trunk: str
    strip: int
    prepend: str
    caller_id: str | None = None


@dataclass(frozen=True, slots=True)
class TenantPlan:
    """All that decides the calls of one tenant. `max_calls` 0 means no limit."""

    id: TenantId
    slug: str
    name: str
    language: str
    country: str
    suspended: bool
    max_calls: int
    people: Mapping[str, Person] = field(default_factory=dict)
    extensions: Mapping[str, Destination] = field(default_factory=dict)
    trunks: Mapping[str, TrunkLine] = field(default_factory=dict)
    dids: tuple[DidLine, ...] = ()
    outbound_rules: tuple[OutboundRuleLine, ...] = ()
    emergency_numbers: frozenset[str] = frozenset()


class EndpointKind(StrEnum):
    DEVICE = "device"
    TRUNK = "trunk"


@dataclass(frozen=True, slots=True)
class EndpointOwner:
    """Whose PJSIP endpoint it is: `ref` is the user's id for a device, else the trunk's id."""

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
