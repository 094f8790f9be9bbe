"""Pages to large groups: how soon the last phone hears the pager, and what a page costs."""

import asyncio
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.db.engine import WRITES, make_engine
from orchestrator.departments.model import Department
from orchestrator.people.model import Extension, Membership
from orchestrator.people.rules import OwnerKind
from orchestrator.ring_groups.model import RingGroup, RingGroupMember
from orchestrator.ring_groups.rules import Strategy
from orchestrator.settings import Settings
from orchestrator.types import new_id
from tests.load.installation import Installation, NotMeasurable, installed
from tests.load.measures import NOTHING, Measure
from tests.load.sipp import HOST, Pace, Sipp, callees, callers, register
from tests.phones.ports import free_udp_port

PAGING = tuple(
    Measure(f"paging.{name}_{size}", unit, bar, NOTHING, f"{how}, {size} phones.")
    for size in (100, 200)
    for name, unit, bar, how in (
        (
            "last_joined_ms",
            "ms",
            "<= 1500" if size == 100 else "",
            "from the pager's first INVITE to the last phone's first RTP packet, slowest of three",
        ),
        ("first_joined_ms", "ms", "", "the same for the first phone"),
        (
            "ended_ms",
            "ms",
            "<= 1000",
            "from the pager's BYE to the last RTP packet that any phone got, slowest of three",
        ),
        ("missed", "phones", "== 0", "phones that heard nothing, in three pages"),
        ("asterisk_cores", "cores", "", "CPU of Asterisk while the page goes on"),
        ("orchestrator_ms", "ms", "", "CPU of the orchestrator for one page, begin to end"),
    )
)

SIZES = (100, 200)
PAGES = 3
_TALK_SECONDS = 6.0
_SETTLED_SECONDS = 2.0
_MEASURED_SECONDS = 3.0
_TRACE = ("-trace_msg", "-message_file", "messages.log")


def measure_paging() -> Mapping[str, float]:
    """Values of `paging.*`."""
    with installed(1 + max(SIZES)) as installation:
        numbers = asyncio.run(_add_groups(installation.settings))
        installation.start()
        folder, port = installation.home / "sipp", free_udp_port()
        members = installation.phones[1:]
        if register(folder, installation.sip, members, port).good != len(members):
            raise NotMeasurable("not all phones could register")
        with _Ears() as ears:
            phones = callees(folder, installation.sip, port, rtp=ears.port)
            try:
                values: dict[str, float] = {}
                for size, number in numbers.items():
                    pages = [_page(installation, ears, folder, number) for _ in range(PAGES)]
                    values |= _values(size, pages)
                return values
            finally:
                phones.stop()


async def _add_groups(settings: Settings) -> Mapping[int, str]:
    """Groups of these sizes, and the right to page them for the first person; their numbers."""
    engine = make_engine(settings.database)
    try:
        async with engine.execution_options(**{WRITES: True}).begin() as connection:
            return {size: await _add_group(connection, size) for size in SIZES}
    finally:
        await engine.dispose()


async def _add_group(connection: AsyncConnection, size: int) -> str:
    department = (await connection.execute(select(Department.id, Department.tenant_id))).one()
    users = (
        await connection.scalars(
            select(Extension.owner_id)
            .where(Extension.owner_kind == OwnerKind.USER)
            .order_by(Extension.number)
        )
    ).all()
    pager, members = users[0], users[1 : size + 1]
    group, number, tenant = new_id(), str(size), {"tenant_id": department.tenant_id}
    row = {"id": group, "name": number, "department_id": department.id}
    await connection.execute(insert(RingGroup), [tenant | row | {"strategy": Strategy.PAGING}])
    await connection.execute(
        insert(RingGroupMember),
        [
            tenant | {"ring_group_id": group, "user_id": user, "position": place}
            for place, user in enumerate(members)
        ],
    )
    owner = {"owner_kind": OwnerKind.RING_GROUP, "owner_id": group, "number": number}
    await connection.execute(insert(Extension), [tenant | owner])
    await connection.execute(
        update(Membership)
        .where(Membership.user_id == pager)
        .values(overrides={"presence.intercom": True})
    )
    return number


