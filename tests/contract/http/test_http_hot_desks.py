"""Hot-desk phones over REST, on SQLite and on PostgreSQL: rights, secrets, wrong bodies."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from orchestrator.clock import SystemClock
from orchestrator.hot_desks.login import HotDeskLogin
from orchestrator.types import Actor, ActorKind, Scope
from tests.rest import World, make_world, serving

ADMIN = "system_admin"
DESKS = "/tenants/-/hot-desks"


@pytest_asyncio.fixture
async def either(database_url: str) -> AsyncIterator[World]:
    async with serving(database_url) as rest:
        yield await make_world(rest)


async def seat(world: World, desk: str, role: str) -> None:
    """Somebody with this role logs in at the phone."""
    tenant = world.tenants["acme"]
    actor = Actor(ActorKind.USER, world.people[role], role, tenant)
    await HotDeskLogin(world.rest.database, SystemClock()).use(Scope(tenant, actor), desk)


async def test_an_administrator_sees_who_is_where(either: World) -> None:
    made = await either.call(ADMIN, "POST", DESKS, {"name": "Lobby", "codecs": ["alaw", "alaw"]})
    assert made.status == 201, made
    assert made.body["sip_secret"]
    assert made.body["user"] is None
    assert made.body["sip"]["host"] == "pbx.example.org"
    assert made.body["codecs"] == ["alaw"]
    await either.call(ADMIN, "POST", DESKS, {"name": "Attic"})
    await seat(either, made.body["id"], "user")

    page = await either.call(ADMIN, "GET", f"{DESKS}?sort=name")
    assert [(d["name"], (d["user"] or {}).get("name")) for d in page.body["items"]] == [
        ("Attic", None),
        ("Lobby", "100 user"),
    ]
    assert "sip_secret" not in page.body["items"][1]
    for query, names in (
        ("used=true", ["Lobby"]),
        ("used=false", ["Attic"]),
        (f"user={either.people['user']}", ["Lobby"]),
        (f"user={either.people['owner']}", []),
        ("disabled=true", []),
    ):
        found = await either.call(ADMIN, "GET", f"{DESKS}?{query}")
        assert [each["name"] for each in found.body["items"]] == names, query


async def test_an_administrator_changes_and_empties_a_phone(either: World) -> None:
    made = await either.call(ADMIN, "POST", DESKS, {"name": "Lobby"})
    secret, item = made.body["sip_secret"], f"{DESKS}/{made.body['id']}"
    await seat(either, made.body["id"], "user")
    shown = await either.call(ADMIN, "GET", item)
    assert shown.body["logged_in_at"]
    assert (await either.call(ADMIN, "POST", f"{item}/reveal-secret")).body["sip_secret"] == secret
    rotated = await either.call(ADMIN, "POST", f"{item}/rotate-secret")
    assert rotated.body["sip_secret"] != secret
    etag = f'"{rotated.body["version"]}"'
    named = await either.call(ADMIN, "PATCH", item, {"name": "Hall"}, If_Match=etag)
    assert (named.status, named.body["name"], named.body["user"]["name"]) == (
        *(200, "Hall"),
        "100 user",
    )
    assert (await either.call(ADMIN, "PATCH", item, {"name": "X"}, If_Match=etag)).status == 412

    out = await either.call(ADMIN, "POST", f"{item}/log-out")
    assert (out.status, out.body["user"], out.body["logged_in_at"]) == (200, None, None)
    assert (await either.call(ADMIN, "DELETE", item)).status == 204
    assert (await either.call(ADMIN, "GET", item)).status == 404
    tags = {
        each["tag"]: each["actor_name"]
        for each in (await either.call(ADMIN, "GET", "/tenants/-/audit-entries?limit=200")).body[
            "items"
        ]
    }
    assert tags["tenant:hot_desk:logged_in"] == "user"
    assert tags["tenant:hot_desk:logged_out"] == ADMIN
    assert "tenant:device:secret_revealed" in tags


async def test_who_manages_the_user_gets_no_secret_of_the_phone(either: World) -> None:
    made = await either.call(ADMIN, "POST", DESKS, {"name": "Lobby"})
    desk = made.body["id"]
    await seat(either, desk, "user")
    for who in ("manager", "owner", ADMIN):
        for method, path in (
            ("GET", f"/tenants/-/devices/{desk}"),
            ("PATCH", f"/tenants/-/devices/{desk}"),
            ("DELETE", f"/tenants/-/devices/{desk}"),
            ("POST", f"/tenants/-/devices/{desk}/reveal-secret"),
            ("POST", f"/tenants/-/devices/{desk}/rotate-secret"),
        ):
            body = {"name": "Mine"} if method == "PATCH" else None
            reply = await either.call(who, method, path, body)
            assert reply.status == 404, (who, method, path, reply)
        bulk = {"update": [{"id": desk, "name": "Mine"}], "delete": [desk]}
        reply = await either.call(who, "POST", "/tenants/-/devices/bulk", bulk)
        assert reply.status == 422, reply
        page = await either.call(who, "GET", f"/tenants/-/devices?user={either.people['user']}")
        assert page.body["items"] == []
    for who in ("manager", "owner"):
        assert (await either.call(who, "GET", DESKS)).status == 403
        assert (await either.call(who, "POST", f"{DESKS}/{desk}/log-out")).status == 403
        assert (await either.call(who, "POST", f"{DESKS}/{desk}/reveal-secret")).status == 403
    assert (await either.call("stranger", "GET", f"{DESKS}/{desk}")).status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({}, "body.name", id="no name"),
        pytest.param({"name": ""}, "body.name", id="empty name"),
        pytest.param({"name": "x" * 81}, "body.name", id="long name"),
        pytest.param({"name": "A", "codecs": []}, "body.codecs", id="no codecs"),
        pytest.param({"name": "A", "codecs": ["mp3"]}, "body.codecs.0", id="strange codec"),
        pytest.param({"name": "A", "user": "u"}, "body.user", id="a user"),
        pytest.param({"name": "A", "kind": "app"}, "body.kind", id="a kind"),
        pytest.param({"name": "A", "max_contacts": 5}, "body.max_contacts", id="contacts"),
    ],
)
async def test_wrong_bodies_name_the_field(world: World, body: object, field: str) -> None:
    reply = await world.call(ADMIN, "POST", DESKS, body)
    assert (reply.status, [each["field"] for each in reply.body["errors"]]) == (422, [field])


@pytest.mark.parametrize("at", ["24:00", "7:00", "12:60", "noon", "", 18, "18:00:00"])
async def test_a_closing_time_is_a_time_of_day(world: World, at: object) -> None:
    reply = await world.call(
        ADMIN, "PATCH", "/tenants/-/options", {"hot_desks": {"log_out_at": at}}
    )
    assert reply.status == 422
    assert reply.body["errors"][0]["field"] == "body.hot_desks.log_out_at"


async def test_who_manages_phones_chooses_the_closing_time(world: World) -> None:
    chosen = {"hot_desks": {"log_out_at": "18:30"}}
    assert (await world.call("owner", "PATCH", "/tenants/-/options", chosen)).status == 403
    assert (await world.call("owner", "GET", "/tenants/-/options")).body["hot_desks"] is None
    reply = await world.call(ADMIN, "PATCH", "/tenants/-/options", chosen)
    assert reply.body["hot_desks"] == {"log_out_at": "18:30"}
    off = {"hot_desks": {"log_out_at": None}}
    reply = await world.call(ADMIN, "PATCH", "/tenants/-/options", off)
    assert reply.body["hot_desks"] == {"log_out_at": None}


async def test_the_simulator_knows_hot_desk_phones(world: World) -> None:
    made = await world.call(ADMIN, "POST", DESKS, {"name": "Lobby"})
    desk, name = made.body["id"], made.body["sip"]["username"]
    plan = world.rest.read_model
    async with asyncio.timeout(10):
        while name not in plan.plan.tenants[world.tenants["acme"]].hot_desks:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def first(to: str, **more: str) -> dict[str, object]:
        query = "&".join(f"{k}={v}" for k, v in {"to": to, "hot_desk": desk, **more}.items())
        reply = await world.call(ADMIN, "GET", f"/tenants/-/routing/simulate?{query}")
        assert reply.status == 200, reply
        step: dict[str, object] = reply.body["first"]
        return step

    async def refused(query: str) -> tuple[int, str]:
        reply = await world.call(ADMIN, "GET", f"/tenants/-/routing/simulate?{query}")
        return reply.status, reply.body.get("errors", [{"field": ""}])[0]["field"]

    assert (await first("*77*101*"))["target"] == "log in 101"
    assert (await first("*77*5*"))["target"] == "log out"
    step = await first("101")
    assert (step["kind"], step["reason"]) == ("end", "not_logged_in")
    await seat(world, desk, "user")
    async with asyncio.timeout(10):
        while plan.plan.tenants[world.tenants["acme"]].hot_desks[name].user is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert (await first("101"))["kind"] == "ring"
    assert await refused(f"to=101&hot_desk={desk}&from=100") == (422, "query.hot_desk")
    assert await refused("to=101&hot_desk=nowhere") == (404, "")
    assert await refused("to=101") == (422, "query.from")
