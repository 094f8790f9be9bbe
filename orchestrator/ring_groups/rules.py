"""Ring groups: whom a call to one rings, and in which order; where pages may be sent. Pure."""

from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address

# The addresses and ports that every phone takes; 224.0.0.x never leaves the link, and 224.0.1.75
# is where phones look for their provisioning.
FIRST_MULTICAST = IPv4Address("224.0.1.0")
LAST_MULTICAST = IPv4Address("239.255.255.255")
_PROVISIONING = IPv4Address("224.0.1.75")
NO_INTERCOM_CODE = (
    "There is no intercom code: the group is paged by its own number only, and no extension can "
    "be called by intercom."
)
_FIRST_PORT, _LAST_PORT = 1024, 65534


class Strategy(StrEnum):
    """How the members of a group are reached."""

    RING_ALL = "ring_all"
    """All at once; who answers first has the call."""
    HUNT = "hunt"
    """One after the other in the order of the list, each for the ring time."""
    PAGING = "paging"
    """Phones answer by themselves and play what the caller says, one-way."""


def wrong_multicast(address: str, port: int) -> str:
    """Why pages cannot be sent to this address and port; "" if they can."""
    try:
        where = IPv4Address(address)
    except AddressValueError:
        return "must be an IPv4 address"
    if not FIRST_MULTICAST <= where <= LAST_MULTICAST or where == _PROVISIONING:
        return f"must be from {FIRST_MULTICAST} to {LAST_MULTICAST}, and not {_PROVISIONING}"
    if not _FIRST_PORT <= port <= _LAST_PORT or port % 2:
        return f"the port must be even, from {_FIRST_PORT} to {_LAST_PORT}"
    return ""


def paging_warnings(strategy: Strategy, intercom_code: str) -> list[str]:
    """What the administrator of a group should know about how it is paged."""
    if strategy is not Strategy.PAGING or intercom_code:
        return []
    return [NO_INTERCOM_CODE]
