"""Ring groups: how their members are reached, and where pages are sent besides. Pure."""

from collections.abc import Iterator
from enum import StrEnum
from ipaddress import ip_address

from orchestrator.errors import FieldError

FIRST_PORT, LAST_PORT = 1024, 65534


class Strategy(StrEnum):
    """How the members of a group are reached."""

    RING_ALL = "ring_all"
    """All at once; who answers first has the call."""
    HUNT = "hunt"
    """One after the other in the order of the list, each for the ring time."""
    PAGING = "paging"
    """Phones answer by themselves and play what the caller says, one-way."""


def wrong_multicast(address: str | None, port: int | None) -> Iterator[FieldError]:
    """What is wrong with where pages are sent as RTP: phones listen at an address and an even
    port (RFC 3550 §11); both or none."""
    if (address is None) != (port is None):
        missing = "multicast_address" if address is None else "multicast_port"
        yield FieldError(f"body.{missing}", "address and port belong together")
    if address is not None and not _is_multicast(address):
        yield FieldError(
            "body.multicast_address", "must be a multicast address, such as 224.0.1.75"
        )
    if port is not None and (port % 2 or not FIRST_PORT <= port <= LAST_PORT):
        wrong = f"must be an even port from {FIRST_PORT} to {LAST_PORT}"
        yield FieldError("body.multicast_port", wrong)


def _is_multicast(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return found.is_multicast and "%" not in address
