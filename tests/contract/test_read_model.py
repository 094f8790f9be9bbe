"""The read model follows the tables, tenant by tenant."""

import asyncio
from collections.abc import Callable

from sqlalchemy import select

from orchestrator.db.session import Database
from orchestrator.departments.model import Department
from orchestrator.devices.model import Device
from orchestrator.forwarding.model import UserStatus
from orchestrator.forwarding.rules import Status
from orchestrator.ivr.spelling import keys_of
from orchestrator.numbers.model import Did
from orchestrator.people.model import Membership, User
from orchestrator.rights.rules import Right
from orchestrator.routing.model import EmergencyNumber, OutboundRoute, OutboundRule
from orchestrator.routing.plan import EndpointKind
from orchestrator.routing.read_model import ReadModel
from orchestrator.tenants.model import Tenant
from orchestrator.trunks.model import Trunk
from orchestrator.trunks.rules import Registration
from orchestrator.types import Destination, DestinationKind, Role
from tests.factories.rows import add_customer, add_employee


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  The plan is swapped without telling anybody.
            await asyncio.sleep(0.01)


async def test_everything_a_call_needs_is_in_the_plan(database: Database) -> None:
    scope = await add_customer(database, "acme")
    ada = await add_employee(database, scope, "101")
    async with database.transaction(scope) as session:
        trunk = Trunk(
            id="t1",
            name="Main",
            endpoint="trunk-main",
            registration=Registration.NONE,
            host="sip.test",
            max_calls=4,
            caller_id="+31201234567",
        )
        session.add(trunk)
        await session.flush()
        session.add_all(
            (
                Did(
                    number="0201",
                    trunk_id="t1",
                    name="Sales",
                    destination_kind=DestinationKind.USER,
                    destination_ref=ada.user_id,
                ),
                OutboundRule(id="r2", name="later", position=2, blocked=True),
                OutboundRule(
                    id="r1",
                    name="first",
                    position=1,
                    prefixes=["0"],
                    lengths="7,10-13",
                    routes=[OutboundRoute(trunk_id="t1", strip=1)],
                ),
                EmergencyNumber(number="112"),
            )
        )
        (await session.get_one(User, ada.user_id)).language = "nl"
    plan = await ReadModel(database).load()
    tenant = plan.tenants[scope.tenant]
    person = tenant.people[ada.user_id]
    assert (person.number, person.name, person.language) == ("101", "User 101", "nl")
    assert person.spelled[0] == keys_of(person.name.split()[0])
    assert [line.endpoint for line in person.devices] == [ada.account.username]
    assert person.department is not None
    assert tenant.extensions == {"101": Destination(DestinationKind.USER, ada.user_id)}
    assert tenant.trunks["t1"].max_calls == 4
    assert tenant.dids[0].destination == Destination(DestinationKind.USER, ada.user_id)
    first, later = tenant.outbound_rules
    assert (first.name, first.prefixes, first.lengths) == ("first", ("0",), ((7, 7), (10, 13)))
    assert [(route.trunk, route.strip) for route in first.routes] == [("t1", 1)]
    assert (later.name, later.blocked, later.routes) == ("later", True, ())
    assert tenant.emergency_numbers == {"112": None}
    device, line = plan.endpoints[ada.account.username], plan.endpoints["trunk-main"]
    assert (device.tenant, device.kind, device.ref) == (
        scope.tenant,
        EndpointKind.DEVICE,
        ada.user_id,
    )
    assert (line.kind, line.ref) == (EndpointKind.TRUNK, "t1")


async def test_a_system_role_counts_in_all_departments(database: Database) -> None:
    scope = await add_customer(database, "acme")
    ada, bob = (
        await add_employee(database, scope, "101"),
        await add_employee(database, scope, "102"),
    )
    async with database.transaction(scope) as session:
        (place,) = await session.scalars(
            select(Membership).where(Membership.user_id == ada.user_id)
        )
        place.role = Role.SYSTEM_OWNER
    model = ReadModel(database)
    await model.load()
    people = model.plan.tenants[scope.tenant].people
    assert people[ada.user_id].holds(Right.INTERCOM, "any department")
    assert not people[bob.user_id].holds(Right.INTERCOM, "any department")