class _Page:
    """What one page was like; times in milliseconds."""

    def __init__(self, began: float, ended: float, heard: Sequence[float], last: float) -> None:
        self.first = 1000 * (min(heard, default=0.0) - began)
        self.last = 1000 * (max(heard, default=0.0) - began)
        self.ended = 1000 * (last - ended)
        self.heard = len(heard)
        self.asterisk_cores = 0.0
        self.orchestrator_ms = 0.0


def _page(installation: Installation, ears: "_Ears", folder: Path, number: str) -> _Page:
    """Page the group `number` once, and wait for the end."""
    whole = installation.meter()
    ears.forget()
    who, pace = [(installation.phones[0], number)], Pace(1, 1, talk=_TALK_SECONDS)
    calls = callers(folder, installation.sip, who, pace, *_TRACE)
    time.sleep(_SETTLED_SECONDS)
    talking = installation.meter()
    time.sleep(_MEASURED_SECONDS)
    usage = talking.read()
    if calls.wait(_TALK_SECONDS + 60).good != 1:
        raise NotMeasurable(f"the page failed\n{calls.story()}")
    installation.until("the end", lambda: True if installation.channels() == 0 else None)
    began, ended = _invite_and_bye(calls)
    page = _Page(began, ended, ears.heard(), ears.last)
    page.asterisk_cores = usage.asterisk / usage.seconds
    page.orchestrator_ms = 1000 * whole.read().orchestrator
    return page


def _invite_and_bye(calls: Sipp) -> tuple[float, float]:
    """When the first INVITE and the BYE left (Unix time)."""
    sent: dict[str, float] = {}
    for part in calls.trace().split("-" * 47)[1:]:
        stamp, _, rest = part.strip().partition("\n")
        if "message sent" in rest.partition("\n")[0]:
            method = rest.partition("\n\n")[2].partition(" ")[0]
            sent.setdefault(method, datetime.fromisoformat(stamp.strip()).timestamp())
    return sent["INVITE"], sent["BYE"]


def _values(size: int, pages: Sequence[_Page]) -> Mapping[str, float]:
    return {
        f"paging.last_joined_ms_{size}": max(page.last for page in pages),
        f"paging.first_joined_ms_{size}": median(page.first for page in pages),
        f"paging.ended_ms_{size}": max(page.ended for page in pages),
        f"paging.missed_{size}": sum(size - page.heard for page in pages),
        f"paging.asterisk_cores_{size}": median(page.asterisk_cores for page in pages),
        f"paging.orchestrator_ms_{size}": median(page.orchestrator_ms for page in pages),
    }


class _Ears:
    """One UDP port that the sound of all phones goes to. Each leg of Asterisk has its own port,
    so the source tells the phones apart."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.bind((HOST, 0))
        self._socket.settimeout(0.2)
        self.port: int = self._socket.getsockname()[1]
        self._first: dict[int, float] = {}
        self.last = 0.0
        self._over = False
        self._thread = threading.Thread(target=self._listen, name="ears")

    def __enter__(self) -> "_Ears":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over = True
        self._thread.join()
        self._socket.close()

    def forget(self) -> None:
        self._first = {}

    def heard(self) -> list[float]:
        """When each phone heard something first (Unix time)."""
        return list(self._first.values())

    def _listen(self) -> None:
        buffer = bytearray(2000)
        while not self._over:
            try:
                size, source = self._socket.recvfrom_into(buffer)
            except TimeoutError:
                continue
            # RTCP comes from odd ports, and late.
            if size and source[1] % 2 == 0:
                self.last = time.time()
                self._first.setdefault(source[1], self.last)
