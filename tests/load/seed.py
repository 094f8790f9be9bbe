"""The database of a measured system: one customer whose people have one device each."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.db.base import Base
from orchestrator.db.engine import WRITES, make_engine
from orchestrator.db.schema import migrate
from orchestrator.departments.model import Department
from orchestrator.devices.model import Device
from orchestrator.devices.rules import DeviceKind
from orchestrator.forwarding.model import UserStatus
from orchestrator.people.model import Extension, Membership, User
from orchestrator.people.rules import OwnerKind
from orchestrator.queues.model import Queue, QueueAgent
from orchestrator.queues.rules import Strategy
from orchestrator.settings import Settings
from orchestrator.tenants.model import Tenant
from orchestrator.tenants.rules import TenantKind
from orchestrator.types import Role, new_id

_FIRST_NUMBER = 1000


QUEUE = "700"
"""The number of the queue that `seed_queue` makes."""


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


def seed_queue(settings: Settings, agents: Sequence[Phone]) -> None:
    """Make a queue that `agents` serve in turn; all are logged in."""
    asyncio.run(_seed_queue(settings, [phone.number for phone in agents]))


async def _seed_queue(settings: Settings, numbers: Sequence[str]) -> None:
    engine = make_engine(settings.database)
    try:
        async with engine.execution_options(**{WRITES: True}).begin() as connection:
            department = select(Department.tenant_id, Department.id).where(Department.name == "All")
            tenant, department_id = (await connection.execute(department)).one()
            wanted = select(Extension.owner_id).where(Extension.number.in_(numbers))
            users = list(await connection.scalars(wanted.order_by(Extension.number)))
            queue = new_id()
            owned = {"owner_kind": OwnerKind.QUEUE, "owner_id": queue}
            fields = {"department_id": department_id, "strategy": Strategy.ROUND_ROBIN}
            rows: list[tuple[type[Base], list[dict[str, object]]]] = [
                (Queue, [{"id": queue, "name": "Load", **fields}]),
                (Extension, [{"number": QUEUE, **owned}]),
                (
                    QueueAgent,
                    [
                        {"queue_id": queue, "user_id": user, "position": place}
                        for place, user in enumerate(users)
                    ],
                ),
                (UserStatus, [{"user_id": user, "queues": True} for user in users]),
            ]
            for model, some in rows:
                await connection.execute(insert(model), [{"tenant_id": tenant, **r} for r in some])
    finally:
        await engine.dispose()


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
    tenant = new_id()
    customer = {"id": tenant, "parent_id": platform, "kind": TenantKind.CUSTOMER}
    await connection.execute(insert(Tenant), [{**customer, "slug": "load", "name": "Load"}])
    for model, rows in _rows(phones):
        await connection.execute(insert(model), [{"tenant_id": tenant, **row} for row in rows])


def _rows(phones: Sequence[Phone]) -> Iterator[tuple[type[Base], list[Mapping[str, object]]]]:
    """Everything inside the customer, in the order of need; each person is in one department."""
    department = new_id()
    people = [(new_id(), phone) for phone in phones]
    yield Department, [{"id": department, "name": "All", "is_default": True}]
    yield User, [{"id": user, "first_name": "Phone", "last_name": p.number} for user, p in people]
    membership = {"department_id": department, "role": Role.USER, "is_main": True}
    yield Membership, [{"user_id": user, **membership} for user, _ in people]
    owned = {"owner_kind": OwnerKind.USER}
    yield Extension, [{"owner_id": user, "number": p.number, **owned} for user, p in people]
    device = {"name": "Desk", "kind": DeviceKind.DESK_PHONE}
    yield (
        Device,
        [
            {"user_id": user, "sip_username": p.username, "sip_secret": p.secret, **device}
            for user, p in people
        ],
    )
