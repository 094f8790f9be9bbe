"""A refresh reads only what was written, and never makes another plan than reading everything."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date

import pytest_asyncio
from sqlalchemy import event, select, text

from orchestrator.db.engine import WRITES
from orchestrator.db.session import Database
from orchestrator.departments.model import Department
from orchestrator.devices.model import Device
from orchestrator.forwarding.model import UserStatus
from orchestrator.forwarding.rules import Status
from orchestrator.hours.model import Holiday, HoursSchedule
from orchestrator.numbers.model import Did
from orchestrator.people.model import Extension, Membership, User
from orchestrator.routing.kept import MOST_PARTS, Kept
from orchestrator.routing.plan import TenantPlan
from orchestrator.routing.read_model import ReadModel
from orchestrator.tenants.model import Tenant
from orchestrator.types import DestinationKind, Role, Scope
from tests.factories.rows import Employee, add_customer, add_employee


class Office:
    """A customer, the read model of one process, and the database as another process has it."""

    def __init__(self, database: Database, scope: Scope, people: list[Employee]) -> None:
        self.database = database
        self.other = Database(database.engine.url.render_as_string(hide_password=False))
        self.scope = scope
        self.people = people
        self.model = ReadModel(database)

    async def refresh(self) -> TenantPlan:
        """The customer's plan, which must be that of everything read anew."""
        plan = (await self.model.refresh([self.scope.tenant])).tenants[self.scope.tenant]
        fresh = (await ReadModel(self.other).load()).tenants[self.scope.tenant]
        assert plan == fresh
        return plan

    @contextmanager
    def reads(self) -> Iterator[list[str]]:
        """The tables that are read meanwhile."""
        tables: list[str] = []

        def note(*args: object) -> None:
            statement = str(args[2])
            if statement.startswith("SELECT"):
                tables.append(statement.partition("FROM ")[2].split()[0])

        event.listen(self.database.engine.sync_engine, "before_cursor_execute", note)
        try:
            yield tables
        finally:
            event.remove(self.database.engine.sync_engine, "before_cursor_execute", note)


@pytest_asyncio.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    scope = await add_customer(database, "acme")
    people = [await add_employee(database, scope, number) for number in ("101", "102", "103")]
    office = Office(database, scope, people)
    await office.model.load()
    await office.refresh()
    yield office
    await office.other.close()


async def change_name(database: Database, office: Office, name: str) -> None:
    async with database.transaction(office.scope) as session:
        (await session.get_one(User, office.people[0].user_id)).first_name = name


async def test_after_a_change_of_a_person_only_people_are_read(office: Office) -> None:
    before = office.model.plan.tenants[office.scope.tenant]
    await change_name(office.database, office, "Ada")
    with office.reads() as tables:
        await office.model.refresh([office.scope.tenant])
    assert sorted(tables) == ["revisions", "tenants", "users"]
    plan = await office.refresh()
    ada, bob = [each.user_id for each in office.people[:2]]
    assert plan.people[ada].name == "Ada 101"
    assert plan.people[bob] is before.people[bob]


async def test_several_changes_that_wait_are_one_reading_of_all_they_wrote(office: Office) -> None:
    await change_name(office.database, office, "Ada")
    async with office.database.transaction(office.scope) as session:
        did = Did(number="0201", destination_kind=DestinationKind.END_CALL, destination_ref="")
        session.add(did)
    with office.reads() as tables:
        await office.model.refresh([office.scope.tenant])
    assert sorted(tables) == ["dids", "revisions", "tenants", "users"]
    plan = await office.refresh()
    assert [did.number for did in plan.dids] == ["0201"]


async def test_what_another_process_did_is_read_with_all_else(office: Office) -> None:
    async with office.other.transaction(office.scope) as session:
        (await session.get_one(User, office.people[1].user_id)).ring_seconds = 7
    await change_name(office.database, office, "Ada")
    with office.reads() as tables:
        await office.model.refresh([office.scope.tenant])
    assert len(tables) > 20
    plan = await office.refresh()
    assert plan.people[office.people[1].user_id].ring_seconds == 7


