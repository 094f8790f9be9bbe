"""Agents of queues and the wallboard, through their services: who is logged in, who may change
that, and who sees what goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from orchestrator.clock import SystemClock
from orchestrator.db.session import Database
from orchestrator.departments.lookup import default_department
from orchestrator.departments.schemas import DepartmentCreate
from orchestrator.devices.service import SipAddress
from orchestrator.errors import NotFound
from orchestrator.events.service import EventService
from orchestrator.forwarding.rules import Status
from orchestrator.forwarding.schemas import ForwardingBody, ProfileBody, StatusBody
from orchestrator.people.schemas import UserPatch
from orchestrator.queues.agents import AgentState
from orchestrator.queues.live import AgentNow, QueueTotals, WaitingCaller
from orchestrator.queues.roll import DISABLED
from orchestrator.queues.schemas import CallerState, QueueCreate, QueueLiveQuery
from orchestrator.routing.read_model import ReadModel
from orchestrator.types import Actor, ActorKind, Grant, Role, Scope, TenantId
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services
from tests.factories.rows import Employee, add_customer, add_employee
from tests.rest import QUICK

NOBODY = "00000000-0000-7000-8000-000000000000"
LOGGED_OUT_HERE = "is logged out of this queue"
LOGGED_OUT_OF_ALL = "is logged out of all queues"


@dataclass
class ScriptedFloor:
    """A floor where goes on what a test says."""

    callers: list[WaitingCaller] = field(default_factory=list)
    doing: list[AgentNow] = field(default_factory=list)
    done: QueueTotals = field(default_factory=QueueTotals)
    asked: set[tuple[TenantId, str]] = field(default_factory=set)

    def waiting(self, tenant: TenantId, queue: str) -> Sequence[WaitingCaller]:
        self.asked.add((tenant, queue))
        return self.callers

    def agents(self, tenant: TenantId, queue: str) -> Sequence[AgentNow]:
        return self.doing

    def totals(self, tenant: TenantId, queue: str) -> QueueTotals:
        return self.done


@dataclass
class World:
    """A customer with the queue Support (800) of the default department: Ann and Bob serve it, in
    this order, Mona manages it; Carl has nothing to do with it. Sales is another department."""

    services: Services
    model: ReadModel
    floor: ScriptedFloor
    scope: Scope
    people: dict[str, str]
    queue: str
    home: str
    sales: str

    def user(self, name: str, role: Role = Role.USER, department: str | None = None) -> Scope:
        """Acting as one of them, or as somebody else, with a role in a department (the default
        one)."""
        grants = (Grant(role, department or self.home),)
        who = self.people.get(name, name)
        return Scope(self.scope.tenant, Actor(ActorKind.USER, who, name, self.scope.tenant, grants))

    async def known(self) -> None:
        """The plan has heard of everything."""
        await self.model.refresh({self.scope.tenant})

    async def log_in(self, *names: str) -> None:
        """To all queues."""
        for name in names:
            await self.services.queue_agents.log_in_to_all(self.scope, self.people[name], on=True)
        await self.known()

    async def why_not(self, name: str) -> str | None:
        listed = await self.services.queue_agents.list(self.scope, self.queue)
        (found,) = [each for each in listed.items if each.user == self.people[name]]
        assert found.present is (found.why_not is None)
        return found.why_not

    async def states(self) -> dict[str, AgentState]:
        live = await self.services.queue_board.get(self.scope, self.queue)
        names = {user: name for name, user in self.people.items()}
        return {names[each.user]: each.state for each in live.agents}


@pytest.fixture
async def world(database: Database) -> World:
    clock = SystemClock()
    model, floor = ReadModel(database), ScriptedFloor()
    services = build_services(
        Ground(
            *(database, EventService(database, clock), clock, SipAddress("pbx.test", 5060)),
            plan=lambda: model.plan,
            hasher=QUICK,
            floor=floor,
        )
    )
    scope = await add_customer(database, "acme")
    hired = {name: await _hire(database, scope, name) for name in ("ann", "bob", "mona", "carl")}
    people = {name: each.user_id for name, each in hired.items()}
    sales = await services.departments.create(scope, DepartmentCreate(name="Sales"))
    agents = [{"user": people["ann"]}, {"user": people["bob"], "skill": 2}]
    body = {"number": "800", "name": "Support", "agents": agents, "managers": [people["mona"]]}
    queue = await services.queues.create(scope, QueueCreate.model_validate(body))
    async with database.transaction(scope) as session:
        home = await default_department(session, scope)
    await model.load()
    return World(services, model, floor, scope, people, queue.id, home, sales.id)


async def _hire(database: Database, scope: Scope, name: str) -> Employee:
    numbers = {"ann": "101", "bob": "102", "mona": "103", "carl": "104"}
    return await add_employee(database, scope, numbers[name])


# -- log-in ------------------------------------------------------------------------------------


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
    assert await world.states() == {"ann": AgentState.LOGGED_OUT, "bob": AgentState.IDLE}


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


# -- what goes on ------------------------------------------------------------------------------


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
