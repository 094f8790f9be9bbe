"""Every error as RFC 9457 problem details, in one place.

Ours come with `id` and status from `orchestrator/errors.py`; aiohttp's own (404, 405, 413 ...)
get ids here; anything else is a bug, logged with its request id, shown without details.
"""

import asyncio

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchestrator.db.errors import Taken
from orchestrator.errors import CentraleError, FieldError, InUse, Invalid
from orchestrator.web.keys import REQUEST_ID

log = structlog.get_logger()

PROBLEM_TYPE = "application/problem+json"

_HTTP_IDS = {
    400: "malformed",
    404: "no-such-route",
    405: "method-not-allowed",
    408: "too-slow",
    411: "length-required",
    413: "too-large",
    415: "unsupported-media-type",
}


class Malformed(CentraleError):
    """The body is not JSON at all."""

    id = "malformed"
    status = 400
    title = "The request cannot be read"


class UnsupportedMediaType(CentraleError):
    id = "unsupported-media-type"
    status = 415
    title = "Send application/json"


class TooLarge(CentraleError):
    id = "too-large"
    status = 413
    title = "The request is too large"


class TooSlow(CentraleError):
    """The deadline of the request passed."""

    id = "too-slow"
    status = 503
    title = "This took too long"


class WrongField(BaseModel):
    """Where a request is wrong (`body.number`) and how."""

    field: str
    message: str


class Problem(BaseModel):
    """RFC 9457 problem details. `id` is stable; `detail` is for people and may change."""

    model_config = ConfigDict(json_schema_extra={"required": ["type", "title", "status", "id"]})

    type: str
    title: str
    status: int
    detail: str
    id: str
    instance: str
    request_id: str
    errors: list[WrongField] | None = Field(None, description="Wrong fields, for 409 and 422.")
    used_by: list[str] | None = Field(None, description="What refers to it, for `in-use`.")


def problem_response(request: web.Request, error: CentraleError) -> web.Response:
    """`error` as an answer; 401 says how to sign in, 429 when to come back."""
    problem = Problem(
        type=f"urn:centrale:problem:{error.id}",
        title=error.title,
        status=error.status,
        detail=error.message,
        id=error.id,
        instance=request.path,
        request_id=request.get(REQUEST_ID, ""),
    )
    if isinstance(error, Invalid) and error.fields:
        problem.errors = [WrongField(field=f.field, message=f.message) for f in error.fields]
    if isinstance(error, Taken):
        problem.errors = [
            WrongField(field=f"body.{f.field.removesuffix('_id')}", message=f.message)
            for f in error.fields
        ]
    if isinstance(error, InUse):
        problem.used_by = list(error.used_by)
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="centrale"'
    retry_after = getattr(error, "retry_after", None)
    if isinstance(retry_after, int):
        headers["Retry-After"] = str(retry_after)
    return web.Response(
        body=problem.model_dump_json(exclude_none=True).encode(),
        status=error.status,
        content_type=PROBLEM_TYPE,
        headers=headers,
    )


def invalid_from_pydantic(error: ValidationError, place: str) -> Invalid:
    """Pydantic's complaints as `Invalid`; `place` is `body` or `query`. Never shows the input."""
    fields = [
        FieldError(".".join([place, *(str(part) for part in found["loc"])]), _words(found["msg"]))
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return Invalid(f"{len(fields)} wrong field(s) in the {place}.", fields)


def _words(message: str) -> str:
    """Our own validators' words, without the class name that pydantic puts before them."""
    return message.removeprefix("Value error, ")


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong below into a problem. The HTTP edge: it may catch everything."""
    try:
        return await handler(request)
    except CentraleError as error:
        if error.status >= 500:
            log.warning("request failed", error_id=error.id, detail=error.message)
        return problem_response(request, error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await _from_aiohttp(request, error)
    except asyncio.CancelledError:
        raise
    except Exception:
        log.exception("request crashed", method=request.method, path=request.path)
        hidden = CentraleError("The error is in our log under this request id.")
        return problem_response(request, hidden)


async def _from_aiohttp(request: web.Request, error: web.HTTPException) -> web.Response:
    ours = CentraleError(error.reason, id=_HTTP_IDS.get(error.status, "http"))
    ours.status, ours.title = error.status, error.reason
    response = problem_response(request, ours)
    if "Allow" in error.headers:
        response.headers["Allow"] = ",".join(sorted(await _allowed(request)))
    return response


async def _allowed(request: web.Request) -> set[str]:
    """The methods of the resource that is asked for (RFC 9110 10.2.1): those of `/prompts/record`
    and not, besides, those of `/prompts/{prompt}`, which has the same shape."""
    found: dict[int, set[str]] = {}
    for resource in request.app.router.resources():
        _, methods = await resource.resolve(request)
        if methods:
            found.setdefault(resource.canonical.count("{"), set()).update(methods)
    return found[min(found)] if found else set()
