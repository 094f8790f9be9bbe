"""Options of a tenant, through their service."""

import pytest
from sqlalchemy import select

from orchestrator.clock import SystemClock
from orchestrator.db.session import Database
from orchestrator.devices.service import SipAddress
from orchestrator.errors import Denied, InUse, Invalid, Stale
from orchestrator.events.service import EventService
from orchestrator.options.model import TenantOptions
from orchestrator.options.rules import NameSource
from orchestrator.options.schemas import OptionsPatch
from orchestrator.options.service import OptionsService
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
def service(services: Services) -> OptionsService:
    return services.options


@pytest.fixture
async def scope(database: Database) -> Scope:
    return await add_customer(database, "acme")


def patch(**areas: dict[str, object]) -> OptionsPatch:
    return OptionsPatch.model_validate(areas)


def user_in(scope: Scope, role: Role, **overrides: bool) -> Scope:
    named = tuple((name.replace("__", "."), on) for name, on in overrides.items())
    grant = Grant(role, "d1", named)
    return Scope(scope.tenant, Actor(ActorKind.USER, "u", "U", scope.tenant, (grant,)))


async def test_a_patch_touches_only_what_it_names(service: OptionsService, scope: Scope) -> None:
    before = await service.get(scope)
    assert before.version == 0
    await service.update(scope, patch(parking={"max_calls": 3}))
    await service.update(scope, patch(parking={"return_seconds": 0}, calls={"name_source": "did"}))
    after = await service.get(scope)
    assert (after.parking.max_calls, after.parking.return_seconds) == (3, 0)
    assert after.calls.name_source is NameSource.DID
    assert (after.outbound, after.emergency) == (before.outbound, before.emergency)


async def test_one_version_guards_all_areas(service: OptionsService, scope: Scope) -> None:
    first = await service.update(scope, patch(outbound={"in_hours_only": True}), 0)
    with pytest.raises(Stale):
        await service.update(scope, patch(parking={"max_calls": 1}), 0)
    second = await service.update(scope, patch(parking={"max_calls": 1}), first.version)
    assert second.version > first.version
    same = await service.update(scope, patch(), second.version)
    assert same.version == second.version


async def test_the_first_edit_of_somebody_who_read_more_is_stale(
    service: OptionsService, scope: Scope
) -> None:
    with pytest.raises(Stale):
        await service.update(scope, patch(parking={"max_calls": 1}), 3)


async def test_each_area_needs_its_own_right(service: OptionsService, scope: Scope) -> None:
    nobody = user_in(scope, Role.USER)
    with pytest.raises(Denied):
        await service.update(nobody, patch(statuses={"custom_away": "Sick"}))
    seen = await service.get(nobody)
    assert (seen.outbound, seen.emergency, seen.parking, seen.calls) == (None, None, None, None)
    assert seen.statuses.custom_away == ""
    handler = user_in(scope, Role.USER, manage__call_handling=True)
    changed = await service.update(handler, patch(parking={"max_calls": 2}))
    assert (changed.parking.max_calls, changed.outbound) == (2, None)
    with pytest.raises(Denied):
        await service.update(handler, patch(parking={"max_calls": 4}, outbound={}))
    dialler = user_in(scope, Role.USER, manage__outbound_rules=True)
    allowed = await service.update(dialler, patch(outbound={"allowed_countries": ["NL"]}))
    assert allowed.outbound.allowed_countries == ["NL"]
    assert (await service.get(scope)).parking.max_calls == 2


async def test_what_is_named_must_exist(service: OptionsService, scope: Scope) -> None:
    with pytest.raises(Invalid) as stranger:
        await service.update(scope, patch(emergency={"call": ["nobody"]}))
    assert [each.field for each in stranger.value.fields] == ["body.emergency.call.0"]
    gone = {"kind": "user", "ref": "nobody"}
    with pytest.raises(Invalid) as nowhere:
        await service.update(scope, patch(parking={"return_to": gone}))
    assert [each.field for each in nowhere.value.fields] == ["body.parking.return_to.ref"]


async def test_who_is_named_is_not_deleted(
    services: Services, database: Database, scope: Scope
) -> None:
    service, users = services.options, services.users
    ada = await add_employee(database, scope, "101")
    to_ada = {"kind": "user", "ref": ada.user_id}
    named = patch(emergency={"call": [ada.user_id]}, parking={"return_to": to_ada})
    await service.update(scope, named)
    with pytest.raises(InUse) as refused:
        await users.delete(scope, ada.user_id)
    assert refused.value.used_by == ("option parking.return_to", "option emergency.call")
    await service.update(scope, patch(emergency={"call": []}, parking={"return_to": None}))
    await users.delete(scope, ada.user_id)
    assert (await service.get(scope)).emergency.call == []


async def test_calls_see_the_options_and_a_damaged_document_stops_nothing(
    service: OptionsService, database: Database, scope: Scope
) -> None:
    ada = await add_employee(database, scope, "101")
    to_ada = {"kind": "user", "ref": ada.user_id}
    await service.update(scope, patch(parking={"return_to": to_ada}, statuses={"custom_away": "X"}))
    plan = (await ReadModel(database).load()).tenants[scope.tenant]
    assert plan.options.parking.return_to == Destination(DestinationKind.USER, ada.user_id)
    async with database.transaction(scope) as session:
        stored = await session.scalar(select(TenantOptions))
        assert stored is not None
        stored.parking = {"max_calls": "many"}
    damaged = (await ReadModel(database).load()).tenants[scope.tenant]
    assert damaged.options.parking.return_to is None
    assert damaged.options.statuses.custom_away == "X"
    repaired = await service.update(scope, patch(parking={"return_seconds": 5}))
    assert (repaired.parking.max_calls, repaired.parking.return_seconds) == (0, 5)
