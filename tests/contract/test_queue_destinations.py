"""Everything that sends calls on may send them to a queue, and is named as what leads there."""

import pytest
from sqlalchemy import select

from orchestrator.calls.verdict import busy, no_answer
from orchestrator.clock import SystemClock
from orchestrator.db.session import Database
from orchestrator.departments.model import Department
from orchestrator.destinations.service import uses_of
from orchestrator.devices.service import SipAddress
from orchestrator.errors import Invalid
from orchestrator.events.service import EventService
from orchestrator.forwarding.schemas import ExceptionCreate, ForwardingBody
from orchestrator.hours.schemas import DepartmentHoursBody
from orchestrator.ivr.schemas import IvrCreate
from orchestrator.numbers.schemas import DidCreate
from orchestrator.options.schemas import OptionsPatch
from orchestrator.people.model import Extension
from orchestrator.people.rules import OwnerKind
from orchestrator.queues.model import Queue, QueueAgent
from orchestrator.ring_groups.schemas import RingGroupCreate
from orchestrator.routing.decision import Forward
from orchestrator.routing.decision import Queue as ToQueue
from orchestrator.routing.department_menus import by_menu
from orchestrator.routing.dialled import dialled, follow, reach, unreached
from orchestrator.routing.facts import Facts
from orchestrator.routing.inbound import inbound
from orchestrator.routing.read_model import ReadModel
from orchestrator.routing.ring_groups import unanswered
from orchestrator.routing.schemas import CallerRuleCreate
from orchestrator.trunks.schemas import TrunkCreate
from orchestrator.types import Destination, DestinationKind, Scope, new_id
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services
from tests.factories.plans import NOON
from tests.factories.rows import Employee, add_customer, add_employee
from tests.rest import QUICK

QUEUE = new_id()
TO_QUEUE = {"kind": "queue", "ref": QUEUE}
BY_NUMBER = {"kind": "extension", "ref": "900"}


@pytest.fixture
def services(database: Database) -> Services:
    clock = SystemClock()
    sip = SipAddress("pbx.test", 5060)
    events = EventService(database, clock)
    return build_services(Ground(database, events, clock, sip, hasher=QUICK))


@pytest.fixture
async def scope(database: Database) -> Scope:
    return await add_customer(database, "acme")


@pytest.fixture
async def department(database: Database, scope: Scope) -> str:
    async with database.reading() as session:
        found = await session.scalar(
            select(Department.id).where(Department.tenant_id == scope.tenant)
        )
    assert found is not None
    return found


@pytest.fixture
async def ann(database: Database, scope: Scope, department: str) -> Employee:
    """101, the agent of the queue 900."""
    ann = await add_employee(database, scope, "101")
    async with database.transaction(scope) as session:
        session.add(Queue(id=QUEUE, name="Support", department_id=department))
        session.add(Extension(number="900", owner_kind=OwnerKind.QUEUE, owner_id=QUEUE))
        await session.flush()
        session.add(QueueAgent(queue_id=QUEUE, user_id=ann.user_id, position=0))
    return ann


async def facts(database: Database, scope: Scope) -> Facts:
    return Facts((await ReadModel(database).load()).tenants[scope.tenant], NOON, caller="0612")


async def uses(database: Database, scope: Scope) -> list[str]:
    async with database.reading() as session:
        return await uses_of(session, scope, Destination(DestinationKind.QUEUE, QUEUE))


async def test_the_queue_and_its_agents_are_in_the_plan_under_its_number(
    database: Database, scope: Scope, department: str, ann: Employee
) -> None:
    known = await facts(database, scope)
    line = known.tenant.queues[QUEUE]
    assert (line.number, line.name, line.department) == ("900", "Support", department)
    assert [each.person for each in line.agents] == [ann.user_id]
    assert known.tenant.extensions["900"] == Destination(DestinationKind.QUEUE, QUEUE)
    person = known.tenant.people[ann.user_id]
    assert dialled(known, person, "900") == ToQueue(line)


async def test_numbers_and_rules_lead_to_a_queue(
    services: Services, database: Database, scope: Scope, ann: Employee
) -> None:
    trunk = await services.trunks.create(
        scope,
        TrunkCreate.model_validate(
            {
                "name": "Main",
                "registration": "none",
                "host": "sip.test",
                "addresses": ["192.0.2.1"],
                "default_destination": TO_QUEUE,
            }
        ),
    )
    await services.dids.create(
        scope,
        DidCreate.model_validate({"number": "0201", "destination": TO_QUEUE, "closed": TO_QUEUE}),
    )
    rule = {"name": "Friends", "caller": "0699*", "destination": TO_QUEUE}
    await services.caller_rules.create(scope, CallerRuleCreate.model_validate(rule))
    known = await facts(database, scope)
    line, by = known.tenant.queues[QUEUE], known.tenant.trunks[trunk.id]
    for number in ("0201", "0777"):
        assert inbound(Facts(known.tenant, NOON, caller="0612", trunk=by), by, number) == (
            ToQueue(line)
        )
    friend = Facts(known.tenant, NOON, caller="069912", trunk=by)
    assert inbound(friend, by, "0201") == ToQueue(line)
    found = await uses(database, scope)
    assert [each.split(",")[0] for each in found] == [
        "DID 0201",
        "caller rule Friends",
        "trunk Main",
    ]


