"""Agents of queues, through their service: who is logged in, and who may change that."""

import pytest

from orchestrator.db.session import Database
from orchestrator.errors import NotFound
from orchestrator.forwarding.rules import Status
from orchestrator.forwarding.schemas import ForwardingBody, ProfileBody, StatusBody
from orchestrator.people.schemas import UserPatch
from orchestrator.queues.agents import AgentState
from orchestrator.queues.roll import DISABLED
from orchestrator.queues.schemas import QueueCreate, QueueLiveQuery
from orchestrator.types import Role
from tests.contract.queues.bench import World
from tests.factories.ids import NOBODY
from tests.factories.rows import add_customer

LOGGED_OUT_HERE = "is logged out of this queue"
LOGGED_OUT_OF_ALL = "is logged out of all queues"


async def test_new_agents_are_logged_in_to_the_queue_and_out_of_all(world: World) -> None:
    ann, bob = (await world.services.queue_agents.list(world.scope, world.queue)).items
    assert [ann.user, bob.user] == [world.people["ann"], world.people["bob"]]
    assert (ann.number, ann.name, ann.skill, bob.skill) == ("101", "User 101", 1, 2)
    assert (ann.logged_in, ann.in_all, ann.present) == (True, False, False)
    assert ann.why_not == LOGGED_OUT_OF_ALL


async def test_an_agent_is_present_when_logged_in_to_both(world: World) -> None:
    service, ann = world.services.queue_agents, world.user("ann")
    # The answer knows of the change before the plan does.
    everywhere = await service.log_in_to_all(ann, "-", on=True)
    assert everywhere.in_all
    assert [(each.name, each.number, each.present) for each in everywhere.queues] == [
        ("Support", "800", True)
    ]
    out = await service.log_in(ann, world.queue, "-", on=False)
    assert (out.user, out.logged_in, out.in_all) == (world.people["ann"], False, True)
    assert out.why_not == LOGGED_OUT_HERE
    # Logging in to all does not touch what was said of one.
    again = await service.log_in_to_all(ann, "-", on=True)
    assert [each.present for each in again.queues] == [False]
    back = await service.log_in(ann, world.queue, world.people["ann"], on=True)
    assert back.present
    gone = await service.log_in_to_all(ann, "-", on=False)
    assert [(each.logged_in, each.why_not) for each in gone.queues] == [(True, LOGGED_OUT_OF_ALL)]


async def test_a_status_that_leaves_the_queues_wins(world: World) -> None:
    await world.log_in("ann", "bob")
    assert await world.why_not("ann") is None
    lunch = ProfileBody(leave_queues=True)
    forwarding = ForwardingBody(profiles={Status.CUSTOM_AVAILABLE: lunch})
    await world.services.forwarding.set_forwarding(world.scope, world.people["ann"], forwarding)
    body = StatusBody(status=Status.CUSTOM_AVAILABLE)
    await world.services.forwarding.set_status(world.scope, world.people["ann"], body)
    await world.known()
    assert await world.why_not("ann") == "status custom_available leaves the queues"
    assert await world.why_not("bob") is None


async def test_who_is_disabled_is_not_there(world: World) -> None:
    await world.log_in("ann", "bob")
    off = UserPatch.model_validate({"disabled": True})
    await world.services.users.update(world.scope, world.people["ann"], off)
    await world.known()
    assert await world.why_not("ann") == DISABLED
    assert await world.states() == {"bob": AgentState.IDLE}


@pytest.mark.parametrize(
    ("who", "role"),
    [
        ("ann", Role.USER),
        ("mona", Role.USER),
        ("carl", Role.RECEPTIONIST),
        ("carl", Role.DEPARTMENT_ADMIN),
        ("carl", Role.SYSTEM_ADMIN),
    ],
)
async def test_an_agent_is_logged_out_by_self_and_by_those_who_may(
    world: World, who: str, role: Role
) -> None:
    service, actor, ann = world.services.queue_agents, world.user(who, role), world.people["ann"]
    for on in (False, True):
        changed = await service.log_in(actor, world.queue, ann, on=on)
        assert (changed.user, changed.logged_in) == (ann, on)


