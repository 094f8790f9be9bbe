"""Conference rooms, through their service."""

import pytest
from sqlalchemy import select

from orchestrator.audit.model import AuditEntry
from orchestrator.clock import SystemClock
from orchestrator.conferences.schemas import ConferenceCreate, ConferencePatch, ConferenceQuery
from orchestrator.conferences.service import ConferenceService
from orchestrator.db.errors import Taken
from orchestrator.db.session import Database
from orchestrator.devices.service import SipAddress
from orchestrator.errors import Denied, InUse, Invalid, NotFound, Stale
from orchestrator.events.service import EventService
from orchestrator.numbers.schemas import DidCreate
from orchestrator.people.schemas import UserCreate
from orchestrator.routing.read_model import ReadModel
from orchestrator.types import Actor, ActorKind, Destination, DestinationKind, Grant, Role, Scope
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services
from tests.factories.rows import add_customer, add_employee
from tests.rest import QUICK
from tests.secrecy import tells

SIP = SipAddress("pbx.test", 5060)


@pytest.fixture
def services(database: Database) -> Services:
    clock = SystemClock()
    events = EventService(database, clock)
    return build_services(Ground(database, events, clock, SIP, hasher=QUICK))


@pytest.fixture
def service(services: Services) -> ConferenceService:
    return services.conferences


@pytest.fixture
async def scope(database: Database) -> Scope:
    return await add_customer(database, "acme")


def room(number: str = "800", name: str = "Board", **fields: object) -> ConferenceCreate:
    return ConferenceCreate.model_validate({"number": number, "name": name, **fields})


async def test_a_room_from_creation_to_deletion(
    service: ConferenceService, database: Database, scope: Scope
) -> None:
    made = await service.create(scope, room(pin="4711", max_members=3))
    assert (made.number, made.has_pin, made.max_members, made.announce) == ("800", True, 3, True)
    assert not tells(made.model_dump_json(), "4711")
    plan = (await ReadModel(database).load()).tenants[scope.tenant]
    assert plan.extensions["800"] == Destination(DestinationKind.CONFERENCE, made.id)
    assert (plan.conferences[made.id].pin, plan.conferences[made.id].number) == ("4711", "800")
    moved = await service.update(scope, made.id, ConferencePatch(number="801"), made.version)
    assert (moved.number, moved.version) == ("801", made.version + 1)
    with pytest.raises(Stale):
        await service.update(scope, made.id, ConferencePatch(name="Late"), made.version)
    opened = await service.update(scope, made.id, ConferencePatch(pin=None))
    assert not opened.has_pin
    await service.delete(scope, made.id, opened.version)
    with pytest.raises(NotFound):
        await service.get(scope, made.id)
    assert "801" not in (await ReadModel(database).load()).tenants[scope.tenant].extensions


async def test_no_number_has_two_owners(
    services: Services, database: Database, scope: Scope
) -> None:
    await add_employee(database, scope, "101")
    for number, error in (("101", Taken), ("999", Invalid), ("*4800", Invalid)):
        with pytest.raises(error):
            await services.conferences.create(scope, room(number))
    await services.conferences.create(scope, room("800"))
    with pytest.raises(Taken):
        await services.users.create(scope, UserCreate(number="800"))
    with pytest.raises(Taken):
        await services.conferences.create(scope, room("801"))
    assert len((await services.conferences.list(scope, ConferenceQuery())).items) == 1


async def test_a_room_that_calls_lead_to_stays(services: Services, scope: Scope) -> None:
    made = await services.conferences.create(scope, room())
    to_room = {"kind": "conference", "ref": made.id}
    await services.dids.create(
        scope, DidCreate.model_validate({"number": "0201", "destination": to_room})
    )
    with pytest.raises(InUse) as refused:
        await services.conferences.delete(scope, made.id)
    assert refused.value.used_by == ("DID 0201",)


async def test_the_pin_is_in_no_audit_entry(
    service: ConferenceService, database: Database, scope: Scope
) -> None:
    made = await service.create(scope, room(pin="4711"))
    await service.update(scope, made.id, ConferencePatch(pin="0815"))
    async with database.reading() as session:
        entries = (await session.scalars(select(AuditEntry))).all()
    told = [str((e.before, e.after)) for e in entries if e.object_kind == "conference"]
    assert len(told) == 2
    assert not any(tells(text, "4711") or tells(text, "0815") for text in told)


async def test_rooms_need_the_right_to_handle_calls(
    service: ConferenceService, scope: Scope
) -> None:
    grants = (Grant(Role.USER, "d1"),)
    user = Scope(scope.tenant, Actor(ActorKind.USER, "u", "U", scope.tenant, grants))
    with pytest.raises(Denied):
        await service.create(user, room())
    with pytest.raises(Denied):
        await service.list(user, ConferenceQuery())


async def test_rooms_are_listed_by_name(service: ConferenceService, scope: Scope) -> None:
    for number, name in (("801", "C"), ("802", "A"), ("803", "B")):
        await service.create(scope, room(number, name))
    page = await service.list(scope, ConferenceQuery(sort="name", limit=2))
    rest = await service.list(scope, ConferenceQuery(sort="name", limit=2, cursor=page.next))
    found = [(each.name, each.number) for each in (*page.items, *rest.items)]
    assert found == [("A", "802"), ("B", "803"), ("C", "801")]
    searched = await service.list(scope, ConferenceQuery(search="b"))
    assert [each.number for each in searched.items] == ["803"]
