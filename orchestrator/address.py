"""Under which address phones and browsers on the network find this machine."""

import socket

from orchestrator.settings import Settings

_EVERY = ("0.0.0.0", "::", "")
# TEST-NET-1 of RFC 5737: no host has it, so the kernel answers with the default route's address.
_SOMEWHERE = ("192.0.2.1", 9)


def own_address(settings: Settings) -> str:
    """What is told to people: the announced address, the one listened on, or the machine's own."""
    if settings.external_address:
        return settings.external_address
    if settings.sip_host not in _EVERY:
        return settings.sip_host
    return machine_address()


def machine_address() -> str:
    """The address of the interface with the default route; loopback when there is none.

    Connecting a UDP socket sends nothing: it only asks the kernel for a route.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_SOMEWHERE)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
