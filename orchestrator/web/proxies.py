"""Who really asks, when a reverse proxy stands in front of us."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

Network = IPv4Network | IPv6Network


def behind(proxies: Sequence[Network]) -> Middleware:
    """Take address and scheme from `X-Forwarded-*`, but only from `proxies`.

    From anybody else these headers are somebody's wish: believing them would let an attacker
    try passwords under as many addresses as they like.
    """

    @web.middleware
    async def forwarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_trusted(request.remote, proxies):
            return await handler(request)
        given = ",".join(request.headers.getall("X-Forwarded-For", []))
        remote = client_address(request.remote or "", given, proxies)
        proto = request.headers.get("X-Forwarded-Proto", "").strip().lower()
        scheme = proto if proto in {"http", "https"} else request.scheme
        return await handler(request.clone(remote=remote, scheme=scheme))

    return forwarded


def client_address(peer: str, forwarded_for: str, proxies: Sequence[Network]) -> str:
    """The address of the client: the last of the chain that is no proxy of ours. Pure.

    Each proxy appends whom it heard, so the right end is to be believed and the left end is
    whatever the client wrote. What is no address ends the chain at the one before it.
    """
    last = peer
    for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        if not _is_address(hop):
            return last
        last = hop
        if not _is_trusted(hop, proxies):
            return hop
    return last


def _is_trusted(address: str | None, proxies: Sequence[Network]) -> bool:
    if not proxies or address is None or not _is_address(address):
        return False
    parsed = ip_address(address)
    return any(parsed in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
