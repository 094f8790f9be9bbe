"""The HTTP application: its middlewares in order, its routes, and how healthy we are."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from ipaddress import ip_address

import orjson
from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest

from orchestrator.errors import CentraleError, Denied
from orchestrator.types import ActorKind
from orchestrator.web.auth import Gate, token_of
from orchestrator.web.binding import MAX_BODY
from orchestrator.web.dispatch import Dispatcher
from orchestrator.web.errors import problem_response, problems
from orchestrator.web.middlewares import deadline, observed, security_headers
from orchestrator.web.openapi import document
from orchestrator.web.proxies import Network, behind
from orchestrator.web.table import Services, all_routes

REQUEST_SECONDS = 30.0

Check = Callable[[], Awaitable[None]]
"""Raises a CentraleError (`Unavailable`) while the part it looks at does not work."""


@dataclass(frozen=True, slots=True)
class WebDependencies:
    """What the edge needs.

    `checks` by name (`database`, `asterisk`) decide readiness; `proxies` are believed about
    whom they forward for.
    """

    services: Services
    registry: CollectorRegistry
    checks: dict[str, Check]
    proxies: Sequence[Network] = ()


def build_app(dependencies: WebDependencies) -> web.Application:
    """The application, ready for an `AppRunner`."""
    app = web.Application(
        client_max_size=MAX_BODY,
        # Outermost first: what is inside is observed, made safe, and turned into problems.
        middlewares=[
            behind(dependencies.proxies),
            observed(dependencies.registry),
            security_headers,
            problems,
            deadline(REQUEST_SECONDS),
        ],
    )
    services = dependencies.services
    gate = Gate(services.sign_ins, services.tenants)
    routes = all_routes(services)
    dispatcher = Dispatcher(gate, services.idempotency, services.media, services.sounds)
    for route in routes:
        app.router.add_route(route.method, route.full_path, dispatcher.bind(route))
    _add_document(app, orjson.dumps(document(routes, version("centrale"))))
    _add_health(app, dependencies.checks)
    _add_metrics(app, gate, dependencies.registry)
    return app


def _add_document(app: web.Application, content: bytes) -> None:
    async def openapi(_: web.Request) -> web.Response:
        return web.Response(body=content, content_type="application/json")

    async def index(_: web.Request) -> web.Response:
        """Who opens the address in a browser learns where to go on."""
        return web.json_response(
            {"product": "Centrale", "version": version("centrale"), "api": "/api/openapi.json"}
        )

    app.router.add_get("/", index)
    app.router.add_get("/api/openapi.json", openapi)


def _add_health(app: web.Application, checks: dict[str, Check]) -> None:
    async def healthz(_: web.Request) -> web.Response:
        """The process answers; nothing else is asked, a restart would not mend it."""
        return web.json_response({"status": "ok"})

    async def readyz(request: web.Request) -> web.Response:
        """All parts work, so that calls and requests can be taken."""
        for check in checks.values():
            try:
                await check()
            except CentraleError as error:
                return problem_response(request, error)
        return web.json_response({"status": "ready", "checks": sorted(checks)})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)


def _add_metrics(app: web.Application, gate: Gate, registry: CollectorRegistry) -> None:
    async def metrics(request: web.Request) -> web.Response:
        """For a scraper on this machine, or an operator of the platform."""
        if not _is_local(request) or token_of(request)[0] is not None:
            signed_in, _ = await gate.signed_in(request)
            if signed_in.actor.kind is not ActorKind.OPERATOR:
                raise Denied("Only operators may do this.")
        return web.Response(body=generate_latest(registry), content_type="text/plain")

    app.router.add_get("/metrics", metrics)


def _is_local(request: web.Request) -> bool:
    """From this machine itself, not through a proxy on it that forwards for others."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.remote or "").is_loopback
    except ValueError:
        return False
