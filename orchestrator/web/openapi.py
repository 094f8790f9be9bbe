"""The OpenAPI 3.1 document, derived from the route table and the pydantic models."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from orchestrator.errors import (
    CentraleError,
    Conflict,
    Denied,
    Invalid,
    LimitReached,
    NotFound,
    NotSignedIn,
    Stale,
    Unavailable,
)
from orchestrator.web.auth import COOKIE, CSRF_HEADER
from orchestrator.web.errors import (
    PROBLEM_TYPE,
    Malformed,
    Problem,
    TooLarge,
    UnsupportedMediaType,
)
from orchestrator.web.routes import API, Access, Route

Json = dict[str, Any]
"""A piece of the document: JSON by nature, built and serialised here only."""

Use = tuple[type[BaseModel], JsonSchemaMode]
Refs = dict[Use, Json]
"""References to the schema of a model, as body or as answer."""

_REF = "#/components/schemas/{model}"
_PATH_VARIABLE = re.compile(r"\{(\w+)\}")


def document(routes: Sequence[Route], version: str) -> Json:
    """The whole document, ready for `orjson.dumps`."""
    refs, definitions = _schemas(routes)
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Centrale",
            "version": version,
            "description": "Hosted PBX on Asterisk. Errors are RFC 9457 problem details.",
        },
        "servers": [{"url": API}],
        "tags": [{"name": tag} for tag in sorted({route.tag for route in routes})],
        "paths": paths,
        "components": {"schemas": definitions, "securitySchemes": _security_schemes()},
    }


def _schemas(routes: Iterable[Route]) -> tuple[Refs, Json]:
    """References to all models by use, and their definitions."""
    wanted: dict[Use, None] = {(Problem, "serialization"): None}
    for route in routes:
        if route.body is not None:
            wanted[route.body, "validation"] = None
        if route.answer is not None:
            wanted[route.answer, "serialization"] = None
    found, whole = models_json_schema(list(wanted), ref_template=_REF)
    refs: Refs = {use: found[use] for use in wanted}
    return refs, whole.get("$defs", {})


def _operation(route: Route, refs: Refs) -> Json:
    operation: Json = {
        "operationId": route.operation_id,
        "summary": route.summary,
        "tags": [route.tag],
        "description": _needs(route),
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_headers(route)],
        "responses": _responses(route, refs),
        "security": _security(route),
    }
    if route.upload is not None:
        operation["requestBody"] = {"required": True, "content": _file(route, refs)}
    elif route.body is not None:
        schema = {"schema": refs[route.body, "validation"]}
        content = {"application/json": schema}
        if route.form:
            content["application/x-www-form-urlencoded"] = schema
        operation["requestBody"] = {"required": not route.body_optional, "content": content}
    return operation


def _file(route: Route, refs: Refs) -> Json:
    """A file in a form, or as the body with its fields in the query string; or JSON."""
    if route.upload is None:
        return {}
    binary: Json = {"type": "string", "format": "binary", "minLength": 1}
    fields = route.upload.fields.model_json_schema()
    form = {
        "type": "object",
        "properties": {
            **{
                name: _plain(field, fields.get("$defs", {}))
                for name, field in fields.get("properties", {}).items()
            },
            "file": binary,
        },
        "required": [*fields.get("required", []), "file"],
        "additionalProperties": False,
    }
    content: Json = {
        "multipart/form-data": {"schema": form},
        "application/octet-stream": {"schema": binary},
    }
    if route.body is not None:
        content["application/json"] = {"schema": refs[route.body, "validation"]}
    return content


def _needs(route: Route) -> str:
    if route.need is Access.PUBLIC:
        return "Needs no sign-in."
    if route.need is Access.SIGNED_IN:
        return "Needs a sign-in."
    if route.need is Access.OPERATOR:
        return "For operators only."
    return f"Needs the right `{route.need.value}`."


def _security(route: Route) -> list[Json]:
    return [] if route.need is Access.PUBLIC else [{"bearer": []}, {"cookie": [], "csrf": []}]


def _security_schemes() -> Json:
    return {
        "bearer": {"type": "http", "scheme": "bearer"},
        "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
        "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
    }


def _path_parameters(route: Route) -> list[Json]:
    texts = {"tenant": "Id or slug of the tenant; `-` is one's own."}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": texts.get(name, f"Id of the {name}."),
            "schema": {"type": "string", "minLength": 1, "maxLength": 64},
        }
        for name in _PATH_VARIABLE.findall(route.path)
    ]


def _query_parameters(route: Route) -> list[Json]:
    model = route.query or (route.upload.fields if route.upload else None)
    if model is None:
        return []
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    # Those of an upload may be in the form as well.
    required = schema.get("required", []) if route.query else []
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": field.get("description", ""),
            "schema": _plain(field, definitions),
        }
        for name, field in schema.get("properties", {}).items()
    ]


def _plain(field: Json, definitions: Json) -> Json:
    """A parameter's schema: inline, without `null`, which a query string cannot say."""
    if "$ref" in field:
        return _plain(definitions[field["$ref"].rpartition("/")[2]], definitions)
    choices = [choice for choice in field.get("anyOf", []) if choice.get("type") != "null"]
    if len(choices) == 1:
        return _plain(choices[0], definitions)
    return {key: value for key, value in field.items() if key not in {"default", "title"}}


def _headers(route: Route) -> list[Json]:
    headers = []
    if route.versioned:
        text = "ETag of the version that was read; 412 when it has changed since."
        schema: Json = {"type": "string", "pattern": r'^"[0-9]{1,9}"$'}
        headers.append(_header("If-Match", text, schema))
    if route.method == "POST" and route.replayable and route.need is not Access.PUBLIC:
        text = "The same key and body give the first answer again, for a day."
        schema = {"type": "string", "pattern": r"^[!-~]{1,128}$"}
        headers.append(_header("Idempotency-Key", text, schema))
    return headers


def _header(name: str, text: str, schema: Json) -> Json:
    return {"name": name, "in": "header", "required": False, "description": text, "schema": schema}


def _responses(route: Route, refs: Refs) -> Json:
    good: Json = {"description": "Done."}
    if route.answer is not None:
        schema = refs[route.answer, "serialization"]
        good["content"] = {"application/json": {"schema": schema}}
        if "version" in route.answer.model_fields:
            good["headers"] = {"ETag": {"schema": {"type": "string"}}}
    responses: dict[str, Json] = {str(route.status): good}
    problem = {PROBLEM_TYPE: {"schema": refs[Problem, "serialization"]}}
    for status, titles in _errors(route).items():
        responses[str(status)] = {"description": " / ".join(titles) + ".", "content": problem}
    return responses


def _errors(route: Route) -> dict[int, list[str]]:
    """Status -> titles of what can go wrong."""
    found: list[type[CentraleError]] = [Invalid, LimitReached, Unavailable, *route.errors]
    if route.need is not Access.PUBLIC:
        found += [NotSignedIn, Denied]
    if "{" in route.path:
        found.append(NotFound)
    if route.body is not None or route.upload is not None:
        found += [Malformed, TooLarge, UnsupportedMediaType]
    if route.method != "GET":
        found.append(Conflict)
    if route.versioned:
        found.append(Stale)
    statuses: dict[int, list[str]] = {}
    for error in sorted(found, key=lambda error: error.status):
        titles = statuses.setdefault(error.status, [])
        if error.title not in titles:
            titles.append(error.title)
    return statuses
