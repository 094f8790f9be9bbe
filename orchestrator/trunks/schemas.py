"""What the API says about trunks."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from orchestrator.destinations.schemas import DestinationBody
from orchestrator.devices.schemas import Codec, Codecs
from orchestrator.schemas import (
    Body,
    Limit,
    Line,
    ListQuery,
    Page,
    Patch,
    PhoneNumber,
    Reference,
    Resource,
)
from orchestrator.trunks.rewriting import LONGEST, check_pattern, check_replacement
from orchestrator.trunks.rules import (
    CalledFrom,
    CallerFrom,
    Identity,
    NumberFormat,
    Registration,
    Transport,
    network,
    plain,
)
from orchestrator.trunks.state import TrunkState

MAX_ADDRESSES = 50
MAX_REWRITINGS = 50

_LABEL = r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)"
_NAME = rf"{_LABEL}(\.{_LABEL})*\.?"
_V6 = r"[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*"
_HOST = re.compile(rf"({_NAME}|{_V6})")
_PROXY = re.compile(rf"({_NAME}|\[{_V6}\])(:[0-9]{{1,5}})?(;transport=(udp|tcp|tls))?")


def _host(value: str) -> str:
    """The host stands in SIP URIs, where `;` or `@` would mean something else."""
    if not _HOST.fullmatch(value):
        raise ValueError("must be a host name or an IP address")
    return value


def _proxy(value: str) -> str:
    if not _PROXY.fullmatch(value):
        raise ValueError("must be host, host:port or host:port;transport=tcp")
    return value


def _address(value: str) -> str:
    return plain(network(value))


def _pattern(value: str) -> str:
    check_pattern(value)
    return value


def _seconds(value: int) -> int:
    if 0 < value < 10:
        raise ValueError("must be 0 or at least 10")
    return value


class Rewriting(Body):
    """A pattern of calling numbers and what they become, as in `+31(.*)` and `0\\1`."""

    pattern: Annotated[Line, Field(max_length=LONGEST), AfterValidator(_pattern)]
    replacement: Annotated[Line, Field(max_length=LONGEST)]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_replacement(self.pattern, self.replacement)
        return self


TrunkName = Annotated[Line, Field(min_length=1, max_length=80)]
Host = Annotated[Line, Field(min_length=1, max_length=253), AfterValidator(_host)]
Proxy = Annotated[Line, Field(min_length=1, max_length=253), AfterValidator(_proxy)]
SipUser = Annotated[str, Field(pattern=r"^[A-Za-z0-9._~!$&'()*+=#%-]{1,120}$")]
AuthUser = Annotated[str, Field(pattern=r"^[A-Za-z0-9._~!$&'()*+=#%@-]{1,120}$")]
Secret = Annotated[Line, Field(min_length=1, max_length=120, description="Never shown again.")]
Port = Annotated[int, Field(ge=0, le=65535, description="0 means the default of the transport.")]
Address = Annotated[Line, Field(max_length=43), AfterValidator(_address)]
Addresses = Annotated[
    list[Address],
    Field(max_length=MAX_ADDRESSES, description="IP addresses and networks its calls come from."),
]
Rewritings = Annotated[
    list[Rewriting], Field(max_length=MAX_REWRITINGS, description="The first that fits counts.")
]
QualifySeconds = Annotated[
    int,
    Field(
        ge=0,
        le=3600,
        description="How often the provider is asked whether it is there; 0 never, else 10-3600.",
    ),
    AfterValidator(_seconds),
]


class TrunkCreate(Body):
    """A new trunk. `caller_id` is its main number, shown when nothing better is known.

    `department`: only its people call out by the trunk. `default_destination`: where calls for
    numbers without a DID go; null: they are refused. `normalise_caller`: callers are shown in
    the form +31612345678 where that can be told.
    """

    name: TrunkName
    registration: Registration
    host: Host
    port: Port = 0
    transport: Transport = Transport.UDP
    username: SipUser | None = None
    auth_username: AuthUser | None = Field(None, description="When it differs from username.")
    secret: Secret | None = None
    outbound_proxy: Proxy | None = None
    from_user: SipUser | None = None
    from_domain: Host | None = None
    addresses: Addresses = Field(default_factory=list)
    codecs: Codecs = Field(default_factory=lambda: [Codec.ALAW, Codec.ULAW, Codec.G722])
    srtp: bool = False
    max_calls: Limit = 0
    inbound: bool = True
    outbound: bool = True
    caller_id: PhoneNumber | None = None
    disabled: bool = False
    department: Reference | None = None
    called_from: CalledFrom = CalledFrom.REQUEST
    caller_from: CallerFrom = CallerFrom.FIRST_KNOWN
    identity: Identity = Identity.PAI
    number_format: NumberFormat = NumberFormat.AS_DIALLED
    normalise_caller: bool = False
    default_destination: DestinationBody | None = None
    caller_id_in: Rewritings = Field(default_factory=list)
    caller_id_out: Rewritings = Field(default_factory=list)
    qualify_seconds: QualifySeconds = 60


class TrunkPatch(Patch):
    name: TrunkName = ""
    registration: Registration = Registration.NONE
    host: Host = ""
    port: Port = 0
    transport: Transport = Transport.UDP
    username: SipUser | None = None
    auth_username: AuthUser | None = None
    secret: Secret | None = None
    outbound_proxy: Proxy | None = None
    from_user: SipUser | None = None
    from_domain: Host | None = None
    addresses: Addresses = Field(default_factory=list)
    codecs: Codecs = Field(default_factory=list)
    srtp: bool = False
    max_calls: Limit = 0
    inbound: bool = True
    outbound: bool = True
    caller_id: PhoneNumber | None = None
    disabled: bool = False
    department: Reference | None = None
    called_from: CalledFrom = CalledFrom.REQUEST
    caller_from: CallerFrom = CallerFrom.FIRST_KNOWN
    identity: Identity = Identity.PAI
    number_format: NumberFormat = NumberFormat.AS_DIALLED
    normalise_caller: bool = False
    default_destination: DestinationBody | None = None
    caller_id_in: Rewritings = Field(default_factory=list)
    caller_id_out: Rewritings = Field(default_factory=list)
    qualify_seconds: QualifySeconds = 60


class TrunkQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of the name.")
    disabled: bool | None = None


class TrunkOut(Resource):
    """A trunk; its secret is never shown, `has_secret` says whether there is one.

    `state` is what this node knows since `state_since`, and `state_reason` why.
    """

    name: str
    registration: Registration
    endpoint: str
    host: str
    port: int
    transport: Transport
    username: str | None
    auth_username: str | None
    has_secret: bool
    outbound_proxy: str | None
    from_user: str | None
    from_domain: str | None
    addresses: list[str]
    codecs: list[Codec]
    srtp: bool
    max_calls: int
    inbound: bool
    outbound: bool
    caller_id: str | None
    disabled: bool
    department: str | None
    called_from: CalledFrom
    caller_from: CallerFrom
    identity: Identity
    number_format: NumberFormat
    normalise_caller: bool
    default_destination: DestinationBody | None
    caller_id_in: list[Rewriting]
    caller_id_out: list[Rewriting]
    qualify_seconds: int
    state: TrunkState
    state_since: AwareDatetime | None
    state_reason: str


TrunkPage = Page[TrunkOut]
