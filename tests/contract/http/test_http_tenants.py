"""The tenant tree and its operators."""

from tests.rest import World


async def test_resellers_manage_their_own_customers_only(world: World) -> None:
    made = await world.call("north", "POST", "/tenants", {"slug": "initech", "name": "Initech"})
    assert made.status == 201
    assert made.body["parent"] == world.tenants["north"]
    page = await world.call("north", "GET", "/tenants?sort=slug")
    assert [each["slug"] for each in page.body["items"]] == ["acme", "initech", "north"]
    foreign = {"slug": "evil", "name": "Evil", "parent": "south"}
    assert (await world.call("north", "POST", "/tenants", foreign)).status == 422
    above = {"slug": "evil", "name": "Evil", "kind": "reseller"}
    assert (await world.call("north", "POST", "/tenants", above)).status == 422
    taken = await world.call("south", "POST", "/tenants", {"slug": "initech", "name": "Again"})
    assert taken.status == 409


async def test_users_see_their_own_tenant(world: World) -> None:
    page = await world.call("user", "GET", "/tenants")
    assert [each["slug"] for each in page.body["items"]] == ["acme"]
    assert (await world.call("user", "GET", "/tenants/-")).body["slug"] == "acme"


async def test_nobody_lifts_their_own_limits(world: World) -> None:
    own = await world.call("north", "PATCH", "/tenants/north", {"max_calls": 1000})
    assert own.status == 403
    assert (await world.call("north", "PATCH", "/tenants/north", {"name": "N"})).status == 200
    assert (
        await world.call("platform", "PATCH", "/tenants/north", {"max_calls": 1000})
    ).status == 200
    assert (await world.call("north", "DELETE", "/tenants/north")).status == 403


async def test_a_suspended_tenant_cannot_sign_in_nor_go_on(world: World) -> None:
    assert (await world.call("stranger", "GET", "/me")).status == 200
    path = "/tenants/south"
    assert (await world.call("platform", "PATCH", path, {"suspended": True})).status == 200
    assert (await world.call("stranger", "GET", "/me")).status == 401
    assert (await world.call("south", "GET", "/me")).status == 401
    assert (await world.call("platform", "PATCH", path, {"suspended": False})).status == 200
    assert (await world.call("stranger", "GET", "/me")).status == 200


async def test_a_new_tenant_is_ready_for_use_and_goes_with_all_it_has(world: World) -> None:
    body = {"slug": "umbrella", "name": "Umbrella", "country": "GB"}
    await world.call("platform", "POST", "/tenants", body)
    path = "/tenants/umbrella"
    departments = await world.call("platform", "GET", f"{path}/departments")
    assert [each["is_default"] for each in departments.body["items"]] == [True]
    numbers = await world.call("platform", "GET", f"{path}/emergency-numbers")
    assert [each["number"] for each in numbers.body["items"]] == ["112", "999"]
    user = {"number": "100", "devices": [{"name": "Desk", "kind": "desk_phone"}]}
    assert (await world.call("platform", "POST", f"{path}/users", user)).status == 201
    early = await world.call("platform", "DELETE", path)
    assert (early.status, early.body["id"]) == (409, "not-suspended")
    await world.call("platform", "PATCH", path, {"suspended": True})
    assert (await world.call("platform", "DELETE", path)).status == 204
    assert (await world.call("platform", "GET", path)).status == 404


async def test_the_last_operator_of_the_platform_stays(world: World) -> None:
    page = await world.call("platform", "GET", "/tenants/-/operators")
    [only] = page.body["items"]
    path = f"/tenants/-/operators/{only['id']}"
    for method, body in (("DELETE", None), ("PATCH", {"disabled": True})):
        reply = await world.call("platform", method, path, body)
        assert (reply.status, reply.body["id"]) == (409, "last-operator")
    customer = await world.call(
        "platform", "POST", "/tenants/acme/operators", {"name": "X", "email": "x@example.org"}
    )
    assert (customer.status, customer.body["id"]) == (409, "no-operators-here")
