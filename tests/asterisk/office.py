"""One customer on the real Centrale, as a test wants it: people, phones, a trunk, a journal.

The orchestrator, its database and its Asterisk run for the whole session; every test founds a
customer of its own, and leaves no call, channel, bridge or open journal entry behind.
"""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from orchestrator.bootstrap import Running
from orchestrator.calls.history import CallHistory
from orchestrator.calls.schemas import CallDetail, CallQuery
from orchestrator.db.session import Database
from orchestrator.departments.model import Department
from orchestrator.devices.model import Device
from orchestrator.devices.rules import DeviceKind
from orchestrator.numbers.model import Did
from orchestrator.people.model import Extension, Membership, User
from orchestrator.people.rules import OwnerKind
from orchestrator.routing.model import EmergencyNumber, OutboundRoute, OutboundRule
from orchestrator.routing.plan import TenantPlan
from orchestrator.tenants.model import Tenant
from orchestrator.trunks.model import Trunk, TrunkAddress
from orchestrator.trunks.rules import Registration
from orchestrator.types import DestinationKind, Role, Scope, new_id
from tests.factories.rows import add_customer
from tests.phones.baresip import BaresipPhone, Link
from tests.phones.phone import Account, SippPhone
from tests.phones.watcher import Watcher
from tests.phones.wire import PATIENCE, POLL, Address, Message

_OF_ROUTES = frozenset({"strip", "prepend", "append", "caller_id"})

# Every provider has an address of its own, since Asterisk knows trunks by address.
_PROVIDER_HOSTS = (f"127.0.{n // 250 + 1}.{n % 250 + 2}" for n in itertools.count())


def next_provider_host() -> str:
    """An address that no other provider of this test run has."""
    return next(_PROVIDER_HOSTS)


