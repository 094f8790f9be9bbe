"""Menus of departments, through their service."""

import pytest

from orchestrator.clock import SystemClock
from orchestrator.db.errors import Taken
from orchestrator.db.session import Database
from orchestrator.departments.schemas import DepartmentCreate, DepartmentMenuBody
from orchestrator.devices.service import SipAddress
from orchestrator.errors import Denied, InUse, Invalid, NotFound, Stale
from orchestrator.events.service import EventService
from orchestrator.hours.rules import HoursState
from orchestrator.hours.schemas import DepartmentHoursBody
from orchestrator.numbers.schemas import DidCreate
from orchestrator.routing.plan import DepartmentLine
from orchestrator.routing.read_model import ReadModel
from orchestrator.types import Actor, ActorKind, Destination, DestinationKind, Grant, Role, Scope
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services
from tests.factories.rows import add_customer, add_employee
from tests.rest import QUICK

SIP = SipAddress("pbx.test", 5060)


@pytest.fixture
def services(database: Database) -> Services:
    clock = SystemClock()
    events = EventService(database, clock)
    return build_services(Ground(database, events, clock, SIP, hasher=QUICK))


@pytest.fixture
async def scope(database: Database) -> Scope:
    return await add_customer(database, "acme")


@pytest.fixture
async def sales(services: Services, scope: Scope) -> str:
    body = DepartmentCreate(name="Sales", language="fr")
    return (await services.departments.create(scope, body)).id


def menu(**fields: object) -> DepartmentMenuBody:
    return DepartmentMenuBody.model_validate(fields)


async def line(database: Database, scope: Scope, department: str) -> DepartmentLine:
    return (await ReadModel(database).load()).tenants[scope.tenant].departments[department]


async def test_a_menu_has_a_number_and_routes(
    services: Services, database: Database, scope: Scope, sales: str
) -> None:
    fresh = await services.department_menus.get(scope, sales)
    assert (fresh.number, fresh.answer_after, fresh.music) == (None, 0, None)
    made = await services.department_menus.put(
        scope, sales, menu(number="600", answer_after=3), fresh.version
    )
    assert (made.number, made.answer_after, made.version) == ("600", 3, fresh.version + 1)
    with pytest.raises(Stale):
        await services.department_menus.put(scope, sales, menu(), fresh.version)
    hours = DepartmentHoursBody.model_validate(
        {"routes": {"open": {"destination": {"kind": "busy"}, "prompt": "custom/welcome"}}}
    )
    shown = await services.hours.set_department(scope, sales, hours)
    assert shown.routes == hours.routes
    found = await line(database, scope, sales)
    assert (found.number, found.answer_after, found.language) == ("600", 3, "fr")
    assert found.routes[HoursState.OPEN].prompt == "custom/welcome"
    plan = (await ReadModel(database).load()).tenants[scope.tenant]
    assert plan.extensions["600"] == Destination(DestinationKind.DEPARTMENT, sales)
    gone = await services.department_menus.put(scope, sales, menu())
    assert gone.number is None
    assert "600" not in (await ReadModel(database).load()).tenants[scope.tenant].extensions


async def test_what_a_menu_names_must_be_there_and_free(
    services: Services, database: Database, scope: Scope, sales: str
) -> None:
    await add_employee(database, scope, "101")
    for number, error in (("101", Taken), ("999", Invalid)):
        with pytest.raises(error):
            await services.department_menus.put(scope, sales, menu(number=number))
    with pytest.raises(Invalid) as refused:
        await services.department_menus.put(scope, sales, menu(music="nothing"))
    assert [error.field for error in refused.value.fields] == ["body.music"]
    with pytest.raises(NotFound):
        await services.department_menus.get(scope, "nothing")


@pytest.mark.parametrize("state", ["open", "closed"])
async def test_a_menu_does_not_lead_to_itself(
    services: Services, scope: Scope, sales: str, state: str
) -> None:
    itself = {"kind": "department", "ref": sales}
    hours = DepartmentHoursBody.model_validate({"routes": {state: {"destination": itself}}})
    with pytest.raises(Invalid) as refused:
        await services.hours.set_department(scope, sales, hours)
    field = f"body.routes.{state}.destination.ref"
    assert [error.field for error in refused.value.fields] == [field]


async def test_what_leads_to_a_menu_keeps_its_department_and_number(
    services: Services, scope: Scope, sales: str
) -> None:
    await services.department_menus.put(scope, sales, menu(number="600"))
    for number, to in (
        ("0201", {"kind": "department", "ref": sales}),
        ("0202", {"kind": "extension", "ref": "600"}),
    ):
        await services.dids.create(
            scope, DidCreate.model_validate({"number": number, "destination": to})
        )
    with pytest.raises(InUse) as refused:
        await services.departments.delete(scope, sales)
    assert refused.value.used_by == ("DID 0201", "DID 0202")
    with pytest.raises(InUse):
        await services.department_menus.put(scope, sales, menu())


async def test_a_department_that_goes_frees_its_number(
    services: Services, database: Database, scope: Scope, sales: str
) -> None:
    await services.department_menus.put(scope, sales, menu(number="600"))
    await services.departments.delete(scope, sales)
    await add_employee(database, scope, "600")
    assert "600" in (await ReadModel(database).load()).tenants[scope.tenant].extensions


async def test_menus_are_for_those_who_handle_calls_there(
    services: Services, scope: Scope, sales: str
) -> None:
    def acting(role: Role, department: str) -> Scope:
        grants = (Grant(role, department),)
        return Scope(scope.tenant, Actor(ActorKind.USER, "u", "U", scope.tenant, grants))

    with pytest.raises(Denied):
        await services.department_menus.get(acting(Role.USER, sales), sales)
    with pytest.raises(NotFound):
        await services.department_menus.put(acting(Role.DEPARTMENT_ADMIN, "another"), sales, menu())
    there = acting(Role.DEPARTMENT_ADMIN, sales)
    assert (await services.department_menus.put(there, sales, menu(number="600"))).number == "600"
