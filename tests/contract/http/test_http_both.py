"""A day of work through the API, on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.rest import World, make_world, serving


@pytest_asyncio.fixture
async def either(database_url: str) -> AsyncIterator[World]:
    async with serving(database_url) as rest:
        yield await make_world(rest)


async def test_an_administrator_sets_a_customer_up(either: World) -> None:
    who = "system_owner"
    trunk = {
        "name": "Carrier",
        "registration": "outbound",
        "host": "sip.example.org",
        "username": "acme",
        "secret": "s3cret",
    }
    made = await either.call(who, "POST", "/tenants/-/trunks", trunk)
    assert made.status == 201, made
    assert "secret" not in made.body
    user = await either.call(
        who, "POST", "/tenants/-/users", {"number": "200", "first_name": "Bea"}
    )
    did = {
        "number": "+31201234567",
        "trunk": made.body["id"],
        "destination": {"kind": "user", "ref": user.body["id"]},
    }
    assert (await either.call(who, "POST", "/tenants/-/dids", did)).status == 201
    again = await either.call(who, "POST", "/tenants/-/dids", did)
    assert again.status == 409
    rule = {"name": "All", "routes": [{"trunk": made.body["id"]}]}
    rules = [await either.call(who, "POST", "/tenants/-/outbound-rules", rule) for _ in range(2)]
    path = f"/tenants/-/outbound-rules/{rules[1].body['id']}/move"
    moved = await either.call(who, "POST", path, {"direction": "up"})
    assert moved.body["position"] == 0
    used = await either.call(who, "DELETE", f"/tenants/-/trunks/{made.body['id']}")
    assert (used.status, len(used.body["used_by"])) == (409, 3)
    found = await either.call(who, "GET", "/tenants/-/users?search=bEA&sort=-number")
    assert [each["number"] for each in found.body["items"]] == ["200"]


async def test_pages_replays_bulk_and_stale_edits(either: World) -> None:
    who = "system_owner"
    rows = [{"number": str(500 + n)} for n in range(5)]
    first = await either.call(
        who, "POST", "/tenants/-/users/bulk", {"create": rows}, Idempotency_Key="one"
    )
    again = await either.call(
        who, "POST", "/tenants/-/users/bulk", {"create": rows}, Idempotency_Key="one"
    )
    assert first.status == 200, first
    assert again.body == first.body
    wrong = await either.call(
        who, "POST", "/tenants/-/users/bulk", {"create": [*rows[:2], {"number": "600"}]}
    )
    assert [e["field"] for e in wrong.body["errors"]] == [
        "body.create.0.number",
        "body.create.1.number",
    ]
    for sort in ("number", "created_at"):
        page = await either.call(who, "GET", f"/tenants/-/users?limit=6&sort={sort}")
        rest = await either.call(
            who, "GET", f"/tenants/-/users?limit=6&sort={sort}&cursor={page.body['next']}"
        )
        numbers = [each["number"] for each in (*page.body["items"], *rest.body["items"])]
        assert len(numbers) == len(set(numbers)) == 12
    path = f"/tenants/-/users/{first.body['created'][0]['id']}"
    edit = {"mobile": "+31612345678"}
    assert (await either.call(who, "PATCH", path, edit, If_Match='"1"')).status == 200
    assert (await either.call(who, "PATCH", path, edit, If_Match='"1"')).status == 412
    assert (await either.call(who, "GET", "/tenants/-/audit-entries?limit=3")).status == 200
    assert (await either.call(who, "GET", "/tenants/-/calls")).status == 200
