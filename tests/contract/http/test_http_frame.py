"""What holds for every route: problems, binding, ETags, idempotency, pages, headers."""

import asyncio
import io

from tests.rest import Rest, World

DEPARTMENTS = "/tenants/acme/departments"


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
    exact = await rest.call("OPTIONS", "/tenants/-/prompts/record")
    assert (exact.status, exact.headers["Allow"]) == (405, "POST")
    any_prompt = await rest.call("OPTIONS", "/tenants/-/prompts/1")
    assert any_prompt.headers["Allow"] == "DELETE,GET,PATCH"


async def test_bodies_are_json_and_name_what_is_wrong(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.tokens['platform']}"}
    http, url = world.rest.http, f"/api/v1{DEPARTMENTS}"
    async with http.post(url, data=b"{}", headers={**headers, "Content-Type": "text/xml"}) as got:
        assert got.status == 415
    async with http.post(
        url, data=b'{"name":\n oops}', headers={**headers, "Content-Type": "application/json"}
    ) as got:
        assert got.status == 400
        assert "line 2" in (await got.json(content_type=None))["detail"]
    reply = await world.call("platform", "POST", DEPARTMENTS, {"nmae": "Sales", "name": "a\x07"})
    assert reply.status == 422
    assert {e["field"] for e in reply.body["errors"]} == {"body.nmae", "body.name"}
    big = io.BytesIO(b'{"name": "' + b"x" * (3 * 1024 * 1024) + b'"}')
    async with http.post(
        url, data=big, headers={**headers, "Content-Type": "application/json"}
    ) as got:
        assert got.status == 413


async def test_query_parameters_are_checked(world: World) -> None:
    for query, field in (
        ("limit=0", "query.limit"),
        ("limit=201", "query.limit"),
        ("colour=red", "query.colour"),
        ("sort=secret", "query.sort"),
        ("limit=1&limit=2", "query.limit"),
        ("cursor=nonsense", "cursor"),
    ):
        reply = await world.call("platform", "GET", f"{DEPARTMENTS}?{query}")
        assert reply.status == 422, query
        assert [e["field"] for e in reply.body["errors"]] == [field]


async def test_an_edit_touches_only_what_is_named_and_minds_the_etag(world: World) -> None:
    made = await world.call(
        "platform", "POST", DEPARTMENTS, {"name": "Edits", "timezone": "Europe/Amsterdam"}
    )
    assert made.status == 201
    assert made.headers["ETag"] == '"1"'
    path = made.headers["Location"].removeprefix("/api/v1")
    changed = await world.call("platform", "PATCH", path, {"language": "nl"}, If_Match='"1"')
    assert changed.status == 200
    assert changed.headers["ETag"] == '"2"'
    assert changed.body["timezone"] == "Europe/Amsterdam"
    stale = await world.call("platform", "PATCH", path, {"name": "Late"}, If_Match='"1"')
    assert (stale.status, stale.body["id"]) == (412, "stale")
    assert (await world.call("platform", "DELETE", path, If_Match='"1"')).status == 412
    assert (await world.call("platform", "DELETE", path, If_Match='"2"')).status == 204
    assert (await world.call("platform", "GET", path)).status == 404


async def test_a_repeated_post_acts_once(world: World) -> None:
    async def post(key: str, name: str) -> tuple[int, object]:
        reply = await world.call(
            "platform", "POST", DEPARTMENTS, {"name": name}, Idempotency_Key=key
        )
        return reply.status, reply.body["id"]

    first = await post("k1", "Once")
    assert first[0] == 201
    assert await post("k1", "Once") == first
    assert (await post("k1", "Other"))[0] == 409
    assert (await post("k2", "Once"))[0] == 409, "a new key is a new request, the name is taken"
    assert (await post("k2", "Twice"))[0] == 201, "a failed request does not use up its key"
    together = await asyncio.gather(*(post("k3", "Race") for _ in range(4)))
    assert {status for status, _ in together} <= {201, 409}
    assert len({made for status, made in together if status == 201}) == 1


async def test_pages_hold_every_row_once(world: World) -> None:
    names = {f"Page {n:02}" for n in range(25)}
    for name in names:
        await world.call("platform", "POST", "/tenants/globex/departments", {"name": name})
    for sort in ("name", "-name", "created_at", "-created_at"):
        found: list[str] = []
        cursor = ""
        while True:
            reply = await world.call(
                "platform",
                "GET",
                f"/tenants/globex/departments?search=Page&limit=7&sort={sort}{cursor}",
            )
            found += [row["name"] for row in reply.body["items"]]
            if reply.body["next"] is None:
                break
            cursor = f"&cursor={reply.body['next']}"
        assert len(found) == 25
        assert set(found) == names
        if sort == "-name":
            assert found == sorted(names, reverse=True)


async def test_answers_are_safe_for_browsers(rest: Rest) -> None:
    reply = await rest.call("GET", "/me")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]


async def test_health_and_metrics(rest: Rest) -> None:
    async with rest.http.get("/healthz") as answer:
        assert answer.status == 200
    async with rest.http.get("/readyz") as answer:
        assert (await answer.json())["checks"] == ["database"]
    async with rest.http.get("/") as answer:
        assert (await answer.json())["api"] == "/api/openapi.json"
    async with rest.http.get("/metrics") as answer:
        assert "centrale_http_request_seconds" in await answer.text()
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    async with rest.http.get("/metrics", headers=forwarded) as answer:
        assert answer.status == 401
