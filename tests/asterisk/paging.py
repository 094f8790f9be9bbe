"""Groups that are paged, and many phones at once that answer by themselves."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from orchestrator.calls.call import Call
from orchestrator.calls.entry import is_page
from orchestrator.departments.model import Department
from orchestrator.options.rules import Code
from orchestrator.people.model import Extension
from orchestrator.people.rules import OwnerKind
from orchestrator.ring_groups.model import RingGroup, RingGroupMember
from orchestrator.ring_groups.rules import Strategy
from orchestrator.ring_groups.schemas import RingGroupCreate
from orchestrator.types import new_id
from tests.asterisk.office import Books, Colleague, Office, until
from tests.load.seed import Phone
from tests.load.sipp import Sipp, callees, register
from tests.phones.ports import free_udp_port
from tests.phones.wire import PATIENCE
from tests.tones import Sound

RIGHT = "presence.intercom"


async def allow(office: Office, who: Colleague) -> None:
    """Let `who` page and call by intercom."""
    await office.books.set_rights(who.user_id, {RIGHT: True})
    await until(
        lambda: any(RIGHT in held for held in office.plan.people[who.user_id].rights.values())
    )


async def pager(office: Office, number: str = "101") -> Colleague:
    who = await office.hire(number)
    await allow(office, who)
    return who


async def write_group(
    books: Books, number: str, members: Sequence[Colleague], **columns: Any
) -> str:
    """Rows of a group with `number`, that is paged unless `columns` say otherwise; its id."""
    group = new_id()
    async with books.database.transaction(books.scope) as session:
        department = await session.scalar(
            select(Department.id).where(Department.tenant_id == books.scope.tenant)
        )
        fixed = {"id": group, "department_id": department, "strategy": Strategy.PAGING}
        session.add(RingGroup(**{"name": f"Group {number}"} | fixed | columns))
        await session.flush()
        session.add(Extension(number=number, owner_kind=OwnerKind.RING_GROUP, owner_id=group))
        session.add_all(
            RingGroupMember(ring_group_id=group, user_id=who.user_id, position=place)
            for place, who in enumerate(members)
        )
    return group


async def add_group(
    office: Office, number: str, members: Sequence[Colleague], **columns: Any
) -> str:
    """A group that is paged under `number`, once calls know of it; its id."""
    users = [who.user_id for who in members]
    fields = {"number": number, "strategy": Strategy.PAGING, "members": users}
    body = RingGroupCreate.model_validate({"name": f"Group {number}"} | fields | columns)
    made = await office.centrale.services.ring_groups.create(office.books.scope, body)
    group = made.id
    assert bool(made.warnings) is not bool(office.plan.options.codes[Code.INTERCOM])
    await until(lambda: number in office.plan.extensions and group in office.plan.ring_groups)
    return group


def page_of(office: Office) -> Call | None:
    """The page that is going on."""
    calls = office.centrale.node.registry.calls()
    return next((call for call in calls if is_page(call.entry)), None)


def hearing(office: Office) -> int:
    """How many legs hear the page that is going on."""
    call = page_of(office)
    return len(call.bridged) - 1 if call and call.caller.id in call.bridged else 0


@dataclass(frozen=True, slots=True)
class _Device(Phone):
    """A device for SIPp under its own name."""

    name: str = ""

    @property
    def username(self) -> str:
        return self.name


class Crowd:
    """Many phones in one process, that answer every call at once and wait for its end."""

    def __init__(self, office: Office, people: Sequence[Colleague]) -> None:
        self._office = office
        self._devices = [
            _Device(who.number, account.password, account.username)
            for who in people
            for account in who.accounts
        ]
        self._port = free_udp_port()
        self._sipp: Sipp | None = None

    async def arrive(self) -> None:
        """Register and listen."""
        folder, server = self._office.folder / "crowd", self._office.sip.port
        counted = await asyncio.to_thread(register, folder, server, self._devices, self._port)
        assert counted.good == len(self._devices)
        self._sipp = await asyncio.to_thread(callees, folder, server, self._port)

    async def leave(self) -> None:
        if self._sipp is not None:
            await asyncio.to_thread(self._sipp.stop)


def multicast_receiver(group: str) -> socket.socket:
    """A socket that has joined `group` on loopback, on a port of the system's choice (even)."""
    while True:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((group, 0))
        if sock.getsockname()[1] % 2 == 0:
            break
        sock.close()
    joined = socket.inet_aton(group) + socket.inet_aton("127.0.0.1")
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)
    sock.setblocking(False)
    return sock


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet: payload type, sequence number, time stamp (samples), SSRC, sound."""

    kind: int
    number: int
    time: int
    source: bytes
    sound: bytes


async def received(receiver: socket.socket, count: int) -> list[Packet]:
    """The next `count` packets."""
    loop = asyncio.get_running_loop()
    packets = []
    async with asyncio.timeout(PATIENCE):
        while len(packets) < count:
            data = await loop.sock_recv(receiver, 2000)
            number, time = int.from_bytes(data[2:4], "big"), int.from_bytes(data[4:8], "big")
            packets.append(Packet(data[1] & 0x7F, number, time, data[8:12], data[12:]))
    return packets


def decoded(packets: Sequence[Packet]) -> Sound:
    """What the packets say, decoded from mu-law (ITU-T G.711)."""
    samples = []
    for byte in b"".join(packet.sound for packet in packets):
        value = ~byte & 0xFF
        size = (((value & 0x0F) << 3) + 0x84 << ((value & 0x70) >> 4)) - 0x84
        samples.append(-size if value & 0x80 else size)
    return Sound(samples)
