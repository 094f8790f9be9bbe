"""Ring groups, through their service."""

import pytest

from orchestrator.clock import SystemClock
from orchestrator.db.errors import Taken
from orchestrator.db.session import Database
from orchestrator.departments.schemas import DepartmentCreate
from orchestrator.devices.service import SipAddress
from orchestrator.errors import Denied, InUse, Invalid, NotFound, Stale
from orchestrator.events.service import EventService
from orchestrator.hours.rules import HoursState
from orchestrator.music.model import MusicPlaylist
from orchestrator.numbers.schemas import DidCreate
from orchestrator.prompts.model import Prompt
from orchestrator.prompts.rules import PromptSource
from orchestrator.ring_groups.rules import NO_INTERCOM_CODE
from orchestrator.ring_groups.schemas import RingGroupCreate, RingGroupPatch, RingGroupQuery
from orchestrator.ring_groups.service import RingGroupService
from orchestrator.routing.plan import TenantPlan
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
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services
from tests.factories.ids import NOBODY
from tests.factories.rows import Employee, add_customer, add_employee
from tests.rest import QUICK

SIP = SipAddress("pbx.test", 5060)


@pytest.fixture
def services(database: Database) -> Services:
    clock = SystemClock()
    events = EventService(database, clock)
    return build_services(Ground(database, events, clock, SIP, hasher=QUICK))


@pytest.fixture
def service(services: Services) -> RingGroupService:
    return services.ring_groups


@pytest.fixture
async def scope(database: Database) -> Scope:
    return await add_customer(database, "acme")


@pytest.fixture
async def people(database: Database, scope: Scope) -> list[Employee]:
    return [await add_employee(database, scope, number) for number in ("101", "102", "103")]


def group(number: str = "800", name: str = "Support", **fields: object) -> RingGroupCreate:
    return RingGroupCreate.model_validate({"number": number, "name": name, **fields})


def patch(**fields: object) -> RingGroupPatch:
    return RingGroupPatch.model_validate(fields)


async def plan(database: Database, scope: Scope) -> TenantPlan:
    return (await ReadModel(database).load()).tenants[scope.tenant]


