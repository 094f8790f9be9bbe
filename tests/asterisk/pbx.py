"""A small PBX in a database of its own, for tests of the real Asterisk."""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.schema import migrate
from orchestrator.db.session import Database
from orchestrator.devices.model import Device
from orchestrator.devices.rules import DeviceKind
from orchestrator.numbers.model import Did
from orchestrator.people.model import Extension, User
from orchestrator.people.rules import OwnerKind
from orchestrator.routing.model import EmergencyNumber
from orchestrator.settings import Settings
from orchestrator.tenants.model import Tenant
from orchestrator.tenants.rules import TenantKind
from orchestrator.trunks.model import Trunk, TrunkAddress
from orchestrator.trunks.rules import Registration
from orchestrator.types import SYSTEM_ACTOR, DestinationKind, Scope, TenantId, new_id
from tests.phones.phone import Account
from tests.tools import CACHE

TRUNK = "trunk-aaaaaaaaaa"
PROVIDER_HOST = "127.0.0.9"


def settings(home: Path) -> Settings:
    """Settings of a node on loopback with ports of the system's choice."""
    return Settings(
        home=home,
        packages=CACHE,
        sip_host="127.0.0.1",
        sip_port=0,
        asterisk_http_port=0,
        speak_prompts=False,
    )


@dataclass(frozen=True, slots=True)
class Pbx:
    """Tenant `acme`: numbers with a device each, a trunk at `PROVIDER_HOST`, 112 and one DID."""

    accounts: dict[str, Account] = field(default_factory=dict)
    did: str = "+31201234567"
    main_number: str = "+31201234500"


async def make_pbx(of: Settings, provider_port: int, numbers: tuple[str, ...]) -> Pbx:
    """Make the database of `of` and fill it; the first of `numbers` owns the DID."""
    await migrate(of)
    database = Database(of.database)
    pbx = Pbx()
    tenant = TenantId(new_id())
    try:
        async with database.reading() as session:
            root = (await session.execute(select(Tenant.id))).scalar_one()
        async with database.transaction(Scope(tenant, SYSTEM_ACTOR)) as session:
            customer = TenantKind.CUSTOMER
            session.add(Tenant(id=tenant, parent_id=root, kind=customer, slug="acme", name="Acme"))
            await session.flush()
            owner, *_ = [await _add_person(session, tenant, pbx, number) for number in numbers]
            await _add_trunk(session, tenant, pbx, provider_port, owner)
    finally:
        await database.close()
    return pbx


async def _add_person(session: AsyncSession, tenant: str, pbx: Pbx, number: str) -> str:
    """A user with a number and a device; returns the user's id."""
    account = pbx.accounts[number] = Account(f"u{number}aaaaaa", f"secret{number}")
    user = User(id=new_id(), tenant_id=tenant, first_name=f"User {number}")
    session.add(user)
    await session.flush()
    session.add_all(
        (
            Extension(tenant_id=tenant, number=number, owner_kind=OwnerKind.USER, owner_id=user.id),
            Device(
                tenant_id=tenant,
                user_id=user.id,
                name="Desk",
                kind=DeviceKind.DESK_PHONE,
                sip_username=account.username,
                sip_secret=account.password,
                codecs="alaw,ulaw",
                max_contacts=1,
            ),
        )
    )
    return user.id


async def _add_trunk(session: AsyncSession, tenant: str, pbx: Pbx, port: int, owner: str) -> None:
    """The trunk with its address and DID, and the emergency number."""
    trunk = Trunk(
        id=new_id(),
        tenant_id=tenant,
        name="Provider",
        registration=Registration.NONE,
        endpoint=TRUNK,
        host=PROVIDER_HOST,
        port=port,
        caller_id=pbx.main_number,
        # Phones of tests answer OPTIONS only while they wait for calls.
        qualify_seconds=0,
    )
    session.add(trunk)
    await session.flush()
    session.add_all(
        (
            TrunkAddress(tenant_id=tenant, trunk_id=trunk.id, address=PROVIDER_HOST),
            EmergencyNumber(tenant_id=tenant, number="112"),
            Did(
                tenant_id=tenant,
                trunk_id=trunk.id,
                number=pbx.did,
                destination_kind=DestinationKind.USER,
                destination_ref=owner,
            ),
        )
    )