async def until(condition: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    """Wait until `condition` holds; TimeoutError when it never does."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  conditions have no event
            await asyncio.sleep(POLL)


async def until_found(look: Callable[[], Awaitable[bool]], *, seconds: float = PATIENCE) -> None:
    """Wait until `look` has found what it looks for."""
    async with asyncio.timeout(seconds):
        while not await look():  # noqa: ASYNC110
            await asyncio.sleep(POLL)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person with a number and the accounts of their devices."""

    user_id: str
    number: str
    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Provider:
    """A trunk and the provider at its far end."""

    trunk_id: str
    endpoint: str
    phone: SippPhone


class Books:
    """Writes rows of one customer, and reads its journal."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self.database = database
        self.scope = scope

    async def hire(self, number: str, *, devices: int = 1, **columns: Any) -> Colleague:
        """Add a person; `columns` are those of `User`."""
        user = User(**{"id": new_id(), "first_name": "User", "last_name": number} | columns)
        accounts = tuple(
            Account(f"u{secrets.token_hex(5)[:9]}", secrets.token_hex(8)) for _ in range(devices)
        )
        async with self.database.transaction(self.scope) as session:
            department = await session.scalar(
                select(Department.id).where(Department.tenant_id == self.scope.tenant)
            )
            session.add(user)
            await session.flush()
            session.add(
                Membership(user_id=user.id, department_id=department, role=Role.USER, is_main=True)
            )
            session.add(Extension(number=number, owner_kind=OwnerKind.USER, owner_id=user.id))
            session.add_all(_device(user.id, account) for account in accounts)
        return Colleague(user.id, number, accounts)

    async def add_trunk(self, address: Address, **columns: Any) -> Trunk:
        """Add a trunk to the provider at `address`; `columns` are those of `Trunk`."""
        trunk = Trunk(
            **{
                "id": new_id(),
                "name": "Provider",
                "registration": Registration.NONE,
                "endpoint": f"trunk-{secrets.token_hex(5)}",
                "host": address.host,
                "port": address.port,
                "caller_id": "+31201234500",
                # Phones of tests answer OPTIONS only while they wait for calls.
                "qualify_seconds": 0,
            }
            | columns
        )
        async with self.database.transaction(self.scope) as session:
            session.add(trunk)
            await session.flush()
            session.add(TrunkAddress(trunk_id=trunk.id, address=address.host))
        return trunk

    async def add_did(
        self, number: str, to: Colleague | None, *, trunk_id: str | None = None
    ) -> None:
        """Lead `number` of the outside world to a person; to nobody: the call is ended."""
        kind = DestinationKind.USER if to else DestinationKind.END_CALL
        did = Did(
            number=number,
            trunk_id=trunk_id,
            destination_kind=kind,
            destination_ref=to.user_id if to else "",
        )
        async with self.database.transaction(self.scope) as session:
            session.add(did)

    async def add_rule(self, *trunk_ids: str, **columns: Any) -> None:
        """Add an outbound rule with a route by each trunk, in order.

        `columns` are those of `OutboundRule`; those of `OutboundRoute` go into every route.
        """
        of_routes = {name: columns.pop(name) for name in _OF_ROUTES & columns.keys()}
        rule = OutboundRule(**{"id": new_id(), "name": "Outside"} | columns)
        async with self.database.transaction(self.scope) as session:
            session.add(rule)
            await session.flush()
            session.add_all(
                OutboundRoute(rule_id=rule.id, position=position, trunk_id=trunk, **of_routes)
                for position, trunk in enumerate(trunk_ids)
            )

    async def add_emergency(self, number: str) -> None:
        async with self.database.transaction(self.scope) as session:
            session.add(EmergencyNumber(number=number))

    async def change(self, model: type[Tenant | User | Trunk], id_: str, **columns: Any) -> None:
        """Set columns of one row."""
        async with self.database.transaction(self.scope) as session:
            row = await session.get(model, id_)
            assert row is not None
            for name, value in columns.items():
                setattr(row, name, value)

    async def set_rights(self, user: str, overrides: dict[str, bool]) -> None:
        """Switch single rights of a person on or off."""
        async with self.database.transaction(self.scope) as session:
            rows = await session.scalars(select(Membership).where(Membership.user_id == user))
            for row in rows:
                row.overrides = overrides

    async def journal(self, count: int = 1) -> list[CallDetail]:
        """The customer's calls, oldest first, once there are `count`; never more than that."""
        history = CallHistory(self.database)
        query = CallQuery(sort="started_at")

        async def written() -> bool:
            return len((await history.list(self.scope, query)).items) >= count

        await until_found(written)
        page = await history.list(self.scope, query)
        assert len(page.items) == count
        return [await history.get(self.scope, call.id) for call in page.items]


def _device(user_id: str, account: Account) -> Device:
    return Device(
        user_id=user_id,
        name="Desk",
        kind=DeviceKind.DESK_PHONE,
        sip_username=account.username,
        sip_secret=account.password,
        codecs="alaw,ulaw",
    )


class Office:
    """One customer for one test. Phones and providers made here go home with the test."""

    def __init__(
        self, centrale: Running, books: Books, folder: Path, leaving: AsyncExitStack
    ) -> None:
        assert centrale.node.embedded is not None
        self.centrale = centrale
        self.books = books
        self.folder = folder
        ports = centrale.node.embedded.address.ports
        self.sip = Address("127.0.0.1", ports.sip)
        self.sips = Address("127.0.0.1", ports.sip_tls)
        self._leaving = leaving

    @property
    def plan(self) -> TenantPlan:
        """What calls of this customer are decided by at this moment."""
        return self.centrale.store.read_model.plan.tenants[self.books.scope.tenant]

    async def keys(self, who: Colleague) -> Watcher:
        """A phone with lamps on the person's first device, once phones may subscribe."""
        await until(lambda: self.plan.slug in self.centrale.presence.lookout.hinted)
        return await self._leaving.enter_async_context(Watcher(self.sip, who.accounts[0]))

    def watches(self, *numbers: str) -> bool:
        """Whether we know that phones watch all of `numbers`."""
        watched = self.centrale.presence.lookout.watched or {}
        return set(numbers) <= watched.get(self.plan.slug, frozenset())

    async def hire(self, number: str, *, devices: int = 1, **columns: Any) -> Colleague:
        """Add a person, and wait until calls know of them."""
        who = await self.books.hire(number, devices=devices, **columns)
        await until(lambda: who.user_id in self.plan.people)
        return who

    async def desk(self, who: Colleague, device: int = 0) -> SippPhone:
        """A registered phone of exact signalling on one of the person's devices."""
        phone = await self.unplugged(who, device)
        await phone.register()
        return phone

    async def unplugged(self, who: Colleague, device: int = 0) -> SippPhone:
        """A phone that is set up and has not registered."""
        phone = SippPhone(
            self.sip, self.folder, who.accounts[device], name=f"p{who.number}x{device}"
        )
        return await self._leaving.enter_async_context(phone)

    async def desks(self, *numbers: str) -> list[SippPhone]:
        """Hire one person per number and give each a registered phone."""
        people = [await self.hire(number) for number in numbers]
        return list(await asyncio.gather(*(self.desk(who) for who in people)))

    async def speaker(
        self, who: Colleague, tone: float, *, link: Link | None = None
    ) -> BaresipPhone:
        """A phone with sound that says `tone` Hz, linked by plain UDP or by `link`."""
        link = link or Link()
        server = self.sips if link.transport == "tls" else self.sip
        phone = BaresipPhone(server, self.folder, who.accounts[0], tone=tone, link=link)
        return await self._leaving.enter_async_context(phone)

    async def outsider(self, tone: float) -> BaresipPhone:
        """Somebody of the outside world, behind a trunk of their own, whose phone has sound."""
        who = Account("+31612345678", "")
        link = Link(host=next_provider_host())
        phone = BaresipPhone(self.sip, self.folder, who, tone=tone, link=link)
        await self._leaving.enter_async_context(phone)
        await self._trunk_to(phone.address)
        return phone

    async def provider(self, **columns: Any) -> Provider:
        """A trunk, known by address, with its provider; `columns` are those of `Trunk`."""
        phone = SippPhone(self.sip, self.folder, host=next_provider_host())
        await self._leaving.enter_async_context(phone)
        trunk = await self._trunk_to(phone.address, **columns)
        return Provider(trunk.id, trunk.endpoint, phone)

    async def _trunk_to(self, address: Address, **columns: Any) -> Trunk:
        """A trunk to `address`, once calls and Asterisk know of it."""
        trunk = await self.books.add_trunk(address, **columns)
        await until(lambda: trunk.id in self.plan.trunks)
        await self._until_endpoint(trunk.endpoint, known=True)
        return trunk

    async def until_known(self, provider: Provider, *, known: bool = True) -> None:
        """Wait until Asterisk takes calls from the provider's address, or no more."""
        await self._until_endpoint(provider.endpoint, known=known)

    async def _until_endpoint(self, endpoint: str, *, known: bool) -> None:
        embedded = self.centrale.node.embedded
        assert embedded is not None

        async def noticed() -> bool:
            return (endpoint in await embedded.command("pjsip show identifies")) == known

        await until_found(noticed)

    async def until_device(self, who: Colleague, *, known: bool = True) -> None:
        """Wait until Asterisk takes calls from the person's first device, or no more."""
        embedded = self.centrale.node.embedded
        assert embedded is not None

        async def noticed() -> bool:
            shown = await embedded.command(f"pjsip show endpoint {who.accounts[0].username}")
            return ("ParameterName" in shown) == known

        await until_found(noticed)

    async def did(self, number: str, to: Colleague | None) -> None:
        before = len(self.plan.dids)
        await self.books.add_did(number, to)
        await until(lambda: len(self.plan.dids) > before)

    async def rule(self, provider: Provider, **columns: Any) -> None:
        before = len(self.plan.outbound_rules)
        await self.books.add_rule(provider.trunk_id, **columns)
        await until(lambda: len(self.plan.outbound_rules) > before)

    async def emergency(self, number: str) -> None:
        await self.books.add_emergency(number)
        await until(lambda: number in self.plan.emergency_numbers)

    async def limit_calls(self, most: int) -> None:
        await self.books.change(Tenant, self.books.scope.tenant, max_calls=most)
        await until(lambda: self.plan.max_calls == most)

    async def journal(self, count: int = 1) -> list[CallDetail]:
        return await self.books.journal(count)


@asynccontextmanager
async def opened(centrale: Running, folder: Path) -> AsyncIterator[Office]:
    """A new customer; on leaving, its phones go and nothing of its calls may be left."""
    scope = await add_customer(centrale.store.database, f"t{secrets.token_hex(6)}")
    await until(lambda: scope.tenant in centrale.store.read_model.plan.tenants)
    async with AsyncExitStack() as leaving:
        yield Office(centrale, Books(centrale.store.database, scope), folder, leaving)
    await nothing_left(centrale)


async def nothing_left(centrale: Running) -> None:
    """No call, channel, bridge or open journal entry is left, neither here nor in Asterisk."""

    async def quiet() -> bool:
        channels, bridges = await centrale.node.ari.channels(), await centrale.node.ari.bridges()
        steered, unfinished = centrale.node.registry.calls(), centrale.store.spool.open_entries()
        return not (channels or bridges or steered or unfinished)

    try:
        await until_found(quiet)
    except TimeoutError:
        left = (
            [channel.id for channel in await centrale.node.ari.channels()],
            [bridge.id for bridge in await centrale.node.ari.bridges()],
            [call.id for call in centrale.node.registry.calls()],
            centrale.store.spool.open_entries(),
        )
        raise AssertionError(f"left behind (channels, bridges, calls, entries): {left}") from None


def story(call: CallDetail) -> tuple[str | None, str | None, list[tuple[str, str, str | None]]]:
    """A journal entry in short: verdict, reason, and (kind, number, reason) of each segment."""
    steps = [(s.destination_kind, s.destination_number, s.reason) for s in call.segments]
    return call.verdict, call.reason, steps


def codes(messages: Sequence[Message]) -> list[int]:
    """The received answers to INVITE, less the challenge and repeated ones."""
    seen = [
        message.status
        for message in messages
        if not message.sent and message.status and message.method == "INVITE"
    ]
    return list(dict.fromkeys(code for code in seen if code != 401))
