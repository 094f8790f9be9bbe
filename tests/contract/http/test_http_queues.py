"""Queues over HTTP: their life, wrong fields, log-in by the people themselves, the wallboard."""

import pytest
import pytest_asyncio

from orchestrator.ari.fake.world import FakePhone, Reaction
from orchestrator.devices.schemas import DeviceCreate
from orchestrator.types import SYSTEM_ACTOR, Scope
from tests.contract.ari.bench import eventually
from tests.rest import World

QUEUES = "/tenants/-/queues"
WHO = "department_admin"


async def made(world: World, number: str, name: str, **fields: object) -> str:
    """A queue of the default department; its id."""
    reply = await world.call(WHO, "POST", QUEUES, {"number": number, "name": name, **fields})
    assert reply.status == 201, reply
    return str(reply.body["id"])


async def silent_phone(world: World, who: str) -> str:
    """Give a person a phone that rings and that nobody answers; its endpoint."""
    rest, scope = world.rest, Scope(world.tenants["acme"], SYSTEM_ACTOR)
    body = {"user": world.people[who], "name": "Desk", "kind": "desk_phone"}
    device = await rest.services.devices.create(scope, DeviceCreate.model_validate(body))
    endpoint = device.sip.username
    rest.asterisk.register(f"PJSIP/{endpoint}", FakePhone(Reaction.NOTHING))
    await eventually(lambda: endpoint in rest.read_model.plan.endpoints, "the phone")
    return endpoint


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def support(world: World) -> str:
    """A queue that `user` serves and `manager` manages; its id."""
    agents = [{"user": world.people["user"]}]
    return await made(world, "800", "Support", agents=agents, managers=[world.people["manager"]])


async def test_a_queue_is_made_shown_changed_and_deleted(world: World) -> None:
    body = {"number": "810", "name": "Billing", "department": world.departments["Default"]}
    first = await world.call(WHO, "POST", QUEUES, body)
    assert (first.status, first.headers["ETag"]) == (201, '"1"')
    path = first.headers["Location"].removeprefix("/api/v1")
    assert (await world.call(WHO, "GET", path)).body == first.body
    listed = await world.call(WHO, "GET", f"{QUEUES}?search=bill")
    assert [each["id"] for each in listed.body["items"]] == [first.body["id"]]
    edit = {"strategy": "ring_all", "announce_position": True}
    changed = await world.call(WHO, "PATCH", path, edit, If_Match='"1"')
    assert (changed.status, changed.body["strategy"]) == (200, "ring_all")
    assert (await world.call(WHO, "PATCH", path, edit, If_Match='"1"')).status == 412
    # What is shown may be sent again.
    again = {name: changed.body[name] for name in ("agents", "managers", "no_answer", "music")}
    assert (await world.call(WHO, "PATCH", path, again)).status == 200
    assert (await world.call(WHO, "DELETE", path, If_Match='"1"')).status == 412
    assert (await world.call(WHO, "DELETE", path)).status == 204
    assert (await world.call(WHO, "GET", path)).status == 404


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"strategy": "loudest"}, "body.strategy"),
        ({"ring_seconds": 4}, "body.ring_seconds"),
        ({"agents": ["x"]}, "body.agents.0"),
        ({"agents": [{"user": "x", "skill": 0}]}, "body.agents.0.skill"),
        ({"agents": [{"user": "x"}]}, "body.agents.0.user"),
        ({"managers": ["x"]}, "body.managers.0"),
        ({"comfort_prompts": ["../etc"]}, "body.comfort_prompts.0"),
        ({"comfort_prompts": ["goodbye", "goodbuy"]}, "body.comfort_prompts.1"),
        ({"greeting": "custom/hallo"}, "body.greeting"),
        ({"holiday": {"destination": {"kind": "busy"}, "prompt": "away"}}, "body.holiday.prompt"),
        ({"no_answer": {"kind": "queue", "ref": "x"}}, "body.no_answer.ref"),
        ({"nmae": "x"}, "body.nmae"),
    ],
)
async def test_what_is_wrong_is_named(world: World, fields: dict[str, object], wrong: str) -> None:
    body = {"number": "820", "name": "Wrong", **fields}
    reply = await world.call(WHO, "POST", QUEUES, body)
    assert (reply.status, [each["field"] for each in reply.body["errors"]]) == (422, [wrong])