async def test_hours_and_menus_lead_to_a_queue(
    services: Services, database: Database, scope: Scope, department: str, ann: Employee
) -> None:
    routes = {"open": {"destination": TO_QUEUE}, "closed": {"destination": BY_NUMBER}}
    await services.hours.set_department(
        scope, department, DepartmentHoursBody.model_validate({"routes": routes})
    )
    ivr = await services.ivrs.create(
        scope,
        IvrCreate.model_validate(
            {
                "number": "700",
                "name": "Welcome",
                "department": department,
                "keys": [{"keys": "1", "destination": TO_QUEUE}],
                "no_input": TO_QUEUE,
                "invalid_input": BY_NUMBER,
            }
        ),
    )
    known = await facts(database, scope)
    tenant, line = known.tenant, known.tenant.queues[QUEUE]
    assert by_menu(known, tenant.departments[department]) == ToQueue(line)
    menu = tenant.ivrs[ivr.id]
    for way in (menu.keys["1"].destination, menu.no_input, menu.invalid_input):
        assert way is not None
        assert follow(known, way) == ToQueue(line)
    found = await uses(database, scope)
    assert any("All" in each for each in found)
    assert any("IVR Welcome" in each for each in found)


async def test_people_and_groups_forward_to_a_queue(
    services: Services, database: Database, scope: Scope, ann: Employee
) -> None:
    both = {"internal": TO_QUEUE, "external": BY_NUMBER}
    await services.forwarding.set_forwarding(
        scope,
        ann.user_id,
        ForwardingBody.model_validate(
            {"profiles": {"available": {"destinations": {"no_answer": both, "busy": both}}}}
        ),
    )
    bob = await add_employee(database, scope, "102")
    await services.exceptions.create(
        scope, bob.user_id, ExceptionCreate.model_validate({"destination": TO_QUEUE})
    )
    group = await services.ring_groups.create(
        scope,
        RingGroupCreate.model_validate({"number": "800", "name": "All", "no_answer": TO_QUEUE}),
    )
    known = await facts(database, scope)
    tenant, line = known.tenant, known.tenant.queues[QUEUE]
    person, other = tenant.people[ann.user_id], tenant.people[bob.user_id]
    assert unreached(known, person, no_answer()) == ToQueue(line)
    assert unreached(known, person, busy()) == ToQueue(line)
    by_exception = reach(known, other)
    assert isinstance(by_exception, Forward)
    assert by_exception.then == ToQueue(line)
    assert unanswered(known, tenant.ring_groups[group.id], no_answer()) == ToQueue(line)
    found = await uses(database, scope)
    assert any("ring group All" in each for each in found)
    assert any("101" in each for each in found)


async def test_options_lead_to_a_queue(
    services: Services, database: Database, scope: Scope, ann: Employee
) -> None:
    changes = {"parking": {"return_to": TO_QUEUE}, "voicemail": {"operator": TO_QUEUE}}
    await services.options.update(scope, OptionsPatch.model_validate(changes))
    known = await facts(database, scope)
    line, options = known.tenant.queues[QUEUE], known.tenant.options
    for way in (options.parking.return_to, options.voicemail.operator):
        assert way is not None
        assert follow(known, way) == ToQueue(line)
    assert len(await uses(database, scope)) == 2


@pytest.mark.parametrize("ref", [new_id(), ""], ids=["unknown", "none"])
async def test_a_queue_that_is_not_there_is_refused(
    services: Services, scope: Scope, ref: str
) -> None:
    wrong = {"number": "0201", "destination": {"kind": "queue", "ref": ref}}
    with pytest.raises(Invalid, match="no such queue") as refused:
        await services.dids.create(scope, DidCreate.model_validate(wrong))
    assert [each.field for each in refused.value.fields] == ["body.destination.ref"]


async def test_the_queue_of_another_tenant_is_not_there(
    services: Services, database: Database, ann: Employee
) -> None:
    other = await add_customer(database, "other")
    with pytest.raises(Invalid):
        await services.dids.create(
            other, DidCreate.model_validate({"number": "0201", "destination": TO_QUEUE})
        )
