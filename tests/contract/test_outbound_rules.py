"""Outbound rules and what else decides calls out, through their services, on both databases."""

import pytest
from pydantic import ValidationError

from orchestrator.clock import SystemClock
from orchestrator.db.session import Database
from orchestrator.departments.schemas import DepartmentCreate, DepartmentPatch
from orchestrator.departments.service import DepartmentService
from orchestrator.errors import InUse, Invalid, NotFound
from orchestrator.events.service import EventService
from orchestrator.people.schemas import UserCreate, UserPatch
from orchestrator.people.service import UserService
from orchestrator.routing.read_model import ReadModel
from orchestrator.routing.schemas import OutboundRuleCreate, OutboundRulePatch, RouteBody
from orchestrator.routing.service import OutboundRuleService
from orchestrator.signin.passwords import Passwords
from orchestrator.trunks.model import Trunk
from orchestrator.trunks.rules import Registration
from orchestrator.types import Scope, new_id
from tests.factories.rows import add_customer


class Services:
    """The services under test, on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.users = UserService(database, Passwords(), EventService(database, SystemClock()))
        self.departments = DepartmentService(database, self.users)
        self.rules = OutboundRuleService(database)

    async def trunk(self, scope: Scope, **columns: object) -> str:
        row = Trunk(
            **{
                "id": new_id(),
                "name": "Main",
                "registration": Registration.NONE,
                "endpoint": f"trunk-{new_id()[-10:]}",
                "host": "sip.test",
            }
            | columns
        )
        async with self.database.transaction(scope) as session:
            session.add(row)
        return row.id


@pytest.fixture
def services(database: Database) -> Services:
    return Services(database)


@pytest.fixture
async def scope(database: Database) -> Scope:
    return await add_customer(database, "acme")


async def test_a_rule_with_all_it_may_say_comes_back_and_reaches_calls(
    services: Services, scope: Scope
) -> None:
    sales = await services.departments.create(scope, DepartmentCreate(name="Sales"))
    first, second = [await services.trunk(scope, name=name) for name in ("A", "B")]
    body = OutboundRuleCreate.model_validate(
        {
            "name": "Abroad",
            "prefixes": ["00", "+"],
            "lengths": " 7, 10-13",
            "extensions": "100,102-120",
            "departments": [sales.id],
            "routes": [
                {"trunk": first, "strip": 2, "prepend": "+", "caller_id": "+31205550001"},
                {"trunk": second, "append": "#"},
            ],
        }
    )
    made = await services.rules.create(scope, body)
    assert (made.lengths, made.extensions) == ("7,10-13", "100,102-120")
    assert await services.rules.get(scope, made.id) == made
    plan = (await ReadModel(services.database).load()).tenants[scope.tenant]
    (line,) = plan.outbound_rules
    assert (line.prefixes, line.lengths) == (("00", "+"), ((7, 7), (10, 13)))
    assert (line.extensions, line.departments) == ((("100", "100"), ("102", "120")), {sales.id})
    assert [(r.trunk, r.strip, r.prepend, r.append) for r in line.routes] == [
        (first, 2, "+", ""),
        (second, 0, "", "#"),
    ]


async def test_a_change_of_routes_alone_is_a_new_version(services: Services, scope: Scope) -> None:
    trunk = await services.trunk(scope)
    body = OutboundRuleCreate(name="All", routes=[RouteBody(trunk=trunk)])
    made = await services.rules.create(scope, body)
    patch = OutboundRulePatch(routes=[RouteBody(trunk=trunk, strip=1)])
    changed = await services.rules.update(scope, made.id, patch, made.version)
    assert changed.version == made.version + 1
    assert changed.routes[0].strip == 1


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        pytest.param({"lengths": "13-10"}, "lengths", id="a range that ends before it begins"),
        pytest.param({"extensions": "120-102"}, "extensions", id="such a range of extensions"),
        pytest.param({"extensions": "99-101"}, "extensions", id="ends of different lengths"),
        pytest.param({"prefixes": ["0x"]}, "prefixes", id="a prefix nobody can dial"),
        pytest.param({"routes": [{"trunk": "t"}] * 6}, "routes", id="six routes"),
        pytest.param({"routes": [{"trunk": "t", "strip": -1}]}, "strip", id="less than nothing"),
    ],
)
def test_what_no_rule_can_say_is_refused_by_field(fields: dict[str, object], named: str) -> None:
    with pytest.raises(ValidationError) as invalid:
        OutboundRuleCreate.model_validate({"name": "All"} | fields)
    assert named in invalid.value.errors()[0]["loc"]


async def test_a_rule_names_only_what_is_there(services: Services, scope: Scope) -> None:
    trunk = await services.trunk(scope)
    routes, nowhere = [RouteBody(trunk=trunk)], RouteBody(trunk="x")
    for field, body in (
        ("body.routes", OutboundRuleCreate(name="None")),
        (
            "body.routes.1.trunk",
            OutboundRuleCreate(name="A", routes=[*routes, nowhere]),
        ),
        (
            "body.departments.0",
            OutboundRuleCreate(name="A", routes=routes, departments=["nowhere"]),
        ),
    ):
        with pytest.raises(Invalid) as invalid:
            await services.rules.create(scope, body)
        assert [each.field for each in invalid.value.fields] == [field]
    await services.rules.create(scope, OutboundRuleCreate(name="Blocks", blocked=True))


async def test_a_department_that_a_rule_or_trunk_names_stays(
    services: Services, scope: Scope
) -> None:
    sales = await services.departments.create(scope, DepartmentCreate(name="Sales"))
    trunk = await services.trunk(scope, name="Theirs", department_id=sales.id)
    body = OutboundRuleCreate(
        name="All", departments=[sales.id, sales.id], routes=[RouteBody(trunk=trunk)]
    )
    made = await services.rules.create(scope, body)
    assert made.departments == [sales.id]
    with pytest.raises(InUse) as refused:
        await services.departments.delete(scope, sales.id)
    assert refused.value.used_by == ("outbound rule All", "trunk Theirs")
    await services.rules.update(scope, made.id, OutboundRulePatch(departments=[]))
    async with services.database.transaction(scope) as session:
        (await session.get_one(Trunk, trunk)).department_id = None
    await services.departments.delete(scope, sales.id)
    with pytest.raises(NotFound):
        await services.departments.get(scope, sales.id)


async def test_the_number_a_department_shows(services: Services, scope: Scope) -> None:
    made = await services.departments.create(
        scope, DepartmentCreate(name="Sales", outbound_caller_id="+31205550300")
    )
    assert made.outbound_caller_id == "+31205550300"
    plan = (await ReadModel(services.database).load()).tenants[scope.tenant]
    assert plan.departments[made.id].caller_id == "+31205550300"
    changed = await services.departments.update(
        scope, made.id, DepartmentPatch(outbound_caller_id=None)
    )
    assert changed.outbound_caller_id is None


async def test_a_person_may_be_held_to_office_hours(services: Services, scope: Scope) -> None:
    made = await services.users.create(scope, UserCreate(number="101"))
    assert made.calls_out_in_hours_only is False
    patch = UserPatch(calls_out_in_hours_only=True)
    assert (await services.users.update(scope, made.id, patch)).calls_out_in_hours_only
    plan = (await ReadModel(services.database).load()).tenants[scope.tenant]
    assert plan.people[made.id].calls_out_in_hours_only
