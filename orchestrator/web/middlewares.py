"""What surrounds every request: id, log line, metrics, deadline, security headers."""

import asyncio
import secrets
import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Counter, Histogram

from orchestrator.web.errors import TooSlow
from orchestrator.web.keys import DEADLINE, REQUEST_ID

log = structlog.get_logger()

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_API_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


def observed(registry: CollectorRegistry) -> Middleware:
    """Give each request an id, one log line and its metrics."""
    duration = Histogram(
        "centrale_http_request_seconds",
        "Time to answer, by route.",
        ["method", "route"],
        registry=registry,
    )
    answers = Counter(
        "centrale_http_answers_total",
        "Answers by status class.",
        ["status"],
        registry=registry,
    )

    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REQUEST_ID] = secrets.token_hex(8)
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request[REQUEST_ID]):
            response = await handler(request)
            seconds = time.perf_counter() - started
            resource = request.match_info.route.resource
            route = resource.canonical if resource is not None else "none"
            method = request.method if request.method in _METHODS else "other"
            duration.labels(method, route).observe(seconds)
            answers.labels(f"{response.status // 100}xx").inc()
            _note(request.method, route, response.status, seconds)
        if not response.prepared:
            response.headers["X-Request-Id"] = request[REQUEST_ID]
        return response

    return observe


def _note(method: str, route: str, status: int, seconds: float) -> None:
    """What only looked and went well is noise; changes and refusals are worth a line."""
    write = log.debug if method in _LOOKING and status < 400 else log.info
    write("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


@web.middleware
async def security_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Headers that keep browsers strict; API answers are never cached nor rendered."""
    response = await handler(request)
    if not response.prepared:
        for name, value in _SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if request.path.startswith("/api/"):
            for name, value in _API_HEADERS.items():
                response.headers.setdefault(name, value)
    return response


def deadline(seconds: float) -> Middleware:
    """Give up after `seconds` with a problem, except on upgraded connections (WebSocket)."""

    @web.middleware
    async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await handler(request)
        try:
            async with asyncio.timeout(seconds) as timer:
                request[DEADLINE] = timer
                return await handler(request)
        except TimeoutError as error:
            if not timer.expired():
                raise
            raise TooSlow(f"No answer within {seconds:g} s.") from error

    return limit
