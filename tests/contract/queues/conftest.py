"""A customer with people, and one with a queue, on both databases."""

import pytest

from orchestrator.clock import SystemClock
from orchestrator.db.session import Database
from orchestrator.departments.lookup import default_department
from orchestrator.departments.schemas import DepartmentCreate
from orchestrator.events.service import EventService
from orchestrator.queues.schemas import QueueCreate
from orchestrator.queues.service import QueueService
from orchestrator.routing.read_model import ReadModel
from orchestrator.types import Scope
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services
from tests.contract.queues.bench import SIP, ScriptedFloor, World
from tests.factories.rows import Employee, add_customer, add_employee
from tests.rest import QUICK


@pytest.fixture
def services(database: Database) -> Services:
    clock = SystemClock()
    events = EventService(database, clock)
    return build_services(Ground(database, events, clock, SIP, hasher=QUICK))


@pytest.fixture
def service(services: Services) -> QueueService:
    return services.queues


@pytest.fixture
async def scope(database: Database) -> Scope:
    return await add_customer(database, "acme")


@pytest.fixture
async def people(database: Database, scope: Scope) -> list[Employee]:
    return [await add_employee(database, scope, number) for number in ("101", "102", "103")]


@pytest.fixture
async def world(database: Database) -> World:
    clock = SystemClock()
    model, floor = ReadModel(database), ScriptedFloor()
    services = build_services(
        Ground(
            *(database, EventService(database, clock), clock, SIP),
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
