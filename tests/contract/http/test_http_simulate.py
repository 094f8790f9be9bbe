"""The route simulator over REST: answers by the plan, within the tenant, with the right alone."""

import asyncio

from tests.rest import World


async def caught_up(world: World, tenant: str, number: str) -> None:
    """Wait until the plan has `number`."""
    plan = world.rest.read_model
    async with asyncio.timeout(10):
        while number not in plan.plan.tenants[world.tenants[tenant]].extensions:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_who_may_ask_gets_the_way_of_a_call(world: World) -> None:
    users = await world.call("system_owner", "GET", "/tenants/-/users?limit=2&sort=number")
    first, second = (each["number"] for each in users.body["items"])
    await caught_up(world, "acme", second)
    path = f"/tenants/-/routing/simulate?from={first}&to={second}&at=2026-12-25T10:00:00Z"
    reply = await world.call("system_owner", "GET", path)
    assert reply.status == 200, reply
    assert reply.body["at"] == "2026-12-25T10:00:00Z"
    assert reply.body["first"]["kind"] == "ring"
    assert reply.body["first"]["target"].startswith(second)
    assert set(reply.body["first"]["then"]) == {"no_answer", "busy", "not_registered"}


async def test_wrong_questions_name_the_field(world: World) -> None:
    missing = await world.call("system_owner", "GET", "/tenants/-/routing/simulate?from=100")
    assert (missing.status, missing.body["errors"][0]["field"]) == (422, "query.to")
    path = "/tenants/-/routing/simulate?from=0612345678&to=100&trunk=nowhere"
    assert (await world.call("system_owner", "GET", path)).status == 404
    late = "/tenants/-/routing/simulate?from=100&to=101&at=tomorrow"
    refused = await world.call("system_owner", "GET", late)
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "query.at")


async def test_a_user_without_the_right_is_refused(world: World) -> None:
    path = "/tenants/-/routing/simulate?from=100&to=101"
    assert (await world.call("user", "GET", path)).status == 403


async def test_a_queue_shows_its_agents_and_where_its_callers_go(world: World) -> None:
    users = await world.call("system_owner", "GET", "/tenants/-/users?limit=2&sort=number")
    (first, agent), (number, agents_number) = (
        [each[key] for each in users.body["items"]] for key in ("id", "number")
    )
    departments = await world.call("system_owner", "GET", "/tenants/-/departments?limit=1")
    body = {
        "number": "870",
        "name": "Helpdesk",
        "department": departments.body["items"][0]["id"],
        "agents": [{"user": agent}],
        "no_answer": {"kind": "user", "ref": first},
    }
    made = await world.call("system_owner", "POST", "/tenants/-/queues", body)
    assert made.status == 201, made
    await caught_up(world, "acme", "870")
    path = f"/tenants/-/routing/simulate?from={number}&to=870&at=2026-11-25T10:00:00Z"
    found = (await world.call("system_owner", "GET", path)).body["first"]
    assert found["kind"] == "queue_hunt_random_start"
    assert (found["target"], found["seconds"], found["ways"]) == ("870 Helpdesk", 0, [])
    told = {(note["step"], note["rule"]): note["why"] for note in found["notes"]}
    assert told["agent", agents_number] == "is logged out of all queues"
    assert told["queue", "Helpdesk"] == "nobody is logged in"
    assert list(found["then"]) == ["nobody_available"]
    assert found["then"]["nobody_available"]["target"].startswith(number)
