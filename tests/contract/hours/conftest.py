"""A customer in the Netherlands, on both databases."""

import pytest

from orchestrator.clock import FixedClock
from orchestrator.db.session import Database
from orchestrator.departments.lookup import department_names
from orchestrator.departments.schemas import DepartmentCreate
from orchestrator.departments.service import DepartmentService
from orchestrator.tenants.model import Tenant
from tests.contract.hours.house import MONDAY_TEN, House, NobodyIn
from tests.factories.rows import add_customer, add_employee


@pytest.fixture
async def house(database: Database) -> House:
    scope = await add_customer(database, "acme")
    async with database.transaction(scope) as session:
        tenant = await session.get_one(Tenant, scope.tenant)
        tenant.country, tenant.timezone, tenant.language = "NL", "Europe/Amsterdam", "nl"
    departments = DepartmentService(database, NobodyIn())
    sales = await departments.create(scope, DepartmentCreate(name="Sales"))
    async with database.reading() as session:
        names = {name: id_ for id_, name in (await department_names(session, scope)).items()}
    ada = await add_employee(database, scope, "101")
    clock = FixedClock(MONDAY_TEN)
    return House(database, scope, clock, ada, names["All"], sales.id)
