"""The wallboard, through its service: what it shows, and to whom."""

import pytest

from orchestrator.errors import NotFound
from orchestrator.forwarding.rules import Status
from orchestrator.forwarding.schemas import StatusBody
from orchestrator.queues.agents import AgentState
from orchestrator.queues.live import AgentNow, QueueTotals, WaitingCaller
from orchestrator.queues.schemas import CallerState, QueueCreate, QueueLiveQuery
from orchestrator.types import Role
from tests.contract.queues.bench import World


async def test_the_board_shows_who_waits_what_agents_do_and_what_was_done(world: World) -> None:
    ann, bob = world.people["ann"], world.people["bob"]
    await world.log_in("ann", "bob")
    world.floor.callers = [
        WaitingCaller("node-1.1", "+31612345678", "Ada", 1000.0, 1, (ann,)),
        WaitingCaller("node-1.2", "104", "Carl", 1010.0, 2),
    ]
    world.floor.doing = [AgentNow(ann, AgentState.RINGING, 1020.0)]
    world.floor.done = QueueTotals(900.0, 3, 1, 100.0, 55.55, 61.0, talks=2)
    live = await world.services.queue_board.get(world.scope, world.queue)
    assert (live.queue, live.number, live.name) == (world.queue, "800", "Support")
    assert live.department == world.home
    first, second = live.waiting
    assert (first.call, first.number, first.name) == ("node-1.1", "+31612345678", "Ada")
    assert (first.position, first.state, first.rings) == (1, CallerState.RINGING, [ann])
    assert first.since.timestamp() == 1000.0
    assert (second.position, second.state, second.rings) == (2, CallerState.WAITING, [])
    rung, idle = live.agents
    assert (rung.user, rung.number, rung.state) == (ann, "101", AgentState.RINGING)
    assert rung.since is not None
    assert rung.since.timestamp() == 1020.0
    assert (idle.user, idle.state, idle.since) == (bob, AgentState.IDLE, None)
    counted = live.totals
    assert (counted.waiting, counted.served, counted.abandoned) == (2, 3, 1)
    assert (counted.average_wait_seconds, counted.longest_wait_seconds) == (25.0, 55.5)
    assert counted.average_talk_seconds == 30.5
    assert world.floor.asked == {(world.scope.tenant, world.queue)}


async def test_a_quiet_queue_has_zeros(world: World) -> None:
    live = await world.services.queue_board.get(world.scope, world.queue)
    assert live.waiting == []
    counted = live.totals.model_dump(exclude={"since"})
    assert set(counted.values()) == {0}


async def test_an_agent_who_is_not_there_is_logged_out_or_away_whatever_the_floor_remembers(
    world: World,
) -> None:
    assert await world.states() == {"ann": AgentState.LOGGED_OUT, "bob": AgentState.LOGGED_OUT}
    await world.log_in("ann", "bob")
    assert await world.states() == {"ann": AgentState.IDLE, "bob": AgentState.IDLE}
    body = StatusBody(status=Status.DO_NOT_DISTURB)
    await world.services.forwarding.set_status(world.scope, world.people["bob"], body)
    await world.known()
    assert (await world.states())["bob"] is AgentState.AWAY
    ann = world.people["ann"]
    await world.services.queue_agents.log_in(world.scope, world.queue, ann, on=False)
    await world.known()
    for state, shown in (
        (AgentState.IDLE, AgentState.LOGGED_OUT),
        (AgentState.RESTING, AgentState.LOGGED_OUT),
        (AgentState.BUSY, AgentState.LOGGED_OUT),
        (AgentState.TALKING, AgentState.TALKING),
        (AgentState.WRAP_UP, AgentState.WRAP_UP),
    ):
        world.floor.doing = [AgentNow(ann, state, 1.0)]
        assert (await world.states())["ann"] is shown


@pytest.mark.parametrize(
    ("who", "role", "department", "sees"),
    [
        ("ann", Role.USER, "home", True),
        ("mona", Role.USER, "sales", True),
        ("carl", Role.RECEPTIONIST, "home", True),
        ("carl", Role.DEPARTMENT_ADMIN, "home", True),
        ("carl", Role.SYSTEM_ADMIN, "sales", True),
        ("carl", Role.USER, "home", False),
        ("carl", Role.OWNER, "sales", False),
    ],
)
async def test_the_board_is_for_people_of_the_queue_and_those_who_see_calls(
    world: World, who: str, role: Role, department: str, sees: bool
) -> None:
    actor = world.user(who, role, getattr(world, department))
    listed = await world.services.queue_board.list(actor, QueueLiveQuery())
    assert [each.queue for each in listed.items] == ([world.queue] if sees else [])
    for ask in (world.services.queue_board.get, world.services.queue_agents.list):
        if sees:
            assert await ask(actor, world.queue)
            continue
        with pytest.raises(NotFound, match="no such queue"):
            await ask(actor, world.queue)


async def test_all_boards_come_in_pages_by_name(world: World) -> None:
    for number, name in (("801", "Billing"), ("802", "Travel")):
        body = {"number": number, "name": name, "department": world.sales}
        await world.services.queues.create(world.scope, QueueCreate.model_validate(body))
    board = world.services.queue_board
    page = await board.list(world.scope, QueueLiveQuery(limit=2))
    rest = await board.list(world.scope, QueueLiveQuery(limit=2, cursor=page.next))
    assert [each.name for each in page.items] == ["Billing", "Support"]
    assert [each.name for each in rest.items] == ["Travel"]
    of_sales = await board.list(world.scope, QueueLiveQuery(department=world.sales))
    assert [each.name for each in of_sales.items] == ["Billing", "Travel"]


async def test_statistics_begin_anew_for_managers_and_those_who_handle_calls(
    world: World,
) -> None:
    board = world.services.queue_board
    since = (await board.get(world.scope, world.queue)).totals.since
    for actor in (
        world.user("mona"),
        world.user("carl", Role.DEPARTMENT_ADMIN),
        world.scope,
    ):
        reset = await board.reset_statistics(actor, world.queue)
        assert reset.queue == world.queue
        assert reset.since > since
        since = reset.since
    for actor in (
        world.user("ann"),
        world.user("carl", Role.RECEPTIONIST),
        world.user("carl", Role.DEPARTMENT_ADMIN, world.sales),
    ):
        with pytest.raises(NotFound, match="no such queue"):
            await board.reset_statistics(actor, world.queue)
    assert (await board.get(world.scope, world.queue)).totals.since == since
    assert (await world.services.queues.get(world.scope, world.queue)).statistics_since == since
