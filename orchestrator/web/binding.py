"""From bytes to checked models: query strings, JSON bodies, forms, ETags, path parts."""

import asyncio
import re
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import parse_qsl

import orjson
from aiohttp import web
from multidict import MultiMapping
from pydantic import BaseModel, ValidationError

from orchestrator.errors import Invalid, NotFound
from orchestrator.schemas import SoundContext
from orchestrator.web.errors import (
    Malformed,
    TooLarge,
    UnsupportedMediaType,
    invalid_from_pydantic,
)
from orchestrator.web.routes import Route

MAX_BODY = 2 * 1024 * 1024
"""Bytes; a bulk of 500 users with devices fits several times."""

M = TypeVar("M", bound=BaseModel)

_PATH_PART = re.compile(r"[A-Za-z0-9._~*#+@-]{1,64}")
_ETAG = re.compile(r'(?:W/)?"(\d{1,9})"')
_FORM = "application/x-www-form-urlencoded"


def path_parts(request: web.Request) -> Mapping[str, str]:
    """The variables of the path. What cannot be an id of ours does not exist."""
    for value in request.match_info.values():
        if not _PATH_PART.fullmatch(value):
            raise NotFound("There is no such object.")
    return dict(request.match_info)


def parse_query(request: web.Request, model: type[BaseModel] | None) -> BaseModel | None:
    """The query string as `model`; without a model any parameter is wrong."""
    values = single(request.query, "query")
    if model is None:
        if values:
            raise Invalid.field(f"query.{min(values)}", "this route takes no parameters")
        return None
    return validate(model, values, "query")


async def parse_body(
    request: web.Request, route: Route, sounds: SoundContext | None
) -> tuple[bytes, BaseModel | None]:
    """The body as sent and as `route.body`, its sounds being those of `sounds`; routes without one
    refuse any body."""
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLarge(f"At most {MAX_BODY} bytes.") from error
    if route.body is None:
        if raw:
            raise Invalid.field("body", "this route takes no body")
        return raw, None
    if not raw and route.body_optional:
        return raw, route.body()
    if route.form and request.content_type == _FORM:
        return raw, validate(route.body, _form(raw), "body")
    if request.content_type != "application/json":
        raise UnsupportedMediaType("The body must be application/json.")
    # In a thread: sounds are looked up on disk, and a body may be long.
    return raw, await asyncio.to_thread(_validate_json, route.body, raw, sounds)


def validate(model: type[M], value: Mapping[str, str], place: str) -> M:
    """`value` as `model`, or `Invalid` naming each wrong field under `place`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid_from_pydantic(error, place) from error


def _validate_json(model: type[M], raw: bytes, sounds: SoundContext | None) -> M:
    """JSON has types, so nothing is guessed: 0 is not false. Raises `Malformed`, `Invalid`."""
    _require_json(raw)
    try:
        return model.model_validate_json(raw, strict=True, context=sounds)
    except ValidationError as error:
        raise invalid_from_pydantic(error, "body") from error


def parse_if_match(request: web.Request) -> int | None:
    """The version named by `If-Match`; None when absent or `*`."""
    value = request.headers.get("If-Match")
    if value is None or value.strip() == "*":
        return None
    match = _ETAG.fullmatch(value.strip())
    if match is None:
        raise Invalid.field("header.If-Match", "must be one ETag as we gave it")
    return int(match.group(1))


def _require_json(raw: bytes) -> None:
    """Raise `Malformed`, which says where, unless this is JSON by the letter (no NaN)."""
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Malformed(f"The body is not JSON: {error.msg} ({place}).") from error


def _form(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise Malformed("The form cannot be read.") from error
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Invalid.field("body", "a field is given twice")
    return values


def single(values: MultiMapping[str], place: str) -> dict[str, str]:
    """Each name once: two values for one parameter would silently lose one."""
    for name in set(values):
        if len(values.getall(name)) > 1:
            raise Invalid.field(f"{place}.{name}", "is given twice")
    return dict(values)
