"""Live calls over HTTP: who sees them, who may steer them, and that no side door leads in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from orchestrator.devices.schemas import DeviceCreate
from orchestrator.types import SYSTEM_ACTOR, Scope
from tests.contract.ari.bench import eventually
from tests.rest import Reply, World

ORDERS: dict[str, dict[str, str]] = {
    "hang-up": {},
    "hold": {},
    "resume": {},
    "mute": {},
    "unmute": {},
    "transfer": {"to": "101"},
    "divert": {"to": "101"},
    "attended-transfer": {"with": "x"},
    "record": {"action": "start"},
    "listen": {},
    "whisper": {},
    "barge-in": {},
}
READERS = {"receptionist", "department_admin", "manager", "owner", "system_admin", "system_owner"}


@dataclass(frozen=True)
class Talk:
    """A conversation between the users `user` (100) and `receptionist` (101)."""

    world: World
    id: str

    async def ask(self, who: str, method: str, rest: str = "", json: object = None) -> Reply:
        tenant = "-" if who not in {"platform", "north"} else "acme"
        path = f"/tenants/{tenant}/active-calls/{self.id}{rest}"
        return await self.world.call(who, method, path, json)


async def _phone(world: World, who: str) -> str:
    """Give a person of acme a phone that answers, once; its endpoint."""
    plan = world.rest.read_model.plan.tenants[world.tenants["acme"]]
    if devices := plan.people[world.people[who]].devices:
        return devices[0].endpoint
    scope = Scope(world.tenants["acme"], SYSTEM_ACTOR)
    body = DeviceCreate.model_validate(
        {"user": world.people[who], "name": "Desk", "kind": "desk_phone"}
    )
    device = await world.rest.services.devices.create(scope, body)
    endpoint = device.sip.username
    world.rest.asterisk.register(f"PJSIP/{endpoint}")
    await eventually(lambda: endpoint in world.rest.read_model.plan.endpoints, "the device")
    return endpoint


@pytest_asyncio.fixture
async def talk(world: World) -> AsyncIterator[Talk]:
    """Ended after the test."""
    endpoint = await _phone(world, "user")
    await _phone(world, "receptionist")
    asterisk = world.rest.asterisk
    channel = asterisk.incoming(f"PJSIP/{endpoint}", "101").id
    await eventually(
        lambda: any(len(b.members) == 2 for b in asterisk.world.bridges.values()), "the talk"
    )
    yield Talk(world, channel)
    if channel in asterisk.world.channels:
        asterisk.hang_up(channel)
    await eventually(lambda: not asterisk.world.channels, "the end")


async def listed(world: World, who: str, tenant: str = "-") -> list[Any]:
    reply = await world.call(who, "GET", f"/tenants/{tenant}/active-calls")
    assert reply.status == 200, reply
    items: list[Any] = reply.body["items"]
    return items


async def test_those_who_see_the_calls_of_a_department_see_the_live_ones(talk: Talk) -> None:
    for who in READERS | {"user"}:
        (call,) = await listed(talk.world, who)
        assert (call["id"], call["state"]) == (talk.id, "talking")
        assert (await talk.ask(who, "GET")).body["id"] == talk.id
    assert [c["id"] for c in await listed(talk.world, "north", "acme")] == [talk.id]


async def test_people_of_another_department_see_none_and_cannot_tell_that_it_is_there(
    talk: Talk,
) -> None:
    world = talk.world
    body = {"memberships": [{"department": world.departments["Sales"], "role": "owner"}]}
    url = f"/tenants/acme/users/{world.people['owner']}"
    before = (await world.call("platform", "GET", url)).body["memberships"]
    assert (await world.call("platform", "PATCH", url, body)).status == 200
    try:
        assert await listed(world, "owner") == []
        unknown = await world.call("owner", "GET", "/tenants/-/active-calls/nothing")
        for verb, order in ORDERS.items():
            reply = await talk.ask("owner", "POST", f"/{verb}", order)
            assert (reply.status, reply.body["detail"]) == (404, unknown.body["detail"]), verb
    finally:
        await world.call("platform", "PATCH", url, {"memberships": before})
    assert len(await listed(world, "user")) == 1


async def test_the_calls_of_another_tenant_do_not_exist(talk: Talk) -> None:
    assert await listed(talk.world, "stranger") == []
    for verb, order in ORDERS.items():
        reply = await talk.ask("stranger", "POST", f"/{verb}", order)
        assert reply.status == 404, (verb, reply)
    assert len(await listed(talk.world, "user")) == 1


async def test_two_calls_are_joined_only_when_both_are_seen(talk: Talk) -> None:
    reply = await talk.ask("user", "POST", "/attended-transfer", {"with": "unknown"})
    assert (reply.status, reply.body["errors"][0]["field"]) == (422, "body.with")
    reply = await talk.ask("user", "POST", "/attended-transfer", {"with": talk.id})
    assert reply.status == 422


async def test_somebody_who_is_no_party_is_named_in_vain(talk: Talk) -> None:
    stranger = talk.world.people["stranger"]
    reply = await talk.ask("manager", "POST", "/hold", {"user": stranger})
    assert (reply.status, reply.body["errors"][0]["field"]) == (422, "body.user")


async def test_hold_mute_and_the_end_are_done_and_shown(talk: Talk) -> None:
    assert (await talk.ask("user", "POST", "/hold", {})).status == 204
    shown = (await talk.ask("user", "GET")).body
    assert (shown["state"], [p["holding"] for p in shown["parties"]]) == ("held", [True, False])
    # A command that names nothing may come without a body.
    assert (await talk.ask("user", "POST", "/resume")).status == 204
    assert (await talk.ask("manager", "POST", "/mute", {})).status == 204
    assert (await talk.ask("user", "GET")).body["parties"][0]["muted"] is True
    assert (await talk.ask("user", "POST", "/unmute", {})).status == 204
    assert (await talk.ask("user", "POST", "/divert", {"to": "102"})).status == 409
    assert (await talk.ask("receptionist", "POST", "/hang-up", {})).status == 204
    await eventually(lambda: not talk.world.rest.asterisk.world.channels, "the end")
    assert (await talk.ask("receptionist", "POST", "/hang-up", {})).status == 404


async def test_a_recording_needs_the_setting_of_the_person(talk: Talk) -> None:
    reply = await talk.ask("user", "POST", "/record", {"action": "start"})
    assert (reply.status, (await talk.ask("user", "GET")).body["recording"]) == (409, "off")
    reply = await talk.ask("user", "POST", "/record", {"action": "rewind"})
    assert reply.body["errors"][0]["field"] == "body.action"


async def test_listening_in_needs_the_right_and_the_own_devices(talk: Talk) -> None:
    world = talk.world
    for who, status in (("receptionist", 403), ("department_admin", 403), ("manager", 409)):
        reply = await talk.ask(who, "POST", "/listen", {})
        assert reply.status == status, (who, reply)  # 409: the manager has no phone.
    other = {"user": world.people["owner"]}
    reply = await talk.ask("manager", "POST", "/whisper", other)
    assert (reply.status, reply.body["errors"][0]["field"]) == (422, "body.user")
    # An operator may ask for anybody, who needs the right as well.
    reply = await talk.ask("north", "POST", "/listen", {"user": world.people["department_admin"]})
    assert reply.status == 403
    reply = await talk.ask("north", "POST", "/listen", {"user": world.people["stranger"]})
    assert reply.status == 422


async def test_who_listens_is_not_shown_to_the_colleague(talk: Talk) -> None:
    world = talk.world
    await _phone(world, "manager")
    reply = await talk.ask("manager", "POST", "/listen", {})
    assert reply.status == 202, reply
    channels = world.rest.asterisk.world.channels
    await eventually(
        lambda: any(c.name.startswith("Snoop/") and c.bridge for c in channels.values()),
        "the snoop channel",
    )
    assert [c["id"] for c in await listed(world, "user")] == [talk.id]
    assert [c["id"] for c in await listed(world, "receptionist")] == [talk.id]
    seen = {c["id"]: c["state"] for c in await listed(world, "manager")}
    assert seen == {talk.id: "talking", reply.body["id"]: "supervising"}


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        pytest.param("user", {"to": "101"}, 202, id="own"),
        pytest.param("user", {"to": "199"}, 422, id="nowhere"),
        pytest.param("user", {"from": "nobody", "to": "101"}, 422, id="unknown-person"),
        pytest.param("user", {"to": "10 1"}, 422, id="not-a-number"),
        pytest.param("platform", {"to": "101"}, 404, id="another-tenant"),
    ],
)
async def test_click_to_call(world: World, who: str, body: dict[str, str], status: int) -> None:
    await _phone(world, "user")
    tenant = "-" if who == "user" else "nobody"
    reply = await world.call(who, "POST", f"/tenants/{tenant}/calls", body)
    assert reply.status == status, reply
    if status == 202:
        path = f"/tenants/-/active-calls/{reply.body['id']}/hang-up"
        assert (await world.call("user", "POST", path, {})).status in {204, 404}
    await eventually(lambda: not world.rest.asterisk.world.channels, "the end")
