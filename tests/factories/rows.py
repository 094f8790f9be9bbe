"""Rows for tests that need a real database: tenants, people with phones, trunks."""

from dataclasses import dataclass

from sqlalchemy import select

from orchestrator.db.session import Database
from orchestrator.departments.model import Department
from orchestrator.devices.model import Device
from orchestrator.devices.rules import DeviceKind
from orchestrator.people.model import Extension, Membership, User
from orchestrator.people.rules import OwnerKind
from orchestrator.tenants.model import Tenant
from orchestrator.tenants.rules import TenantKind
from orchestrator.types import SYSTEM_ACTOR, Role, Scope, TenantId, new_id
from tests.phones.phone import Account


@dataclass(frozen=True, slots=True)
class Employee:
    """A person with a number and one device; `account` is what the phone is set up with."""

    user_id: str
    number: str
    account: Account


async def add_customer(database: Database, slug: str) -> Scope:
    """A customer right below the platform with one department; the scope to act in it."""
    root = await _platform(database)
    tenant = Tenant(
        id=new_id(), parent_id=root, kind=TenantKind.CUSTOMER, slug=slug, name=slug.title()
    )
    scope = Scope(TenantId(tenant.id), SYSTEM_ACTOR)
    async with database.transaction(scope) as session:
        session.add(tenant)
        await session.flush()
        session.add(Department(id=new_id(), name="All", is_default=True))
    return scope


async def add_employee(database: Database, scope: Scope, number: str) -> Employee:
    """A person with `number` and one desk phone, in the tenant's first department."""
    user = User(id=new_id(), first_name="User", last_name=number)
    account = Account(f"u{new_id()[-9:]}", f"secret-{number}")
    async with database.transaction(scope) as session:
        department = await session.scalar(
            select(Department.id).where(Department.tenant_id == scope.tenant).limit(1)
        )
        session.add(user)
        await session.flush()
        session.add_all(
            (
                Membership(user_id=user.id, department_id=department, role=Role.USER, is_main=True),
                Extension(number=number, owner_kind=OwnerKind.USER, owner_id=user.id),
                Device(
                    user_id=user.id,
                    name="Desk",
                    kind=DeviceKind.DESK_PHONE,
                    sip_username=account.username,
                    sip_secret=account.password,
                ),
            )
        )
    return Employee(user.id, number, account)


async def _platform(database: Database) -> str:
    async with database.reading() as session:
        found = await session.scalar(select(Tenant.id).where(Tenant.kind == TenantKind.PLATFORM))
    assert found is not None, "the migrations make the platform tenant"
    return found