async def test_a_group_from_creation_to_deletion(
    service: RingGroupService, database: Database, scope: Scope, people: list[Employee]
) -> None:
    ids = [each.user_id for each in people]
    made = await service.create(
        scope,
        group(
            members=ids[1::-1],
            strategy="hunt",
            ring_seconds=12,
            caller_name="Support",
            greeting="custom/hello",
            no_answer={"kind": "user", "ref": ids[2]},
            closed={"destination": {"kind": "end_call"}, "prompt": "custom/closed"},
        ),
    )
    assert (made.number, made.members, made.strategy.value) == ("800", ids[1::-1], "hunt")
    assert made.closed is not None
    assert made.closed.prompt == "custom/closed"
    tenant = await plan(database, scope)
    line = tenant.ring_groups[made.id]
    assert tenant.extensions["800"] == Destination(DestinationKind.RING_GROUP, made.id)
    assert (line.members, line.ring_seconds, line.caller_name) == (tuple(ids[1::-1]), 12, "Support")
    assert line.no_answer == Destination(DestinationKind.USER, ids[2])
    assert line.routes[HoursState.CLOSED].prompt == "custom/closed"
    moved = await service.update(scope, made.id, patch(number="801", members=ids), made.version)
    assert (moved.number, moved.members, moved.version) == ("801", ids, made.version + 1)
    with pytest.raises(Stale):
        await service.update(scope, made.id, patch(name="Late"), made.version)
    swapped = await service.update(scope, made.id, patch(members=[ids[2], ids[0]], closed=None))
    assert (swapped.members, swapped.closed) == ([ids[2], ids[0]], None)
    assert (await plan(database, scope)).ring_groups[made.id].members == (ids[2], ids[0])
    await service.delete(scope, made.id, swapped.version)
    with pytest.raises(NotFound):
        await service.get(scope, made.id)
    assert "801" not in (await plan(database, scope)).extensions


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"members": [NOBODY]}, "body.members.0"),
        ({"no_answer": {"kind": "user", "ref": NOBODY}}, "body.no_answer.ref"),
        (
            {"holiday": {"destination": {"kind": "ring_group", "ref": NOBODY}}},
            "body.holiday.destination.ref",
        ),
        ({"closed": {"destination": {"kind": "busy"}, "prompt": NOBODY}}, "body.closed.prompt"),
        ({"greeting": NOBODY}, "body.greeting"),
        ({"music": NOBODY}, "body.music"),
        ({"department": NOBODY}, "body.department"),
        ({"multicast_address": "224.0.1.80"}, "body.multicast_port"),
        ({"multicast_port": 5000}, "body.multicast_address"),
        ({"multicast_address": "192.0.2.1", "multicast_port": 5000}, "body.multicast_address"),
        ({"multicast_address": "ff02::1", "multicast_port": 5000}, "body.multicast_address"),
        ({"multicast_address": "224.0.1.75", "multicast_port": 5000}, "body.multicast_address"),
        ({"multicast_address": "224.0.1.80", "multicast_port": 5001}, "body.multicast_port"),
        ({"multicast_address": "224.0.1.80", "multicast_port": 1000}, "body.multicast_port"),
    ],
)
async def test_what_a_group_names_must_be_there(
    service: RingGroupService, scope: Scope, fields: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await service.create(scope, group(**fields))
    assert [error.field for error in refused.value.fields] == [field]


async def test_members_are_named_once(
    service: RingGroupService, scope: Scope, people: list[Employee]
) -> None:
    ann, bob, _ = [each.user_id for each in people]
    with pytest.raises(Invalid) as refused:
        await service.create(scope, group(members=[ann, bob, ann]))
    assert [error.field for error in refused.value.fields] == ["body.members.2"]
    with pytest.raises(ValueError, match="at most 200"):
        group(members=[str(n) for n in range(201)])


async def test_what_a_group_plays_is_the_tenants_own(
    service: RingGroupService, database: Database, scope: Scope
) -> None:
    prompt = Prompt(id=new_id(), name="Hello", source=PromptSource.UPLOADED, file="a/b")
    music = MusicPlaylist(id=new_id(), name="Waves")
    async with database.transaction(scope) as session:
        session.add_all((prompt, music))
    pages = {"multicast_address": "239.1.2.3", "multicast_port": 5004, "disturb_busy": True}
    fields = {"strategy": "paging", "greeting": prompt.id, "music": music.id, **pages}
    made = await service.create(scope, group(**fields))
    line = (await plan(database, scope)).ring_groups[made.id]
    assert (line.greeting, line.music, line.multicast) == (prompt.id, music.id, ("239.1.2.3", 5004))
    assert line.disturb_busy
    assert made.warnings == [NO_INTERCOM_CODE]


async def test_no_number_has_two_owners(
    service: RingGroupService, scope: Scope, people: list[Employee]
) -> None:
    for number, error in (("101", Taken), ("999", Invalid), ("*4800", Invalid)):
        with pytest.raises(error):
            await service.create(scope, group(number))
    await service.create(scope, group("800"))
    with pytest.raises(Taken):
        await service.create(scope, group("801"))


async def test_a_group_does_not_lead_to_itself(service: RingGroupService, scope: Scope) -> None:
    made = await service.create(scope, group())
    itself = {"kind": "ring_group", "ref": made.id}
    by_number = {"kind": "extension", "ref": "800"}
    for way in (itself, by_number):
        for fields in ({"no_answer": way}, {"closed": {"destination": way}}):
            with pytest.raises(Invalid):
                await service.update(scope, made.id, patch(**fields))


async def test_a_group_that_calls_lead_to_stays(services: Services, scope: Scope) -> None:
    made = await services.ring_groups.create(scope, group())
    other = await services.ring_groups.create(
        scope, group("801", "Second", no_answer={"kind": "extension", "ref": "800"})
    )
    to_group = {"kind": "ring_group", "ref": made.id}
    await services.dids.create(
        scope, DidCreate.model_validate({"number": "0201", "destination": to_group})
    )
    with pytest.raises(InUse) as refused:
        await services.ring_groups.delete(scope, made.id)
    assert refused.value.used_by == ("DID 0201", "ring group Second, no answer")
    await services.ring_groups.delete(scope, other.id)


async def test_users_who_go_are_in_no_group_any_more(
    services: Services, scope: Scope, people: list[Employee]
) -> None:
    ann, bob, _ = [each.user_id for each in people]
    made = await services.ring_groups.create(scope, group(members=[ann, bob]))
    await services.users.delete(scope, ann)
    assert (await services.ring_groups.get(scope, made.id)).members == [bob]


async def test_a_department_with_groups_stays(services: Services, scope: Scope) -> None:
    sales = await services.departments.create(scope, DepartmentCreate(name="Sales"))
    made = await services.ring_groups.create(scope, group(department=sales.id))
    with pytest.raises(InUse) as refused:
        await services.departments.delete(scope, sales.id)
    assert refused.value.used_by == ("ring group Support",)
    await services.ring_groups.delete(scope, made.id)
    await services.departments.delete(scope, sales.id)


async def test_groups_are_for_those_who_handle_calls_in_their_department(
    services: Services, scope: Scope
) -> None:
    sales = await services.departments.create(scope, DepartmentCreate(name="Sales"))
    service = services.ring_groups
    elsewhere = await service.create(scope, group())

    def acting(role: Role) -> Scope:
        grants = (Grant(role, sales.id),)
        return Scope(scope.tenant, Actor(ActorKind.USER, "u", "U", scope.tenant, grants))

    with pytest.raises(Denied):
        await service.list(acting(Role.USER), RingGroupQuery())
    admin = acting(Role.DEPARTMENT_ADMIN)
    with pytest.raises(NotFound):
        await service.get(admin, elsewhere.id)
    with pytest.raises(Invalid):
        await service.create(admin, group("801", "B"))
    own = await service.create(admin, group("801", "B", department=sales.id))
    assert [each.id for each in (await service.list(admin, RingGroupQuery())).items] == [own.id]
    with pytest.raises(Invalid):
        await service.update(admin, own.id, patch(department=elsewhere.department))


async def test_groups_are_listed_by_name_and_department(
    service: RingGroupService, scope: Scope
) -> None:
    for number, name in (("801", "C"), ("802", "A"), ("803", "B")):
        await service.create(scope, group(number, name))
    page = await service.list(scope, RingGroupQuery(sort="name", limit=2))
    rest = await service.list(scope, RingGroupQuery(sort="name", limit=2, cursor=page.next))
    found = [(each.name, each.number) for each in (*page.items, *rest.items)]
    assert found == [("A", "802"), ("B", "803"), ("C", "801")]
    searched = await service.list(scope, RingGroupQuery(search="b"))
    assert [each.number for each in searched.items] == ["803"]
    assert not (await service.list(scope, RingGroupQuery(department=NOBODY))).items
