"""One request through one route, in a fixed order.

who asks -> way into the tenant -> right -> path, query, body -> replay? -> handler -> answer
"""

import hashlib
from dataclasses import replace

from aiohttp import web
from aiohttp.typedefs import Handler as AiohttpHandler
from pydantic import BaseModel

from orchestrator.db.origin import ORIGIN
from orchestrator.media import MediaStore
from orchestrator.schemas import SoundContext
from orchestrator.signin.idempotency import IdempotencyService, Kept
from orchestrator.types import Scope
from orchestrator.web.auth import COOKIE, Gate, check
from orchestrator.web.binding import parse_body, parse_if_match, parse_query, path_parts
from orchestrator.web.routes import Access, Answer, ApiRequest, Cookie, Route, Upload
from orchestrator.web.uploads import is_upload, received


class Dispatcher:
    """Makes aiohttp handlers of routes."""

    def __init__(
        self,
        gate: Gate,
        idempotency: IdempotencyService,
        media: MediaStore,
        sounds: SoundContext | None,
    ) -> None:
        self._gate = gate
        self._idempotency = idempotency
        self._media = media
        self._sounds = sounds

    def bind(self, route: Route) -> AiohttpHandler:
        """The aiohttp handler of `route`."""

        async def handle(request: web.Request) -> web.StreamResponse:
            ORIGIN.set(request.remote)
            if route.upload is not None and is_upload(request, route):
                return await self._take(request, route, route.upload)
            asked, raw = await self._understand(request, route)
            key = request.headers.get("Idempotency-Key")
            if key is None or route.method != "POST" or not route.replayable:
                return await _run(request, route, asked)
            return await self._once(request, route, asked, (key, raw))

        return handle

    async def _understand(self, request: web.Request, route: Route) -> tuple[ApiRequest, bytes]:
        asked = await self._admit(request, route)
        query = parse_query(request, route.query)
        raw, body = await parse_body(request, route, self._sounds)
        return replace(asked, parsed_body=body, parsed_query=query), raw

    async def _take(self, request: web.Request, route: Route, upload: Upload) -> web.StreamResponse:
        """Run the handler with a file; nothing of it is read before it is clear who sends it."""
        asked = await self._admit(request, route)
        async with received(request, upload, self._media) as (path, fields):
            return await _run(request, route, replace(asked, upload=path, parsed_query=fields))

    async def _admit(self, request: web.Request, route: Route) -> ApiRequest:
        """Who asks, and that they may; nothing of the query and the body yet."""
        signed_in, scope, by_cookie = None, None, False
        if route.need is not Access.PUBLIC:
            signed_in, by_cookie = await self._gate.signed_in(request)
            if route.in_tenant:
                tenant = request.match_info["tenant"]
                scope = await self._gate.enter(route, signed_in, tenant)
            elif signed_in.actor.tenant is not None:
                check(route.need, Scope(signed_in.actor.tenant, signed_in.actor))
        return ApiRequest(
            path=path_parts(request),
            remote=request.remote or "",
            user_agent=request.headers.get("User-Agent", "")[:200],
            signed_in=signed_in,
            tenant_scope=scope,
            if_match=parse_if_match(request) if route.versioned else None,
            cookie=by_cookie,
            authorization=request.headers.get("Authorization", ""),
        )

    async def _once(
        self, request: web.Request, route: Route, asked: ApiRequest, keyed: tuple[str, bytes]
    ) -> web.StreamResponse:
        """Run the handler at most once per key, and give the kept answer afterwards.

        Only answers that changed something are kept: after an error the client may try again.
        """
        key, raw = keyed
        fingerprint = hashlib.sha256(f"{request.method} {request.path}\n".encode() + raw)
        kept = await self._idempotency.begin(asked.actor, key, fingerprint.hexdigest())
        if kept is not None:
            return _replay(kept)
        done = False
        try:
            response = await _run(request, route, asked)
            if isinstance(response, web.Response) and isinstance(response.body, bytes | None):
                answer = Kept(response.status, response.body or b"", _kept_headers(response))
                await self._idempotency.finish(asked.actor, key, answer)
                done = True
            return response
        finally:
            if not done:
                await self._idempotency.forget(asked.actor, key)


async def _run(request: web.Request, route: Route, asked: ApiRequest) -> web.StreamResponse:
    result = await route.handler(asked)
    if isinstance(result, web.StreamResponse):
        return result
    answer = result if isinstance(result, Answer) else Answer(result)
    response = web.Response(status=route.status, headers=answer.headers)
    if answer.body is not None:
        response.body = answer.body.model_dump_json().encode()
        response.content_type = "application/json"
        _describe(request, route, response, answer.body)
    if answer.cookie is not None:
        _set_cookie(request, response, answer.cookie)
    return response


def _describe(request: web.Request, route: Route, response: web.Response, body: BaseModel) -> None:
    version = getattr(body, "version", None)
    if isinstance(version, int):
        response.headers["ETag"] = f'"{version}"'
    made = getattr(body, "id", None)
    if route.status == 201 and isinstance(made, str):
        response.headers["Location"] = f"{request.path.rstrip('/')}/{made}"


def _set_cookie(request: web.Request, response: web.Response, cookie: Cookie) -> None:
    """Strict same-site, unreadable for scripts; `Secure` wherever the request was."""
    response.set_cookie(
        COOKIE,
        cookie.value,
        max_age=cookie.max_age,
        path="/",
        httponly=True,
        secure=request.secure,
        samesite="Strict",
    )


def _kept_headers(response: web.Response) -> dict[str, str]:
    kept = ("Content-Type", "ETag", "Location")
    return {name: response.headers[name] for name in kept if name in response.headers}


def _replay(kept: Kept) -> web.Response:
    headers = {**kept.headers, "Idempotency-Replayed": "true"}
    return web.Response(status=kept.status, body=kept.body or None, headers=headers)
