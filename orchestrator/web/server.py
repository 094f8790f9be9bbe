"""Listens for HTTP."""

import errno
import socket
from contextlib import AsyncExitStack

from aiohttp import web

from orchestrator.address import machine_address
from orchestrator.errors import Misconfigured
from orchestrator.settings import Settings
from orchestrator.web.app import WebDependencies, build_app

# How long requests that run may take to end when we stop.
_GRACE_SECONDS = 5.0


async def serve(stack: AsyncExitStack, settings: Settings, dependencies: WebDependencies) -> str:
    """Serve until `stack` is left; returns the address for a browser.

    Raises Misconfigured, naming the setting, when the port cannot be had.
    """
    runner = web.AppRunner(
        build_app(dependencies), access_log=None, shutdown_timeout=_GRACE_SECONDS
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, settings.http_host, settings.http_port)
    try:
        await site.start()
    except OSError as error:
        raise _unusable(settings, error) from None
    if settings.public_url:
        return settings.public_url
    host, port = runner.addresses[0][:2]
    return f"http://{machine_address() if host in ('0.0.0.0', '::') else host}:{port}"


def require_free(settings: Settings) -> None:
    """Raise Misconfigured, naming the setting, when the HTTP port cannot be had.

    Asked before anything is started: a PBX that comes up only to go down again helps nobody.
    """
    family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
    with socket.socket(family) as probe:
        # As the server does: a port in TIME_WAIT is not in use.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.http_host, settings.http_port))
        except OSError as error:
            raise _unusable(settings, error) from None


def _unusable(settings: Settings, error: OSError) -> Misconfigured:
    if error.errno == errno.EADDRNOTAVAIL:
        return Misconfigured(
            f"{settings.http_host} is no address of this machine; "
            "choose another with CENTRALE_HTTP_HOST"
        )
    taken = error.errno == errno.EADDRINUSE
    why = "is in use by another program" if taken else f"cannot be used ({error.strerror})"
    return Misconfigured(
        f"Port {settings.http_port} on {settings.http_host} {why}; "
        "choose another with CENTRALE_HTTP_PORT"
    )