@pytest.mark.parametrize(
    ("who", "role", "department"),
    [
        ("bob", Role.USER, "home"),
        ("carl", Role.USER, "home"),
        ("carl", Role.RECEPTIONIST, "sales"),
        ("carl", Role.DEPARTMENT_ADMIN, "sales"),
        ("carl", Role.OWNER, "sales"),
    ],
)
async def test_for_all_others_the_agent_does_not_exist(
    world: World, who: str, role: Role, department: str
) -> None:
    service, ann = world.services.queue_agents, world.people["ann"]
    actor = world.user(who, role, getattr(world, department))
    said = set()
    for queue, user in ((world.queue, ann), (world.queue, NOBODY), (NOBODY, ann)):
        with pytest.raises(NotFound) as refused:
            await service.log_in(actor, queue, user, on=False)
        said.add(refused.value.message)
    assert said == {"There is no such agent."}
    listed = await service.list(world.scope, world.queue)
    assert [each.logged_in for each in listed.items] == [True, True]


async def test_nobody_logs_in_who_is_no_agent(world: World) -> None:
    for actor, user in (
        (world.user("carl"), "-"),
        (world.user("mona"), "-"),
        (world.user("mona"), world.people["carl"]),
        (world.scope, "-"),
    ):
        with pytest.raises(NotFound, match="no such agent"):
            await world.services.queue_agents.log_in(actor, world.queue, user, on=True)


async def test_another_tenant_reaches_no_agent(world: World, database: Database) -> None:
    other = await add_customer(database, "globex")
    with pytest.raises(NotFound):
        await world.services.queue_agents.log_in(other, world.queue, world.people["ann"], on=False)
    for ask in (world.services.queue_agents.list, world.services.queue_board.get):
        with pytest.raises(NotFound, match="no such queue"):
            await ask(other, world.queue)
    with pytest.raises(NotFound):
        await world.services.queue_board.reset_statistics(other, world.queue)
    with pytest.raises(NotFound):
        await world.services.queue_agents.of_user(other, world.people["ann"])
    assert (await world.services.queue_board.list(other, QueueLiveQuery())).items == []


async def test_all_queues_are_for_oneself_and_those_who_steer_calls_or_manage(
    world: World,
) -> None:
    service, ann = world.services.queue_agents, world.people["ann"]
    for actor in (
        world.user("ann"),
        world.user("carl", Role.RECEPTIONIST),
        world.user("carl", Role.MANAGER),
        world.user("carl", Role.DEPARTMENT_ADMIN),
        world.scope,
    ):
        for on in (True, False):
            assert (await service.log_in_to_all(actor, ann, on=on)).in_all is on
            assert (await service.of_user(actor, ann)).in_all is on
    for actor in (
        world.user("bob"),
        # A manager of queues steers these alone.
        world.user("mona"),
        world.user("carl", Role.RECEPTIONIST, world.sales),
        world.user("carl", Role.OWNER, world.sales),
    ):
        with pytest.raises(NotFound, match="no such user"):
            await service.log_in_to_all(actor, ann, on=True)
        with pytest.raises(NotFound, match="no such user"):
            await service.of_user(actor, ann)
    assert not (await service.of_user(world.user("ann"), "-")).in_all


async def test_people_see_the_queues_that_they_serve_by_name(world: World) -> None:
    agents = [{"user": world.people["ann"], "skill": 3}]
    body = {"number": "801", "name": "Billing", "agents": agents}
    await world.services.queues.create(world.scope, QueueCreate.model_validate(body))
    await world.known()
    mine = await world.services.queue_agents.of_user(world.user("ann"), "-")
    assert [(each.name, each.number, each.skill) for each in mine.queues] == [
        ("Billing", "801", 3),
        ("Support", "800", 1),
    ]
    none = await world.services.queue_agents.of_user(world.user("carl"), "-")
    assert (none.user, none.queues, none.in_all) == (world.people["carl"], [], False)
