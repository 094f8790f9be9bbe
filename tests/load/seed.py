"""The database of a measured system: one customer whose people have one device each."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.db.base import Base
from orchestrator.db.engine import WRITES, make_engine
from orchestrator.db.schema import migrate
from orchestrator.departments.model import Department
from orchestrator.devices.model import Device, DeviceKind
from orchestrator.people.model import Extension, Membership, OwnerKind, User
from orchestrator.settings import Settings
from orchestrator.tenants.model import Tenant, TenantKind
from orchestrator.types import Role, new_id

_FIRST_NUMBER = 1000


@dataclass(frozen=True, slots=True)
class Phone:
    """A device of the measured system. Its SIP name is `phone<number>`, so that a native
    dialplan can reach it without asking a database."""

    number: str
    secret: str

    @property
    def username(self) -> str:
        return f"phone{self.number}"


def seed(settings: Settings, count: int) -> list[Phone]:
    """Make the schema and `count` people (at most 9,000), each with a number and a phone."""
    phones = [Phone(str(_FIRST_NUMBER + i), secrets.token_hex(8)) for i in range(count)]
    asyncio.run(_seed(settings, phones))
    return phones


async def _seed(settings: Settings, phones: Sequence[Phone]) -> None:
    await migrate(settings)
    engine = make_engine(settings.database)
    try:
        async with engine.execution_options(**{WRITES: True}).begin() as connection:
            await _insert(connection, phones)
    finally:
        await engine.dispose()


async def _insert(connection: AsyncConnection, phones: Sequence[Phone]) -> None:
    platform = await connection.scalar(select(Tenant.id).where(Tenant.kind == TenantKind.PLATFORM))
    tenant, department = new_id(), new_id()
    users = [new_id() for _ in phones]
    owned = {"tenant_id": tenant}
    customer = {"id": tenant, "parent_id": platform, "slug": "load", "name": "Load"}
    rows: list[tuple[type[Base], list[dict[str, object]]]] = [
        (Tenant, [{**customer, "kind": TenantKind.CUSTOMER}]),
        (Department, [{**owned, "id": department, "name": "All", "is_default": True}]),
        (
            User,
            [
                {**owned, "id": user, "first_name": "Phone", "last_name": phone.number}
                for user, phone in zip(users, phones, strict=True)
            ],
        ),
        (
            Membership,
            [
                {
                    **owned,
                    "user_id": user,
                    "department_id": department,
                    "role": Role.USER,
                    "is_main": True,
                }
                for user in users
            ],
        ),
        (
            Extension,
            [
                {
                    **owned,
                    "number": phone.number,
                    "owner_kind": OwnerKind.USER,
                    "owner_id": user,
                }
                for user, phone in zip(users, phones, strict=True)
            ],
        ),
        (
            Device,
            [
                {
                    **owned,
                    "user_id": user,
                    "name": "Desk",
                    "kind": DeviceKind.DESK_PHONE,
                    "sip_username": phone.username,
                    "sip_secret": phone.secret,
                }
                for user, phone in zip(users, phones, strict=True)
            ],
        ),
    ]
    for model, values in rows:
        await connection.execute(insert(model), values)
