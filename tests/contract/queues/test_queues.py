"""Queues, through their service."""

import pytest

from orchestrator.db.session import Database
from orchestrator.departments.schemas import DepartmentCreate
from orchestrator.errors import Denied, InUse, Invalid, NotFound, Stale
from orchestrator.hours.rules import HoursState
from orchestrator.music.model import MusicPlaylist
from orchestrator.numbers.schemas import DidCreate
from orchestrator.prompts.model import Prompt
from orchestrator.prompts.rules import PromptSource
from orchestrator.queues.advice import NO_AGENTS, NOBODY_LOGGED_IN, ONE_GROUP, SKILLS_IDLE
from orchestrator.queues.rules import Strategy
from orchestrator.queues.schemas import QueueOut, QueueQuery
from orchestrator.queues.service import QueueService
from orchestrator.routing.plan import AgentLine, TenantPlan
from orchestrator.routing.read_model import ReadModel
from orchestrator.types import (
    Actor,
    ActorKind,
    Destination,
    DestinationKind,
    Grant,
    Role,
    Scope,
    new_id,
)
from orchestrator.web.table import Services
from tests.contract.queues.bench import agents, patch, queue
from tests.factories.ids import NOBODY
from tests.factories.rows import Employee


async def plan(database: Database, scope: Scope) -> TenantPlan:
    return (await ReadModel(database).load()).tenants[scope.tenant]


def serving(shown: QueueOut) -> list[tuple[str, int]]:
    return [(each.user, each.skill) for each in shown.agents]


PLAIN: dict[str, object] = {
    "strategy": "skills_round_robin",
    "ring_seconds": 12,
    "max_wait_seconds": 0,
    "max_callers": 7,
    "wrap_up_seconds": 9,
    "priority": True,
    "ring_busy": True,
    "sla_seconds": 40,
    "skill_wait_seconds": 20,
    "log_out_after_missed": 3,
    "greeting": "custom/hello",
    "greeting_in_full": True,
    "language": "nl",
    "caller_name": "Help",
    "announce_position": True,
    "announce_wait": True,
    "announce_seconds": 45,
    "comfort_seconds": 30,
}


async def test_a_queue_from_creation_to_deletion(
    service: QueueService, database: Database, scope: Scope, people: list[Employee]
) -> None:
    ann, bob, carl = [each.user_id for each in people]
    made = await service.create(
        scope,
        queue(
            **PLAIN,
            agents=agents(bob, ann, skills=(1, 2)),
            managers=[carl],
            comfort_prompts=["custom/one", "custom/two"],
            no_answer={"kind": "user", "ref": carl},
            closed={"destination": {"kind": "end_call"}, "prompt": "custom/closed"},
        ),
    )
    shown = made.model_dump()
    assert {name: shown[name] for name in PLAIN} == PLAIN
    assert (made.number, serving(made), made.managers) == ("800", [(bob, 1), (ann, 2)], [carl])
    tenant = await plan(database, scope)
    line = tenant.queues[made.id]
    assert tenant.extensions["800"] == Destination(DestinationKind.QUEUE, made.id)
    assert line.agents == (AgentLine(bob, 1), AgentLine(ann, 2))
    assert {name: getattr(line, name) for name in PLAIN} == PLAIN
    assert line.comfort_prompts == ("custom/one", "custom/two")
    assert line.no_answer == Destination(DestinationKind.USER, carl)
    assert line.routes[HoursState.CLOSED].prompt == "custom/closed"
    assert line.since == pytest.approx(made.statistics_since.timestamp())
    moved = await service.update(scope, made.id, patch(number="801", managers=[]), made.version)
    assert (moved.number, moved.managers, moved.version) == ("801", [], made.version + 1)
    with pytest.raises(Stale):
        await service.update(scope, made.id, patch(name="Late"), made.version)
    with pytest.raises(Stale):
        await service.delete(scope, made.id, made.version)
    await service.delete(scope, made.id, moved.version)
    with pytest.raises(NotFound):
        await service.get(scope, made.id)
    left = await plan(database, scope)
    assert "801" not in left.extensions
    assert not left.queues


async def test_a_queue_has_sensible_defaults(service: QueueService, scope: Scope) -> None:
    made = await service.create(scope, queue())
    assert made.strategy is Strategy.HUNT_RANDOM_START
    assert (made.ring_seconds, made.max_wait_seconds, made.max_callers) == (30, 1800, 0)
    assert (made.agents, made.managers, made.no_answer, made.comfort_prompts) == ([], [], None, [])


