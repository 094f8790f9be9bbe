"""Words of trunks, and what a trunk needs to work. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network

from orchestrator.errors import FieldError

Network = IPv4Network | IPv6Network

WIDEST_V4 = 16
WIDEST_V6 = 48
"""A wider network than this is a mistake: half the world could place calls."""


class Registration(StrEnum):
    """`outbound`: we register with the provider. `none`: it knows us by our IP address."""

    NONE = "none"
    OUTBOUND = "outbound"


class Transport(StrEnum):
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class CalledFrom(StrEnum):
    """Where a provider says which number was called."""

    REQUEST = "request"
    """The Request-URI (RFC 3261 §8.1.1.1)."""
    TO = "to"
    """The To header, for providers that call the registered contact literally."""


class CallerFrom(StrEnum):
    """Where a provider says who calls."""

    FIRST_KNOWN = "first_known"
    """P-Asserted-Identity or Remote-Party-ID when there is one, else From."""
    FROM = "from"
    PAI = "pai"
    """P-Asserted-Identity (RFC 3325)."""
    RPID = "rpid"
    """Remote-Party-ID (draft-ietf-sip-privacy)."""


class Identity(StrEnum):
    """In which header a provider is told the calling number, besides From."""

    PAI = "pai"
    RPID = "rpid"
    BOTH = "both"
    NONE = "none"


class NumberFormat(StrEnum):
    """How a provider wants the called number, after the route's own strip and prepend."""

    AS_DIALLED = "as_dialled"
    E164 = "e164"
    """+31201234567"""
    E164_DIGITS = "e164_digits"
    """31201234567"""
    INTERNATIONAL = "international"
    """0031201234567, with the international prefix of the tenant's country"""


@dataclass(frozen=True, slots=True)
class TrunkFacts:
    """What decides whether a trunk can work."""

    registration: Registration
    username: str | None
    secret: str | None
    inbound: bool
    addresses: tuple[str, ...]


def problems(trunk: TrunkFacts) -> list[FieldError]:
    """What is missing, by field; empty for a trunk that can work."""
    found = list(_registration_problems(trunk))
    if trunk.secret and not trunk.username:
        found.append(FieldError("username", "is needed with a secret"))
    if trunk.registration is Registration.NONE and trunk.inbound and not trunk.addresses:
        found.append(
            FieldError("addresses", "calls of a trunk that does not register need an address")
        )
    return found


def _registration_problems(trunk: TrunkFacts) -> Iterator[FieldError]:
    if trunk.registration is Registration.OUTBOUND:
        if not trunk.username:
            yield FieldError("username", "is needed to register")
        if not trunk.secret:
            yield FieldError("secret", "is needed to register")


def network(text: str) -> Network:
    """An address or network in its plain form. ValueError says what is wrong with it."""
    found = ip_network(text, strict=False)
    widest = WIDEST_V4 if found.version == 4 else WIDEST_V6
    if found.prefixlen < widest:
        raise ValueError(f"a network of an IPv{found.version} trunk may be /{widest} at most")
    return found


def plain(found: Network) -> str:
    """`192.0.2.1` for one address, `192.0.2.0/24` for a network."""
    single = found.prefixlen == found.max_prefixlen
    return str(found.network_address) if single else str(found)


def overlapping(wanted: Iterable[Network], taken: Iterable[Network]) -> list[str]:
    """Those of `wanted` that share an address with one of `taken`."""
    others = list(taken)
    return [plain(each) for each in wanted if any(_share(each, other) for other in others)]


def _share(one: Network, other: Network) -> bool:
    if isinstance(one, IPv4Network) and isinstance(other, IPv4Network):
        return one.overlaps(other)
    if isinstance(one, IPv6Network) and isinstance(other, IPv6Network):
        return one.overlaps(other)
    return False
