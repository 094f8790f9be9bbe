"""Shared parking places, through their service, and who waits there."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from orchestrator.clock import SystemClock
from orchestrator.db.errors import Taken
from orchestrator.db.session import Database
from orchestrator.departments.schemas import DepartmentCreate
from orchestrator.devices.service import SipAddress
from orchestrator.errors import Denied, InUse, Invalid, NotFound, Stale
from orchestrator.events.service import EventService
from orchestrator.numbers.schemas import DidCreate
from orchestrator.parking.rules import Waiting
from orchestrator.parking.schemas import ParkingPlaceCreate, ParkingPlacePatch, ParkingPlaceQuery
from orchestrator.parking.service import ParkingService
from orchestrator.routing.read_model import ReadModel
from orchestrator.types import Actor, ActorKind, Destination, DestinationKind, Grant, Role, Scope
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services
from tests.factories.rows import add_customer, add_employee
from tests.rest import QUICK

WAITING = Waiting("call-1", "102", "Bob", "0", None, None, "user-1", 1_772_366_400.0)


@pytest.fixture
def waiting() -> list[Waiting]:
    return []


@pytest.fixture
def services(database: Database, waiting: list[Waiting]) -> Services:
    clock = SystemClock()
    events = EventService(database, clock)
    sip = SipAddress("pbx.test", 5060)
    return build_services(
        Ground(database, events, clock, sip, hasher=QUICK, parked=lambda tenant: waiting)
    )


@pytest.fixture
def service(services: Services) -> ParkingService:
    return services.parking


@pytest.fixture
async def scope(database: Database) -> Scope:
    return await add_customer(database, "acme")


def acting(scope: Scope, role: Role, department: str | None = None) -> Scope:
    actor = Actor(ActorKind.USER, "someone", "Someone", scope.tenant, (Grant(role, department),))
    return replace(scope, actor=actor)


def place(number: str = "SP0", name: str = "Front desk", **fields: object) -> ParkingPlaceCreate:
    return ParkingPlaceCreate.model_validate({"number": number, "name": name, **fields})


async def test_a_place_from_creation_to_deletion(
    service: ParkingService, database: Database, scope: Scope
) -> None:
    made = await service.create(scope, place())
    plan = (await ReadModel(database).load()).tenants[scope.tenant]
    assert plan.extensions["SP0"] == Destination(DestinationKind.PARKING, made.id)
    assert plan.parking[made.id].number == "SP0"
    moved = await service.update(scope, made.id, ParkingPlacePatch(number="810"), made.version)
    assert (moved.number, moved.version) == ("810", made.version + 1)
    with pytest.raises(Stale):
        await service.update(scope, made.id, ParkingPlacePatch(name="Late"), made.version)
    listed = await service.list(scope, ParkingPlaceQuery(search="front"))
    assert [each.number for each in listed.items] == ["810"]
    await service.delete(scope, made.id, moved.version)
    with pytest.raises(NotFound):
        await service.get(scope, made.id)
    assert (await service.create(scope, place("810"))).number == "810"


@pytest.mark.parametrize("number", ["SP1000", "SP", "P0", "1", "sp0", ""])
def test_a_number_that_cannot_be_dialled_is_refused(number: str) -> None:
    with pytest.raises(ValidationError):
        place(number)


async def test_a_number_is_unique_in_the_plan(
    service: ParkingService, database: Database, scope: Scope
) -> None:
    await add_employee(database, scope, "101")
    await service.create(scope, place())
    for number in ("SP0", "101"):
        with pytest.raises(Taken):
            await service.create(scope, place(number, "Another"))
    for number in ("*00", "*20*"):
        with pytest.raises(Invalid):
            await service.create(scope, place(number, "Another"))


async def test_a_place_that_calls_lead_to_stays(
    services: Services, service: ParkingService, scope: Scope
) -> None:
    made = await service.create(scope, place())
    to = {"kind": "parking", "ref": made.id}
    did = DidCreate.model_validate({"number": "+31201234567", "destination": to})
    await services.dids.create(scope, did)
    with pytest.raises(InUse) as refused:
        await service.delete(scope, made.id)
    assert "DID +31201234567" in refused.value.used_by


async def test_a_department_keeps_its_places_and_they_keep_it(
    services: Services, service: ParkingService, scope: Scope
) -> None:
    sales = await services.departments.create(scope, DepartmentCreate(name="Sales"))
    other = await services.departments.create(scope, DepartmentCreate(name="Support"))
    made = await service.create(scope, place(department=sales.id))
    with pytest.raises(InUse):
        await services.departments.delete(scope, sales.id)
    admin = acting(scope, Role.DEPARTMENT_ADMIN, other.id)
    assert (await service.list(admin, ParkingPlaceQuery())).items == []
    with pytest.raises(NotFound):
        await service.get(admin, made.id)
    with pytest.raises(Invalid):
        await service.create(admin, place("SP1", "Mine", department=sales.id))
    with pytest.raises(Denied):
        await service.list(acting(scope, Role.USER, sales.id), ParkingPlaceQuery())


async def test_who_may_park_sees_who_waits(
    service: ParkingService, scope: Scope, waiting: list[Waiting]
) -> None:
    waiting += [
        WAITING,
        replace(WAITING, call="call-2", place="SP0", parking_place="place-0", department="sales"),
    ]
    assert [each.call for each in (await service.waiting(scope)).items] == ["call-1", "call-2"]
    support = await service.waiting(acting(scope, Role.RECEPTIONIST, "support"))
    (seen,) = support.items
    assert (seen.call, seen.place, seen.caller_number, seen.parked_by) == (
        "call-1",
        "0",
        "102",
        "user-1",
    )
    with pytest.raises(Denied):
        await service.waiting(acting(scope, Role.USER, "support"))