async def test_agents_are_replaced_as_a_whole_and_who_stays_stays_logged_out(
    services: Services, database: Database, scope: Scope, people: list[Employee]
) -> None:
    ann, bob, carl = [each.user_id for each in people]
    made = await services.queues.create(scope, queue(agents=agents(ann, bob)))
    await services.queue_agents.log_in(scope, made.id, bob, on=False)
    changed = await services.queues.update(
        scope, made.id, patch(agents=agents(carl, bob, skills=(1, 4)))
    )
    assert serving(changed) == [(carl, 1), (bob, 4)]
    line = (await plan(database, scope)).queues[made.id]
    assert line.agents == (AgentLine(carl, 1), AgentLine(bob, 4, logged_in=False))
    swapped = await services.queues.update(scope, made.id, patch(agents=agents(bob, carl)))
    assert serving(swapped) == [(bob, 1), (carl, 1)]
    empty = await services.queues.update(scope, made.id, patch(agents=[]))
    assert (empty.agents, empty.warnings) == ([], [NO_AGENTS])


async def test_a_queue_does_not_lead_to_itself(service: QueueService, scope: Scope) -> None:
    made = await service.create(scope, queue())
    itself = {"kind": "queue", "ref": made.id}
    by_number = {"kind": "extension", "ref": "800"}
    for way in (itself, by_number):
        with pytest.raises(Invalid, match="leads back to this queue") as refused:
            await service.update(scope, made.id, patch(no_answer=way))
        assert [error.field for error in refused.value.fields] == ["body.no_answer.ref"]
        with pytest.raises(Invalid) as refused:
            await service.update(scope, made.id, patch(closed={"destination": way}))
        assert [error.field for error in refused.value.fields] == ["body.closed.destination.ref"]


async def test_a_queue_that_calls_lead_to_stays(services: Services, scope: Scope) -> None:
    made = await services.queues.create(scope, queue())
    other = await services.queues.create(
        scope, queue("801", "Second", no_answer={"kind": "extension", "ref": "800"})
    )
    to_queue = {"kind": "queue", "ref": made.id}
    await services.dids.create(
        scope, DidCreate.model_validate({"number": "0201", "destination": to_queue})
    )
    with pytest.raises(InUse) as refused:
        await services.queues.delete(scope, made.id)
    assert refused.value.used_by == ("DID 0201", "queue Second, no answer")
    await services.queues.delete(scope, other.id)


async def test_what_a_queue_uses_stays(
    services: Services, database: Database, scope: Scope, people: list[Employee]
) -> None:
    ids = [new_id() for _ in range(3)]
    prompts = [
        Prompt(id=id_, name=f"Hello {n}", source=PromptSource.UPLOADED, file=f"a/{n}")
        for n, id_ in enumerate(ids)
    ]
    music = MusicPlaylist(id=new_id(), name="Waves")
    async with database.transaction(scope) as session:
        session.add_all((*prompts, music))
    sales = await services.departments.create(scope, DepartmentCreate(name="Sales"))
    fields = {
        "department": sales.id,
        "greeting": ids[0],
        "comfort_prompts": [ids[1]],
        "closed": {"destination": {"kind": "end_call"}, "prompt": ids[2]},
        "no_answer": {"kind": "user", "ref": people[0].user_id},
    }
    made = await services.queues.create(scope, queue(**fields, music=music.id))
    line = (await plan(database, scope)).queues[made.id]
    assert (line.greeting, line.music, line.department) == (ids[0], music.id, sales.id)
    for id_ in ids:
        with pytest.raises(InUse) as refused:
            await services.prompts.delete(scope, id_)
        assert refused.value.used_by == ("queue Support",)
    with pytest.raises(InUse) as refused:
        await services.music.delete(scope, music.id)
    assert refused.value.used_by == ("queue Support",)
    with pytest.raises(InUse) as refused:
        await services.departments.delete(scope, sales.id)
    assert refused.value.used_by == ("queue Support",)
    with pytest.raises(InUse) as refused:
        await services.users.delete(scope, people[0].user_id)
    assert refused.value.used_by == ("queue Support, no answer",)
    await services.queues.delete(scope, made.id)
    await services.music.delete(scope, music.id)
    await services.departments.delete(scope, sales.id)
    await services.users.delete(scope, people[0].user_id)


