"""Presence over REST: who is shown to whom, and how much of them."""

import asyncio
from collections.abc import Callable, Mapping

import pytest

from orchestrator.routing.plan import TenantPlan
from tests.rest import Reply, World

PATH = "/tenants/acme/presence"


async def seen_by(world: World, who: str, query: str = "") -> Mapping[str, dict[str, object]]:
    """What `who` sees, by the role that each colleague is named after."""
    reply = await world.call(who, "GET", f"{PATH}?limit=200{query}")
    assert reply.status == 200, reply
    return {each["name"]: each for each in reply.body["items"]}


async def until(condition: Callable[[TenantPlan], bool], world: World) -> None:
    """Wait until `condition` holds for the plan of the customer."""
    async with asyncio.timeout(10):
        while not condition(world.rest.read_model.plan.tenants[world.tenants["acme"]]):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def loaded(world: World) -> None:
    """Wait until the plan has the people of the world."""
    await until(lambda plan: len(plan.people.keys() & set(world.people.values())) == 7, world)


async def test_a_user_sees_colleagues_but_not_their_calls(world: World) -> None:
    await loaded(world)
    seen = await seen_by(world, "user")
    manager = seen["manager"]
    assert (manager["status"], manager["phone"]) == ("available", None)
    assert manager["registered"] is True
    assert (seen["user"]["status"], seen["user"]["phone"]) == ("available", "idle")


async def test_a_receptionist_sees_calls_of_those_who_show_them(world: World) -> None:
    await loaded(world)
    seen = await seen_by(world, "receptionist")
    assert seen["user"]["phone"] == "idle"
    # The role of a system owner does not show calls to its department.
    assert seen["system_owner"]["phone"] is None


async def test_a_membership_that_hides_presence_hides_status_and_phone(world: World) -> None:
    await loaded(world)
    user = world.people["manager"]
    row = (await world.call("system_owner", "GET", f"/tenants/-/users/{user}")).body
    place = row["memberships"][0]
    hidden = {
        "presence.show_presence_to_group": False,
        "presence.show_calls_to_group": False,
    }
    change = {"memberships": [{**place, "overrides": hidden}]}
    reply = await world.call("system_owner", "PATCH", f"/tenants/-/users/{user}", change)
    assert reply.status == 200, reply
    shown = "presence.show_calls_to_group"
    await until(lambda plan: shown not in plan.people[user].rights[place["department"]], world)
    manager = (await seen_by(world, "receptionist"))["manager"]
    assert (manager["status"], manager["message"], manager["phone"]) == (None, "", None)
    assert manager["registered"] is None
    assert (await seen_by(world, "manager"))["manager"]["status"] == "available"


async def test_colleagues_of_other_departments_are_not_there(world: World) -> None:
    await loaded(world)
    body = {
        "number": "150",
        "first_name": "Salim",
        "memberships": [
            {"department": world.departments["Sales"], "role": "user", "is_main": True}
        ],
    }
    made = await world.call("system_owner", "POST", "/tenants/-/users", body)
    assert made.status == 201, made
    await until(lambda plan: made.body["id"] in plan.people, world)
    assert "Salim" not in await seen_by(world, "user")
    assert "Salim" in await seen_by(world, "platform")


async def test_pages_follow_each_other_and_filters_hold(world: World) -> None:
    await loaded(world)
    numbers: list[str] = []
    path = f"{PATH}?limit=3"
    while True:
        reply = await world.call("platform", "GET", path)
        numbers += [each["number"] for each in reply.body["items"]]
        if reply.body["next"] is None:
            break
        path = f"{PATH}?limit=3&cursor={reply.body['next']}"
    assert numbers == sorted(numbers)
    assert len(numbers) == len(set(numbers)) >= len(world.tokens) - 4
    found = await seen_by(world, "platform", "&search=RECEP")
    assert set(found) == {"receptionist"}
    sales = await seen_by(world, "platform", f"&department={world.departments['Sales']}")
    assert "user" not in sales


@pytest.mark.parametrize(
    ("who", "query", "status"),
    [
        pytest.param("stranger", "", 404, id="another tenant"),
        pytest.param("user", "?cursor=nonsense", 422, id="a foreign cursor"),
        pytest.param("user", "?sort=name", 422, id="an unknown order"),
        pytest.param(None, "", 401, id="nobody"),
    ],
)
async def test_what_is_refused(world: World, who: str | None, query: str, status: int) -> None:
    reply: Reply = await world.call(who, "GET", f"{PATH}{query}")
    assert reply.status == status, reply
