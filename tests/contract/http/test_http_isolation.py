"""Generated from the route table: nobody gets in anywhere without the right to.

Every route is asked by nobody, by strangers, by each of the seven roles and by operators. The
requests name objects that do not exist and carry no body, so whoever is let in gets as far as
404, 415 or 422, and nothing is changed.
"""

import csv
import re
from collections.abc import Iterator
from importlib.resources import files

import pytest_asyncio

from orchestrator.types import Role
from orchestrator.web.routes import Access, Route
from orchestrator.web.table import all_routes
from tests.factories.ids import NOBODY
from tests.rest import Reply, World


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def routes(world: World) -> list[Route]:
    return all_routes(world.rest.services)


def path_of(route: Route, tenant: str) -> str:
    path = route.path.replace("{tenant}", tenant)
    return re.sub(r"\{\w+\}", NOBODY, path)


def held() -> dict[str, set[str]]:
    """Role -> rights, read from the table by itself: the code under test does the same."""
    text = files("orchestrator.rights").joinpath("roles.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    return {
        role.value: {f"{r['area']}.{r['right']}" for r in rows if r[role.value] == "1"}
        for role in Role
    }


def refused(reply: Reply) -> bool:
    return reply.status == 403


def closed(routes: list[Route]) -> Iterator[Route]:
    return (route for route in routes if route.need is not Access.PUBLIC)


def in_tenants(routes: list[Route]) -> Iterator[Route]:
    return (route for route in closed(routes) if route.in_tenant)


def essence(reply: Reply) -> dict[str, object]:
    """A problem without what differs between any two requests."""
    return {k: v for k, v in reply.body.items() if k not in {"instance", "request_id"}}


async def test_the_table_names_public_routes_and_no_others(routes: list[Route]) -> None:
    public = {route.path for route in routes if route.need is Access.PUBLIC}
    assert public == {"/sign-in", "/oauth/token"}
    assert len(routes) > 50
    assert len({route.operation_id for route in routes}) == len(routes)


async def test_nobody_is_let_in_without_a_sign_in(world: World, routes: list[Route]) -> None:
    for route in closed(routes):
        for token in (None, "wrong"):
            reply = await world.rest.call(route.method, path_of(route, "acme"), token)
            assert reply.status == 401, (route.method, route.path)


async def test_a_foreign_tenant_looks_like_none_at_all(world: World, routes: list[Route]) -> None:
    for route in in_tenants(routes):
        foreign = await world.call("stranger", route.method, path_of(route, "acme"))
        by_id = await world.call("stranger", route.method, path_of(route, world.tenants["acme"]))
        unknown = await world.call("stranger", route.method, path_of(route, "nobody"))
        assert foreign.status == 404, (route.method, route.path, foreign)
        assert essence(foreign) == essence(unknown) == essence(by_id)
        beside = await world.call("south", route.method, path_of(route, "acme"))
        assert essence(beside) == essence(unknown)


async def test_users_do_not_reach_the_tenants_above_or_beside(
    world: World, routes: list[Route]
) -> None:
    for route in in_tenants(routes):
        for tenant in ("platform", "north", "globex"):
            reply = await world.call("system_owner", route.method, path_of(route, tenant))
            assert reply.status == 404, (tenant, route.method, route.path)


async def test_each_role_is_let_in_as_the_table_of_roles_says(
    world: World, routes: list[Route]
) -> None:
    rights = held()
    for route in closed(routes):
        if route.path == "/sign-out":
            continue
        for role in Role:
            reply = await world.call(role.value, route.method, path_of(route, "-"))
            if isinstance(route.need, Access):
                expected = route.need is Access.SIGNED_IN
            else:
                expected = route.need.value in rights[role.value]
            assert refused(reply) is not expected, (role, route.method, route.path, reply)
            assert reply.status < 500, (role, route.method, route.path, reply)


async def test_operators_from_above_are_let_in_everywhere_below(
    world: World, routes: list[Route]
) -> None:
    for route in in_tenants(routes):
        if route.method == "DELETE" and route.path == "/tenants/{tenant}":
            continue
        for who in ("platform", "north"):
            reply = await world.call(who, route.method, path_of(route, "acme"))
            assert reply.status not in {401, 403}, (who, route.method, route.path, reply)
            assert essence(reply).get("detail") != "There is no such tenant."


async def test_objects_of_another_tenant_look_like_none_at_all(world: World) -> None:
    """Ids are looked up in the tenant of the path, whoever asks."""
    for path in ("users", "departments"):
        foreign = world.people["stranger"]
        page = await world.call("stranger", "GET", "/tenants/-/departments")
        if path == "departments":
            foreign = page.body["items"][0]["id"]
        got = await world.call("system_owner", "GET", f"/tenants/-/{path}/{foreign}")
        unknown = await world.call("system_owner", "GET", f"/tenants/-/{path}/{NOBODY}")
        assert got.status == 404
        assert essence(got) == essence(unknown)


async def test_entering_from_above_leaves_one_entry_per_sign_in(world: World) -> None:
    token = await world.rest.sign_in("platform@example.org")
    for _ in range(3):
        reply = await world.rest.call("GET", "/tenants/globex/users", token)
        assert reply.status == 200
    found = await world.call("stranger", "GET", "/tenants/-/audit-entries?limit=200")
    entered = [e for e in found.body["items"] if e["tag"] == "tenant:tenant:entered"]
    by_sign_in = [e["object_id"] for e in entered if e["actor_name"] == "platform"]
    assert by_sign_in
    assert len(by_sign_in) == len(set(by_sign_in))