async def test_a_change_reaches_the_plan_and_touches_no_other_tenant(database: Database) -> None:
    acme, other = await add_customer(database, "acme"), await add_customer(database, "other")
    ada = await add_employee(database, acme, "101")
    await add_employee(database, other, "101")
    model = ReadModel(database)
    before = await model.load()
    running = asyncio.create_task(model.run())
    try:
        async with database.transaction(acme) as session:
            (await session.get_one(User, ada.user_id)).ring_seconds = 7
        await until(lambda: model.plan.tenants[acme.tenant].people[ada.user_id].ring_seconds == 7)
        assert model.plan.tenants[other.tenant] is before.tenants[other.tenant]
        assert before.tenants[acme.tenant].people[ada.user_id].ring_seconds == 30
        async with database.transaction(acme) as session:
            device = (
                await session.scalars(select(Device).where(Device.user_id == ada.user_id))
            ).one()
            device.disabled = True
        await until(lambda: ada.account.username not in model.plan.endpoints)
        async with database.transaction(acme) as session:
            (await session.get_one(User, ada.user_id)).disabled = True
        await until(lambda: "101" not in model.plan.tenants[acme.tenant].extensions)
        assert "101" in model.plan.tenants[other.tenant].extensions
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_suspending_a_reseller_suspends_its_customers(database: Database) -> None:
    reseller, acme = await add_customer(database, "reseller"), await add_customer(database, "acme")
    async with database.transaction(acme) as session:
        (await session.get_one(Tenant, acme.tenant)).parent_id = reseller.tenant
    model = ReadModel(database)
    assert not (await model.load()).tenants[acme.tenant].suspended
    async with database.transaction(reseller) as session:
        (await session.get_one(Tenant, reseller.tenant)).suspended = True
    plan = await model.refresh([reseller.tenant])
    assert plan.tenants[acme.tenant].suspended
    async with database.transaction(acme) as session:
        await session.delete(await session.get_one(Tenant, acme.tenant))
    plan = await model.refresh([acme.tenant])
    assert acme.tenant not in plan.tenants


async def test_a_change_between_load_and_run_is_not_lost(database: Database) -> None:
    acme = await add_customer(database, "acme")
    model = ReadModel(database)
    await model.load()
    ada = await add_employee(database, acme, "101")
    running = asyncio.create_task(model.run())
    try:
        await until(lambda: ada.user_id in model.plan.tenants[acme.tenant].people)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_task_that_is_started_again_goes_on_hearing_of_changes(database: Database) -> None:
    acme = await add_customer(database, "acme")
    model = ReadModel(database)
    await model.load()
    for number in ("101", "102"):
        running = asyncio.create_task(model.run())
        try:
            who = await add_employee(database, acme, number)
            await until(lambda: who.user_id in model.plan.tenants[acme.tenant].people)  # noqa: B023
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_what_did_not_change_is_kept(database: Database) -> None:
    """A change of one person must not cost as much as the whole company."""
    acme = await add_customer(database, "acme")
    ada, bob = [await add_employee(database, acme, number) for number in ("101", "102")]
    model = ReadModel(database)
    before = (await model.load()).tenants[acme.tenant].people
    async with database.transaction(acme) as session:
        (await session.get_one(User, ada.user_id)).ring_seconds = 7
        session.add(UserStatus(user_id=ada.user_id, status=Status.AWAY))
    after = (await model.refresh([acme.tenant])).tenants[acme.tenant].people
    assert after[bob.user_id] is before[bob.user_id]
    assert after[ada.user_id].ring_seconds == 7
    assert after[ada.user_id].forwarding.status is Status.AWAY
    async with database.transaction(acme) as session:
        department = (await session.scalars(select(Department))).one()
        department.timezone = "Europe/Amsterdam"
    after = (await model.refresh([acme.tenant])).tenants[acme.tenant].people
    assert after[bob.user_id].hours.timezone == "Europe/Amsterdam"
