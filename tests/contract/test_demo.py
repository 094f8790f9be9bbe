"""The demo tenant: made once, remembered, and never beside real customers."""

from pathlib import Path

from pydantic import SecretStr

from orchestrator.clock import SystemClock
from orchestrator.db.session import Database
from orchestrator.demo import ensure_demo
from orchestrator.devices.service import SipAddress
from orchestrator.events.service import EventService
from orchestrator.routing.read_model import ReadModel
from orchestrator.signin.schemas import SignInRequest
from orchestrator.signin.service import Client
from orchestrator.tenants.schemas import OperatorCreate
from orchestrator.types import SYSTEM_ACTOR, Scope
from orchestrator.web.services import Ground, build_services
from orchestrator.web.table import Services
from tests.factories.rows import add_customer


def services_of(database: Database) -> Services:
    clock = SystemClock()
    events = EventService(database, clock)
    return build_services(Ground(database, events, clock, SipAddress("127.0.0.1", 5060)))


async def signs_in(services: Services, email: str, password: str) -> bool:
    asked = SignInRequest(email=email, password=SecretStr(password))
    return bool((await services.sign_ins.sign_in(asked, Client("127.0.0.1", "test"))).token)


async def test_the_demo_can_be_called_and_signed_in_to(database: Database, tmp_path: Path) -> None:
    services = services_of(database)
    demo = await ensure_demo(services, tmp_path)
    assert demo is not None
    assert await signs_in(services, demo.operator, demo.operator_password)
    assert await signs_in(services, demo.user, demo.user_password)
    plan = await ReadModel(database).load()
    tenant = next(each for each in plan.tenants.values() if each.slug == "demo")
    assert sorted(tenant.extensions) == [phone.number for phone in demo.phones]
    assert {phone.username for phone in demo.phones} <= plan.endpoints.keys()
    assert sorted(did.number for did in tenant.dids) == demo.dids
    assert tenant.emergency_numbers == {"112": None}


async def test_the_demo_is_remembered_and_its_file_is_private(
    database: Database, tmp_path: Path
) -> None:
    services = services_of(database)
    first = await ensure_demo(services, tmp_path)
    assert await ensure_demo(services, tmp_path) == first
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0


async def test_no_demo_is_made_beside_customers(database: Database, tmp_path: Path) -> None:
    await add_customer(database, "acme")
    assert await ensure_demo(services_of(database), tmp_path) is None


async def test_a_demo_that_was_cut_off_is_made_again(database: Database, tmp_path: Path) -> None:
    services = services_of(database)
    platform = await services.tenants.place_of("platform")
    assert platform is not None
    forgotten = OperatorCreate(
        name="Administrator", email="admin@example.com", password=SecretStr("nobody-knows-it")
    )
    await services.operators.create(Scope(platform.id, SYSTEM_ACTOR), forgotten)
    demo = await ensure_demo(services, tmp_path)
    assert demo is not None
    assert await signs_in(services, demo.operator, demo.operator_password)
