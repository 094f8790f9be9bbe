"""Dial codes of a tenant, and the numbers that collide with them, through the services."""

import pytest

from orchestrator.clock import SystemClock
from orchestrator.db.session import Database
from orchestrator.devices.service import SipAddress
from orchestrator.errors import Denied, Invalid, Stale
from orchestrator.events.service import EventService
from orchestrator.options.codes import DialCodeService
from orchestrator.options.rules import DEFAULT_CODES, Code
from orchestrator.options.schemas import DialCodesPatch
from orchestrator.people.schemas import UserCreate, UserPatch
from orchestrator.routing.read_model import ReadModel
from orchestrator.routing.schemas import EmergencyNumberCreate
from orchestrator.types import Actor, ActorKind, Grant, Role, Scope
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
def service(services: Services) -> DialCodeService:
    return services.dial_codes


@pytest.fixture
async def scope(database: Database) -> Scope:
    return await add_customer(database, "acme")


def patch(**codes: str | None) -> DialCodesPatch:
    return DialCodesPatch.model_validate({"codes": codes})


async def test_all_functions_have_their_defaults(service: DialCodeService, scope: Scope) -> None:
    shown = await service.get(scope)
    assert shown.version == 0
    assert {code: each.code for code, each in shown.codes.items()} == DEFAULT_CODES
    assert all(each.hidden_by is None for each in shown.codes.values())


async def test_a_code_is_changed_switched_off_and_set_back(
    service: DialCodeService, database: Database, scope: Scope
) -> None:
    first = await service.update(scope, patch(park="#1", billing="", hours_override="*64"))
    plan = (await ReadModel(database).load()).tenants[scope.tenant]
    assert (plan.options.codes[Code.PARK], plan.options.codes[Code.BILLING]) == ("#1", "")
    with pytest.raises(Stale):
        await service.update(scope, patch(park="#2"), 0)
    second = await service.update(scope, patch(park=None), first.version)
    assert second.codes[Code.PARK].code == "*0"
    assert second.codes[Code.HOURS_OVERRIDE].code == "*64"
    assert second.version > first.version


@pytest.mark.parametrize(
    ("codes", "errors"),
    [
        pytest.param(
            {"park": "*1"},
            {"body.codes.park": "cannot be told apart from *1 (unpark)"},
            id="the same",
        ),
        pytest.param(
            {"intercom": "*7"},
            {"body.codes.intercom": "cannot be told apart from *77* (hot_desking)"},
            id="begins another",
        ),
        pytest.param(
            {"queue_log_in": "*03"},
            {"body.codes.queue_log_in": "cannot be told apart from *0 (park)"},
            id="another begins it",
        ),
        pytest.param(
            {"voicemail_menu": "101"},
            {"body.codes.voicemail_menu": "takes the extension 101"},
            id="an extension",
        ),
        pytest.param(
            {"queue_log_out": "911"},
            {"body.codes.queue_log_out": "takes the emergency number 911"},
            id="an emergency number",
        ),
        pytest.param(
            {"intercom": "*2*"},
            {"body.codes.intercom": "takes the extension *2*5"},
            id="begins an extension",
        ),
    ],
)
async def test_codes_that_collide_are_refused_by_name(
    services: Services, database: Database, codes: dict[str, str], errors: dict[str, str]
) -> None:
    scope = await add_customer(database, "acme")
    for number in ("101", "*2*5"):
        await add_employee(database, scope, number)
    await services.emergency_numbers.create(scope, EmergencyNumberCreate(number="911"))
    with pytest.raises(Invalid) as refused:
        await services.dial_codes.update(scope, patch(**codes))
    assert {each.field: each.message for each in refused.value.fields} == errors
    assert (await services.dial_codes.get(scope)).version == 0, "nothing was written"


async def test_two_codes_change_places_in_one_step(service: DialCodeService, scope: Scope) -> None:
    changed = await service.update(scope, patch(park="*1", unpark="*0"))
    assert (changed.codes[Code.PARK].code, changed.codes[Code.UNPARK].code) == ("*1", "*0")


async def test_everybody_sees_the_codes_and_few_change_them(
    service: DialCodeService, scope: Scope
) -> None:
    grants = (Grant(Role.USER, "d1"),)
    user = Scope(scope.tenant, Actor(ActorKind.USER, "u", "U", scope.tenant, grants))
    assert (await service.get(user)).codes[Code.PARK].code == "*0"
    with pytest.raises(Denied):
        await service.update(user, patch(park="#1"))


async def test_an_extension_that_a_code_takes_is_refused(services: Services, scope: Scope) -> None:
    for number in ("999", "*4101", "*30", "10**5"):
        with pytest.raises(Invalid) as refused:
            await services.users.create(scope, UserCreate(number=number))
        assert [each.field for each in refused.value.fields] == ["body.number"]
    made = await services.users.create(scope, UserCreate(number="101"))
    with pytest.raises(Invalid, match="voicemail_menu"):
        await services.users.update(scope, made.id, UserPatch(number="999"))
    await services.dial_codes.update(scope, patch(voicemail_menu=""))
    moved = await services.users.update(scope, made.id, UserPatch(number="999"))
    assert moved.number == "999"
    with pytest.raises(Invalid, match="extension 999"):
        await services.dial_codes.update(scope, patch(voicemail_menu=None))


async def test_a_number_from_before_hides_a_code_and_blocks_no_other_change(
    service: DialCodeService, database: Database, scope: Scope
) -> None:
    await add_employee(database, scope, "999")
    shown = await service.update(scope, patch(park="#1"))
    assert shown.codes[Code.VOICEMAIL_MENU].hidden_by == "extension 999"
    assert shown.codes[Code.PARK].hidden_by is None
