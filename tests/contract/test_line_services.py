"""Trunks, DIDs, outbound rules and emergency numbers, through their services."""

import pytest

from orchestrator.clock import SystemClock
from orchestrator.db.errors import Taken
from orchestrator.db.session import Database
from orchestrator.errors import Conflict, Denied, InUse, Invalid, LimitReached, NotFound, Stale
from orchestrator.events.schemas import EventQuery
from orchestrator.events.service import EventService
from orchestrator.numbers.schemas import DidBulk, DidChange, DidCreate, DidPatch, DidQuery
from orchestrator.numbers.service import DidService
from orchestrator.routing.schemas import (
    Direction,
    EmergencyNumberCreate,
    EmergencyNumberQuery,
    OutboundRuleCreate,
    OutboundRuleMove,
    OutboundRulePatch,
    OutboundRuleQuery,
    RouteBody,
)
from orchestrator.routing.service import EmergencyNumberService, OutboundRuleService
from orchestrator.tenants.model import Tenant
from orchestrator.trunks.schemas import TrunkCreate, TrunkPatch, TrunkQuery
from orchestrator.trunks.service import TrunkService
from orchestrator.types import Actor, ActorKind, Grant, Role, Scope
from tests.factories.rows import add_customer, add_employee


class Services:
    """The services under test, on one database."""

    def __init__(self, database: Database) -> None:
        self.events = EventService(database, SystemClock())
        self.trunks = TrunkService(database, self.events)
        self.dids = DidService(database)
        self.rules = OutboundRuleService(database)
        self.emergency = EmergencyNumberService(database)


@pytest.fixture
def services(database: Database) -> Services:
    return Services(database)


@pytest.fixture
async def scope(database: Database) -> Scope:
    return await add_customer(database, "acme")


def trunk(name: str, **fields: object) -> TrunkCreate:
    base = {"name": name, "registration": "none", "host": "sip.test", "inbound": False}
    return TrunkCreate.model_validate(base | fields)


def rule(name: str, *trunks: str, **changes: object) -> OutboundRuleCreate:
    routes = [RouteBody(trunk=trunk) for trunk in trunks]
    return OutboundRuleCreate(name=name, routes=routes, **changes)  # type: ignore[arg-type]


def did(number: str, kind: str = "end_call", ref: str = "", **fields: object) -> DidCreate:
    body = {"number": number, "destination": {"kind": kind, "ref": ref}, **fields}
    return DidCreate.model_validate(body)


async def test_a_trunk_from_creation_to_deletion(services: Services, scope: Scope) -> None:
    made = await services.trunks.create(
        scope,
        trunk(
            "Main",
            registration="outbound",
            username="31850",
            secret="s3cret",
            inbound=True,
            addresses=["192.0.2.1", "192.0.2.1/32", "198.51.100.9/24"],
        ),
    )
    assert made.endpoint.startswith("trunk-")
    assert len(made.endpoint) == 16
    assert made.has_secret
    assert "s3cret" not in made.model_dump_json()
    assert made.addresses == ["192.0.2.1", "198.51.100.0/24"]
    changed = await services.trunks.update(
        scope, made.id, TrunkPatch(name="Other", addresses=["192.0.2.1"]), made.version
    )
    assert (changed.name, changed.addresses, changed.has_secret) == ("Other", ["192.0.2.1"], True)
    assert changed.version > made.version
    with pytest.raises(Stale):
        await services.trunks.update(scope, made.id, TrunkPatch(name="Late"), made.version)
    with pytest.raises(Invalid) as invalid:
        await services.trunks.update(scope, made.id, TrunkPatch(secret=None))
    assert [each.field for each in invalid.value.fields] == ["body.secret"]
    await services.trunks.delete(scope, made.id)
    with pytest.raises(NotFound):
        await services.trunks.get(scope, made.id)


