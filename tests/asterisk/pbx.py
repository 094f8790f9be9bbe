"""A small PBX in a database of its own, for tests of the real Asterisk."""

from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from orchestrator.db.schema import migrate
from orchestrator.db.session import Database
from orchestrator.devices.model import Device
from orchestrator.devices.rules import DeviceKind
from orchestrator.numbers.model import Did
from orchestrator.people.model import Extension, OwnerKind, User
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
    )


@dataclass(frozen=True, slots=True)
class Pbx:
    """Tenant `acme`: numbers with a device each, a trunk at `PROVIDER_HOST`, 112 and one DID."""

    accounts: dict[str, Account] = field(default_factory=dict)
    did: str = "+31201234567"
    main_number: str = "+31201234500"


async def make_pbx(of: Settings, provider_port: int, numbers: tuple[str, ...]) -> Pbx:
    """Make the database of `of` and fill it."""
    await migrate(of)
    database = Database(of.database)
    pbx = Pbx()
    try:
        async with database.reading() as session:
            root = (await session.execute(select(Tenant.id))).scalar_one()
        tenant = TenantId(new_id())
        async with database.transaction(Scope(tenant, SYSTEM_ACTOR)) as session:
            session.add(
                Tenant(
                    id=tenant, parent_id=root, kind=TenantKind.CUSTOMER, slug="acme", name="Acme"
                )
            )
            await session.flush()
            people = {
                number: User(id=new_id(), tenant_id=tenant, first_name=f"User {number}")
                for number in numbers
            }
            session.add_all(people.values())
            await session.flush()
            for number, user in people.items():
                account = Account(f"u{number}aaaaaa", f"secret{number}")
                pbx.accounts[number] = account
                session.add(
                    Extension(
                        tenant_id=tenant, number=number, owner_kind=OwnerKind.USER, owner_id=user.id
                    )
                )
                session.add(
                    Device(
                        tenant_id=tenant,
                        user_id=user.id,
                        name="Desk",
                        kind=DeviceKind.DESK_PHONE,
                        sip_username=account.username,
                        sip_secret=account.password,
                        codecs="alaw,ulaw",
                        max_contacts=1,
                    )
                )
            trunk = Trunk(
                id=new_id(),
                tenant_id=tenant,
                name="Provider",
                registration=Registration.NONE,
                endpoint=TRUNK,
                host=PROVIDER_HOST,
                port=provider_port,
                caller_id=pbx.main_number,
            )
            session.add(trunk)
            await session.flush()
            session.add(TrunkAddress(tenant_id=tenant, trunk_id=trunk.id, address=PROVIDER_HOST))
            session.add(EmergencyNumber(tenant_id=tenant, number="112"))
            session.add(
                Did(
                    tenant_id=tenant,
                    trunk_id=trunk.id,
                    number=pbx.did,
                    destination_kind=DestinationKind.USER,
                    destination_ref=people[numbers[0]].id,
                )
            )
    finally:
        await database.close()
    return pbx