async def test_users_who_go_are_in_no_queue_any_more(
    services: Services, database: Database, scope: Scope, people: list[Employee]
) -> None:
    ann, bob, _ = [each.user_id for each in people]
    made = await services.queues.create(scope, queue(agents=agents(ann, bob), managers=[ann]))
    model = ReadModel(database)
    await model.load()
    await services.users.delete(scope, ann)
    left = await services.queues.get(scope, made.id)
    assert (serving(left), left.managers) == ([(bob, 1)], [])
    tenant = (await model.refresh({scope.tenant})).tenants[scope.tenant]
    assert tenant.queues[made.id].agents == (AgentLine(bob),)


async def test_the_plan_hears_of_every_change(
    services: Services, database: Database, scope: Scope, people: list[Employee]
) -> None:
    ann = people[0].user_id
    model = ReadModel(database)
    await model.load()
    made = await services.queues.create(scope, queue(agents=agents(ann)))
    line = (await model.refresh({scope.tenant})).tenants[scope.tenant].queues[made.id]
    assert line.agents == (AgentLine(ann),)
    await services.queue_agents.log_in(scope, made.id, ann, on=False)
    line = (await model.refresh({scope.tenant})).tenants[scope.tenant].queues[made.id]
    assert line.agents == (AgentLine(ann, logged_in=False),)
    since = (await services.queue_board.reset_statistics(scope, made.id)).since
    line = (await model.refresh({scope.tenant})).tenants[scope.tenant].queues[made.id]
    assert line.since == pytest.approx(since.timestamp())
    assert since > made.statistics_since


async def test_a_queue_warns_of_what_keeps_it_from_working(
    services: Services, scope: Scope, people: list[Employee]
) -> None:
    ann, bob, _ = [each.user_id for each in people]
    made = await services.queues.create(scope, queue(agents=agents(ann, bob)))
    assert made.warnings == [NOBODY_LOGGED_IN]
    await services.queue_agents.log_in_to_all(scope, ann, on=True)

    async def warned(**fields: object) -> list[str]:
        return (await services.queues.update(scope, made.id, patch(**fields))).warnings

    assert await warned() == []
    assert await warned(strategy="skills_ring_all") == [ONE_GROUP]
    assert await warned(agents=agents(ann, bob, skills=(1, 2))) == []
    assert await warned(strategy="ring_all") == [SKILLS_IDLE]
    await services.queue_agents.log_in(scope, made.id, ann, on=False)
    assert (await services.queues.get(scope, made.id)).warnings == [NOBODY_LOGGED_IN, SKILLS_IDLE]


async def test_queues_are_for_those_who_handle_calls_in_their_department(
    services: Services, scope: Scope
) -> None:
    sales = await services.departments.create(scope, DepartmentCreate(name="Sales"))
    service = services.queues
    elsewhere = await service.create(scope, queue())

    def acting(role: Role) -> Scope:
        grants = (Grant(role, sales.id),)
        return Scope(scope.tenant, Actor(ActorKind.USER, "u", "U", scope.tenant, grants))

    with pytest.raises(Denied):
        await service.list(acting(Role.USER), QueueQuery())
    admin = acting(Role.DEPARTMENT_ADMIN)
    with pytest.raises(NotFound):
        await service.get(admin, elsewhere.id)
    with pytest.raises(Invalid):
        await service.create(admin, queue("801", "B"))
    own = await service.create(admin, queue("801", "B", department=sales.id))
    assert [each.id for each in (await service.list(admin, QueueQuery())).items] == [own.id]
    with pytest.raises(Invalid):
        await service.update(admin, own.id, patch(department=elsewhere.department))


async def test_queues_are_listed_by_name_and_department(
    service: QueueService, scope: Scope
) -> None:
    for number, name in (("801", "C"), ("802", "A"), ("803", "B")):
        await service.create(scope, queue(number, name))
    page = await service.list(scope, QueueQuery(sort="name", limit=2))
    rest = await service.list(scope, QueueQuery(sort="name", limit=2, cursor=page.next))
    found = [(each.name, each.number) for each in (*page.items, *rest.items)]
    assert found == [("A", "802"), ("B", "803"), ("C", "801")]
    searched = await service.list(scope, QueueQuery(search="b"))
    assert [each.number for each in searched.items] == ["803"]
    assert not (await service.list(scope, QueueQuery(department=NOBODY))).items