async def test_a_deletion_takes_others_with_it_so_all_is_read(office: Office) -> None:
    gone = office.people[2].user_id
    async with office.database.transaction(office.scope) as session:
        session.add(UserStatus(user_id=gone, status=Status.AWAY))
    await office.refresh()
    async with office.database.transaction(office.scope) as session:
        for model in (Membership, Device):
            for row in await session.scalars(select(model).where(model.user_id == gone)):
                await session.delete(row)
        owned = select(Extension).where(Extension.owner_id == gone)
        await session.delete((await session.scalars(owned)).one())
        await session.flush()
        await session.delete(await session.get_one(User, gone))
    with office.reads() as tables:
        await office.model.refresh([office.scope.tenant])
    assert len(tables) > 20
    assert gone not in (await office.refresh()).people


async def test_every_kind_of_change_gives_the_plan_that_reading_everything_gives(
    office: Office,
) -> None:
    ada = office.people[0].user_id
    database, scope = office.database, office.scope
    async with database.transaction(scope) as session:
        place = (await session.scalars(select(Membership).where(Membership.user_id == ada))).one()
        place.role = Role.MANAGER
    await office.refresh()
    async with database.transaction(scope) as session:
        department = (await session.scalars(select(Department))).one()
        department.timezone, department.outbound_caller_id = "Europe/Amsterdam", "+31201234567"
    await office.refresh()
    async with database.transaction(scope) as session:
        session.add(HoursSchedule(user_id=ada, periods=[[0, 540, 1020]], breaks=[]))
        session.add(Holiday(name="New Year", first_day=date(2027, 1, 1), last_day=date(2027, 1, 1)))
    await office.refresh()
    async with database.transaction(scope) as session:
        (await session.scalars(select(Device).where(Device.user_id == ada))).one().disabled = True
    await office.refresh()
    async with database.transaction(scope) as session:
        (await session.get_one(User, ada)).disabled = True
        (await session.get_one(Tenant, scope.tenant)).language = "nl"
    await office.refresh()
    async with database.transaction(scope) as session:
        (await session.get_one(User, ada)).disabled = False
        own = await session.scalars(select(Extension).where(Extension.owner_id == ada))
        own.one().number = "199"
    await office.refresh()
    await add_employee(database, scope, "104")
    plan = await office.refresh()
    assert set(plan.extensions) == {"199", "102", "103", "104"}
    assert plan.people[ada].language == "nl"


async def test_a_revision_that_nobody_told_us_of_is_noticed_in_the_snapshot(
    office: Office,
) -> None:
    await change_name(office.database, office, "Ada")
    writing = office.database.engine.execution_options(**{WRITES: True})
    async with writing.begin() as connection:
        await connection.execute(text("UPDATE users SET ring_seconds = 9"))
        await connection.execute(text("UPDATE revisions SET revision = revision + 1"))
    plan = await office.refresh()
    assert {person.ring_seconds for person in plan.people.values()} == {9}


async def test_from_time_to_time_all_is_read_so_that_nothing_missed_stays(
    office: Office,
) -> None:
    writing = office.database.engine.execution_options(**{WRITES: True})
    async with writing.begin() as connection:
        await connection.execute(text("UPDATE dids SET name = name"))
        await connection.execute(text("UPDATE departments SET name = 'Renamed'"))
    names = set()
    for n in range(MOST_PARTS + 1):
        await change_name(office.database, office, f"Ada {n}")
        plan = await office.model.refresh([office.scope.tenant])
        found = plan.tenants[office.scope.tenant].departments.values()
        names = {department.name for department in found}
    assert names == {"Renamed"}


async def test_rows_that_are_too_many_are_not_kept(
    office: Office,
) -> None:
    office.model = ReadModel(office.database, kept=Kept(most_rows=3))
    await office.model.load()
    await change_name(office.database, office, "Ada")
    await office.refresh()
    await change_name(office.database, office, "Ida")
    with office.reads() as tables:
        await office.model.refresh([office.scope.tenant])
    assert len(tables) > 20
    assert (await office.refresh()).people[office.people[0].user_id].name == "Ida 101"
