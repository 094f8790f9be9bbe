"""A route must say who may use it, and errors of the product all have an answer."""

import json

import pytest
from aiohttp.test_utils import make_mocked_request

import orchestrator.errors as errors
from orchestrator.errors import CentraleError, InUse, Invalid
from orchestrator.signin.service import TooManyTries
from orchestrator.web.errors import problem_response
from orchestrator.web.routes import ApiRequest, Route


async def nothing(_: ApiRequest) -> None:
    return None


def test_a_route_without_a_right_cannot_be_built() -> None:
    with pytest.raises(TypeError):
        Route(method="GET", path="/x", handler=nothing, summary="", tag="")  # type: ignore[call-arg]


def every_error() -> list[type[CentraleError]]:
    found = [CentraleError]
    for each in found:
        found += each.__subclasses__()
    return found


def test_every_error_is_a_problem_with_its_own_words() -> None:
    request = make_mocked_request("GET", "/api/v1/me")
    simple = [e for e in every_error() if e.__init__ in (CentraleError.__init__, Invalid.__init__)]
    assert len(simple) > 8
    for kind in simple:
        response = problem_response(request, kind("in words"))
        assert isinstance(response.body, bytes)
        problem = json.loads(response.body)
        assert (response.status, problem["status"]) == (kind.status, kind.status)
        assert (problem["id"], problem["detail"]) == (kind.id, "in words")
        assert response.content_type == "application/problem+json"


def test_problems_say_where_what_and_when() -> None:
    request = make_mocked_request("GET", "/")
    body = problem_response(request, errors.Invalid.field("body.name", "is missing")).body
    assert isinstance(body, bytes)
    assert json.loads(body)["errors"] == [{"field": "body.name", "message": "is missing"}]
    body = problem_response(request, InUse("busy", ["DID 1"])).body
    assert isinstance(body, bytes)
    assert json.loads(body)["used_by"] == ["DID 1"]
    assert problem_response(request, TooManyTries(30)).headers["Retry-After"] == "30"
