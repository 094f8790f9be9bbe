"""How calls come in: which number was called, who calls, where it leads, whether a trunk works."""

import secrets
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from orchestrator.events.rules import Events
from orchestrator.events.schemas import EventOut, EventQuery
from orchestrator.trunks.model import Trunk
from orchestrator.trunks.rules import Registration
from orchestrator.trunks.schemas import TrunkCreate, TrunkOut
from orchestrator.trunks.state import TrunkState
from tests.asterisk.office import Office, next_provider_host, until, until_found
from tests.phones.phone import Account
from tests.phones.registrar import RegistrarPhone

pytestmark = pytest.mark.xdist_group("real")

OURS = "+31201234567"


async def state_of(office: Office, trunk: str) -> TrunkState:
    return (await office.centrale.services.trunks.get(office.books.scope, trunk)).state


async def until_state(office: Office, trunk: str, wanted: TrunkState, seconds: float = 10) -> None:
    async def reached() -> bool:
        return await state_of(office, trunk) is wanted

    await until_found(reached, seconds=seconds)


async def events(office: Office, event: Events, count: int) -> list[EventOut]:
    """The customer's events of one kind, oldest first, once there are `count`."""
    query = EventQuery(number=event.value.number, sort="at")

    async def page() -> list[EventOut]:
        return (await office.centrale.services.events.list(office.books.scope, query)).items

    async def written() -> bool:
        return len(await page()) >= count

    await until_found(written)
    return await page()


# -- whether a trunk works -------------------------------------------------------------------


@pytest_asyncio.fixture
async def registrar(office: Office) -> AsyncIterator[RegistrarPhone]:
    known = Account(f"line{secrets.token_hex(3)}", secrets.token_hex(8))
    host = next_provider_host()
    async with RegistrarPhone(office.sip, office.folder, known, host=host) as phone:
        yield phone


async def subscribe(office: Office, registrar: RegistrarPhone, **fields: object) -> TrunkOut:
    """Set a trunk up that registers, as an administrator does."""
    body = TrunkCreate.model_validate(
        {
            "name": "Provider",
            "registration": Registration.OUTBOUND,
            "host": registrar.address.host,
            "port": registrar.address.port,
            "username": registrar.known.username,
            "secret": registrar.known.password,
            "qualify_seconds": 0,
        }
        | fields
    )
    trunk = await office.centrale.services.trunks.create(office.books.scope, body)
    await until(lambda: trunk.id in office.plan.trunks)
    return trunk


async def test_given_a_provider_that_refuses_the_account_when_it_is_mended_then_the_trunk_is_up(
    office: Office, registrar: RegistrarPhone
) -> None:
    trunk = await subscribe(office, registrar, secret="mistyped")
    assert trunk.state is TrunkState.UNKNOWN
    await until_state(office, trunk.id, TrunkState.UNREGISTERED)
    assert office.centrale.node.registry.trunk_down(trunk.id)
    await office.books.change(Trunk, trunk.id, secret=registrar.known.password)
    await until_state(office, trunk.id, TrunkState.UP)
    assert office.centrale.node.registry.trunk_down(trunk.id) is None
    found = await events(office, Events.TRUNK_STATUS, 2)
    assert [(e.details["from"], e.details["to"]) for e in found] == [
        ("unknown", "unregistered"),
        ("unregistered", "up"),
    ]
    assert "refused the registration" in found[0].message


async def test_given_a_provider_that_answers_options_when_it_is_silent_then_it_is_unreachable(
    office: Office,
) -> None:
    provider = await office.provider()
    waiting = await provider.phone.answer()
    await office.books.change(Trunk, provider.trunk_id, qualify_seconds=10)
    await waiting.until_received("OPTIONS", timeout=15)
    await until_state(office, provider.trunk_id, TrunkState.UP)
    await waiting.kill()
    await until_state(office, provider.trunk_id, TrunkState.UNREACHABLE, seconds=25)
    back = await provider.phone.answer()
    await until_state(office, provider.trunk_id, TrunkState.UP, seconds=25)
    await back.stop()
    found = await events(office, Events.TRUNK_STATUS, 2)
    assert [(e.details["from"], e.details["to"]) for e in found] == [
        ("up", "unreachable"),
        ("unreachable", "up"),
    ]
    await office.books.change(Trunk, provider.trunk_id, qualify_seconds=0)