async def test_agents_log_themselves_in(world: World, support: str) -> None:
    mine = "/tenants/-/users/-/queues"
    shown = await world.call("user", "GET", mine)
    assert shown.status == 200, shown
    assert (shown.body["in_all"], [q["queue"] for q in shown.body["queues"]]) == (False, [support])
    for verb, on in (("log-in", True), ("log-out", False)):
        reply = await world.call("user", "POST", f"{mine}/{verb}")
        assert (reply.status, reply.body["in_all"]) == (200, on)
        assert reply.body["queues"][0]["present"] is on
    path = f"{QUEUES}/{support}/agents"
    out = await world.call("user", "POST", f"{path}/-/log-out")
    assert (out.status, out.body["logged_in"], out.body["number"]) == (200, False, "100")
    listed = await world.call("user", "GET", path)
    assert [each["logged_in"] for each in listed.body["items"]] == [False]
    back = await world.call("manager", "POST", f"{path}/{world.people['user']}/log-in")
    assert (back.status, back.body["logged_in"]) == (200, True)
    entries = await world.call("system_owner", "GET", "/tenants/-/audit-entries?limit=10")
    tags = [(each["tag"], each["actor_id"]) for each in entries.body["items"]]
    assert ("tenant:queue_agent:updated", world.people["manager"]) in tags


async def test_a_denial_tells_nothing(world: World, support: str) -> None:
    """By somebody of another department, and by the people of another tenant."""
    body = {"memberships": [{"department": world.departments["Sales"], "role": "owner"}]}
    url = f"/tenants/acme/users/{world.people['owner']}"
    before = (await world.call("platform", "GET", url)).body["memberships"]
    assert (await world.call("platform", "PATCH", url, body)).status == 200
    agent = world.people["user"]
    try:
        for method, rest in (
            ("GET", "/live"),
            ("GET", "/agents"),
            ("POST", "/reset-statistics"),
            ("POST", f"/agents/{agent}/log-in"),
            ("POST", f"/agents/{agent}/log-out"),
            ("GET", ""),
            ("DELETE", ""),
        ):
            there = await world.call("owner", method, f"{QUEUES}/{support}{rest}")
            nowhere = await world.call("owner", method, f"{QUEUES}/nowhere{rest}")
            assert (there.status, there.body["detail"]) == (404, nowhere.body["detail"]), rest
            foreign = await world.call("stranger", method, f"{QUEUES}/{support}{rest}")
            assert (foreign.status, foreign.body["detail"]) == (404, nowhere.body["detail"]), rest
        assert (await world.call("owner", "GET", f"{QUEUES}/live")).body["items"] == []
    finally:
        await world.call("platform", "PATCH", url, {"memberships": before})


async def test_statistics_begin_anew(world: World, support: str) -> None:
    path = f"{QUEUES}/{support}"
    before = (await world.call("manager", "GET", f"{path}/live")).body["totals"]["since"]
    reset = await world.call("manager", "POST", f"{path}/reset-statistics")
    assert (reset.status, reset.body["queue"]) == (200, support)
    assert reset.body["since"] > before
    shown = await world.call(WHO, "GET", path)
    assert shown.body["statistics_since"] == reset.body["since"]


async def test_a_caller_who_waits_is_on_the_board(world: World, support: str) -> None:
    """On the real floor: the caller waits until the agent's phone, which rings, is answered."""
    rest, tenant = world.rest, world.tenants["acme"]
    await silent_phone(world, "user")
    endpoint = await silent_phone(world, "receptionist")
    await world.call("user", "POST", "/tenants/-/users/-/queues/log-in")

    def agents_in() -> bool:
        person = rest.read_model.plan.tenants[tenant].people[world.people["user"]]
        return person.forwarding.queues

    await eventually(agents_in, "the log-in")
    channel = rest.asterisk.incoming(f"PJSIP/{endpoint}", "800").id
    try:
        floor = rest.registry.floor
        await eventually(
            lambda: any(p.ringing for p in floor.callers(tenant, support)), "the agent is rung"
        )
        live = (await world.call("manager", "GET", f"{QUEUES}/{support}/live")).body
        (caller,) = live["waiting"]
        assert (caller["number"], caller["position"], caller["state"]) == ("101", 1, "ringing")
        assert caller["rings"] == [world.people["user"]]
        assert [each["state"] for each in live["agents"]] == ["ringing"]
        assert live["totals"]["waiting"] == 1
        active = await world.call("manager", "GET", f"/tenants/-/active-calls/{caller['call']}")
        assert active.status == 200
        every = (await world.call("user", "GET", f"{QUEUES}/live")).body["items"]
        assert [each["waiting"] for each in every] == [live["waiting"]]
    finally:
        rest.asterisk.hang_up(channel)
        await eventually(lambda: not rest.asterisk.world.channels, "the end")
    after = (await world.call("manager", "GET", f"{QUEUES}/{support}/live")).body
    assert (after["waiting"], after["totals"]["abandoned"]) == ([], 1)


async def test_the_document_says_how_steps_name_their_queue(world: World) -> None:
    async with world.rest.http.get("/api/openapi.json") as answer:
        document = await answer.json()
    assert {"queue", "polled"} <= document["components"]["schemas"]["SegmentOut"][
        "properties"
    ].keys()
