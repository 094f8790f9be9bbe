"""What holds for every route: problems, binding, ETags, idempotency, pages, headers."""

from tests.rest import Rest


async def test_who_is_not_signed_in_is_told_how(rest: Rest) -> None:
    reply = await rest.call("GET", "/tenants/-/users")
    assert reply.status == 401
    assert reply.headers["Content-Type"].startswith("application/problem+json")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert reply.body["id"] == "not-signed-in"
    assert reply.body["request_id"] == reply.headers["X-Request-Id"]


async def test_unknown_routes_and_methods_are_problems(rest: Rest) -> None:
    unknown = await rest.call("GET", "/no/such/route")
    assert (unknown.status, unknown.body["id"]) == (404, "no-such-route")
    wrong = await rest.call("PUT", "/me")
    assert (wrong.status, wrong.body["id"]) == (405, "method-not-allowed")
    assert "GET" in wrong.headers["Allow"]