async def test_an_address_belongs_to_one_trunk_of_all_tenants(
    services: Services, database: Database, scope: Scope
) -> None:
    other = await add_customer(database, "other")
    await services.trunks.create(scope, trunk("A", inbound=True, addresses=["192.0.2.0/24"]))
    with pytest.raises(Conflict, match=r"192\.0\.2\.7"):
        await services.trunks.create(other, trunk("B", inbound=True, addresses=["192.0.2.7"]))
    mine = await services.trunks.create(other, trunk("B", inbound=True, addresses=["198.51.100.7"]))
    again = await services.trunks.update(
        other, mine.id, TrunkPatch(addresses=["198.51.100.7", "198.51.100.8"])
    )
    assert again.addresses == ["198.51.100.7", "198.51.100.8"], "its own addresses do not collide"


async def test_the_limit_of_trunks_is_kept_and_recorded(
    services: Services, database: Database, scope: Scope
) -> None:
    async with database.transaction(scope) as session:
        (await session.get_one(Tenant, scope.tenant)).max_trunks = 1
    await services.trunks.create(scope, trunk("A"))
    with pytest.raises(LimitReached):
        await services.trunks.create(scope, trunk("B"))
    await services.events.flush()
    events = await services.events.list(scope, EventQuery())
    assert [(event.number, event.level) for event in events.items] == [(8193, "error")]


async def test_a_used_trunk_stays(services: Services, scope: Scope) -> None:
    made = await services.trunks.create(scope, trunk("A"))
    await services.dids.create(scope, did("0201", trunk=made.id))
    await services.rules.create(scope, rule("All", made.id))
    with pytest.raises(InUse) as refused:
        await services.trunks.delete(scope, made.id)
    assert refused.value.used_by == ("DID 0201", "outbound rule All")


async def test_lists_have_pages_filters_and_order(services: Services, scope: Scope) -> None:
    for name in ("C", "A", "B"):
        await services.trunks.create(scope, trunk(name, disabled=name == "B"))
    first = await services.trunks.list(scope, TrunkQuery(limit=2))
    rest = await services.trunks.list(scope, TrunkQuery(limit=2, cursor=first.next))
    assert [row.name for row in first.items + rest.items] == ["A", "B", "C"]
    assert rest.next is None
    found = await services.trunks.list(scope, TrunkQuery(disabled=False, sort="-name"))
    assert [row.name for row in found.items] == ["C", "A"]


async def test_other_tenants_see_and_touch_nothing(
    services: Services, database: Database, scope: Scope
) -> None:
    other = await add_customer(database, "other")
    made = await services.trunks.create(scope, trunk("A"))
    number = await services.dids.create(scope, did("0201"))
    assert (await services.trunks.list(other, TrunkQuery())).items == []
    with pytest.raises(NotFound):
        await services.trunks.get(other, made.id)
    with pytest.raises(NotFound):
        await services.trunks.update(other, made.id, TrunkPatch(name="Mine"))
    with pytest.raises(NotFound):
        await services.dids.delete(other, number.id)
    with pytest.raises(Invalid, match="no such trunk"):
        await services.dids.create(other, did("0202", trunk=made.id))
    with pytest.raises(Invalid, match="no such trunk"):
        await services.rules.create(other, rule("All", made.id))


async def test_services_check_rights_themselves(services: Services, scope: Scope) -> None:
    def by(role: Role) -> Scope:
        grants = (Grant(role, "d1"),)
        return Scope(scope.tenant, Actor(ActorKind.USER, "u1", "Ada", scope.tenant, grants))

    for role in (Role.USER, Role.RECEPTIONIST, Role.MANAGER):
        with pytest.raises(Denied):
            await services.trunks.create(by(role), trunk("A"))
        with pytest.raises(Denied):
            await services.dids.list(by(role), DidQuery())
        with pytest.raises(Denied):
            await services.emergency.create(by(role), EmergencyNumberCreate(number="112"))
    for role in (Role.DEPARTMENT_ADMIN, Role.OWNER, Role.SYSTEM_ADMIN, Role.SYSTEM_OWNER):
        assert (await services.rules.list(by(role), OutboundRuleQuery())).items == []


