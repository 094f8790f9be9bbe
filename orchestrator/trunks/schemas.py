"""What the API says about trunks."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from orchestrator.devices.schemas import Codec, Codecs
from orchestrator.schemas import Body, Limit, Line, ListQuery, Page, Patch, PhoneNumber, Resource
from orchestrator.trunks.rules import Registration, Transport, network, plain

MAX_ADDRESSES = 50

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


class TrunkCreate(Body):
    """A new trunk. `caller_id` is its main number, shown when nothing better is known."""

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


class TrunkQuery(ListQuery):
    sort: Literal["name", "-name", "created_at", "-created_at"] | None = None
    search: Line | None = Field(None, max_length=100, description="Part of the name.")
    disabled: bool | None = None


class TrunkOut(Resource):
    """A trunk; its secret is never shown, `has_secret` says whether there is one."""

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


TrunkPage = Page[TrunkOut]