async def test_a_did_leads_only_where_calls_can_go(
    services: Services, database: Database, scope: Scope
) -> None:
    ada = await add_employee(database, scope, "101")
    async with database.transaction(scope) as session:
        (await session.get_one(Tenant, scope.tenant)).country = "NL"
    made = await services.dids.create(scope, did("0201234567", "user", ada.user_id))
    assert made.e164 == "+31201234567"
    moved = await services.dids.update(
        scope,
        made.id,
        DidPatch.model_validate({"destination": {"kind": "extension", "ref": "101"}}),
    )
    assert (moved.destination.ref, moved.number) == ("101", "0201234567")
    for kind, ref in (
        ("user", "nobody"),
        ("extension", "999"),
        ("external", "sip:x@y"),
        ("end_call", "101"),
    ):
        with pytest.raises(Invalid) as invalid:
            await services.dids.create(scope, did("0202", kind, ref))
        assert [each.field for each in invalid.value.fields] == ["body.destination.ref"]
    await services.dids.create(scope, did("0203", "external", "+31612345678"))


async def test_a_number_is_unique_per_trunk(services: Services, scope: Scope) -> None:
    made = await services.trunks.create(scope, trunk("A"))
    for where in (None, made.id):
        await services.dids.create(scope, did("0201", trunk=where))
        with pytest.raises(Taken) as taken:
            await services.dids.create(scope, did("0201", trunk=where))
        assert "number" in [each.field for each in taken.value.fields]


async def test_bulk_does_all_or_nothing_and_names_wrong_rows(
    services: Services, scope: Scope
) -> None:
    old = await services.dids.create(scope, did("0201"))
    gone = await services.dids.create(scope, did("0209"))
    with pytest.raises(Invalid) as invalid:
        await services.dids.bulk(
            scope,
            DidBulk(create=[did("0202"), did("0202"), did("0203", "user", "x")], delete=[gone.id]),
        )
    fields = [each.field for each in invalid.value.fields]
    assert "body.create.1.number" in fields
    assert "body.create.2.destination.ref" in fields
    assert [d.number for d in (await services.dids.list(scope, DidQuery())).items] == [
        "0201",
        "0209",
    ]
    done = await services.dids.bulk(
        scope,
        DidBulk(create=[did("0202")], update=[DidChange(id=old.id, name="Desk")], delete=[gone.id]),
    )
    assert (done.created[0].number, done.updated[0].name, done.deleted) == ("0202", "Desk", 1)


async def test_rules_keep_their_order(services: Services, scope: Scope) -> None:
    made = await services.trunks.create(scope, trunk("A"))
    rules = [
        await services.rules.create(scope, rule(name, made.id)) for name in ("one", "two", "three")
    ]

    async def names() -> list[str]:
        page = await services.rules.list(scope, OutboundRuleQuery())
        return [rule.name for rule in page.items]

    up = OutboundRuleMove(direction=Direction.UP)
    assert await names() == ["one", "two", "three"]
    await services.rules.move(scope, rules[2].id, up)
    assert await names() == ["one", "three", "two"]
    await services.rules.move(scope, rules[0].id, up)
    assert await names() == ["one", "three", "two"], "the first stays first"
    await services.rules.delete(scope, rules[2].id)
    await services.rules.create(scope, rule("four", made.id))
    assert await names() == ["one", "two", "four"]
    with pytest.raises(Invalid, match="routes"):
        await services.rules.update(scope, rules[0].id, OutboundRulePatch(routes=[]))


async def test_emergency_numbers(services: Services, scope: Scope) -> None:
    made = await services.emergency.create(scope, EmergencyNumberCreate(number="112"))
    with pytest.raises(Taken):
        await services.emergency.create(scope, EmergencyNumberCreate(number="112"))
    page = await services.emergency.list(scope, EmergencyNumberQuery())
    assert [row.number for row in page.items] == ["112"]
    await services.emergency.delete(scope, made.id)
    assert (await services.emergency.list(scope, EmergencyNumberQuery())).items == []


async def test_a_number_with_and_without_plus_is_one_number(
    services: Services, scope: Scope
) -> None:
    made = await services.trunks.create(scope, trunk("A"))
    first = await services.dids.create(scope, did("+31201234567", trunk=made.id))
    with pytest.raises(Taken, match=r"written \+31201234567"):
        await services.dids.create(scope, did("31201234567", trunk=made.id))
    await services.dids.create(scope, did("31201234567"))
    await services.dids.update(scope, first.id, DidPatch(name="Main"))
    with pytest.raises(Taken, match="written 31201234567"):
        await services.dids.update(scope, first.id, DidPatch(trunk=None))
