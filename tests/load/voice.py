"""One of everything that answers calls, for the measured customer of `seed.py`."""

import asyncio
from collections.abc import Mapping, Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from orchestrator.conferences.model import Conference
from orchestrator.db.base import Base
from orchestrator.db.engine import WRITES, make_engine
from orchestrator.departments.model import Department
from orchestrator.forwarding.model import UserStatus
from orchestrator.hours.model import HoursRoute
from orchestrator.hours.rules import HoursState
from orchestrator.ivr.model import Ivr, IvrKey
from orchestrator.options.model import TenantOptions
from orchestrator.parking.model import ParkingPlace
from orchestrator.people.model import Extension, Membership
from orchestrator.people.rules import OwnerKind
from orchestrator.queues.model import Queue, QueueAgent
from orchestrator.ring_groups.model import RingGroup, RingGroupMember
from orchestrator.ring_groups.rules import Strategy
from orchestrator.settings import Settings
from orchestrator.types import DestinationKind, new_id
from orchestrator.voicemail.model import VoicemailBox

INTERCOM = "*9"
_PROMPT = "vm-options"
_RING_SECONDS = 3
# Besides the numbers of objects: park, take back, pick up, own and other boxes, the outbound PIN,
# a room's report, a number that nobody has, and one that dials out without a rule.
_CODES = ("*00", "*10", "*20*", "999", "777", "*682", "8888", "0201234567")


def seed_voice(settings: Settings, people: Sequence[str]) -> list[str]:
    """Add the objects; all numbers that can be dialled then. `people` are extensions that may be
    members of groups."""
    return asyncio.run(_seed(settings, people))


async def _seed(settings: Settings, people: Sequence[str]) -> list[str]:
    engine = make_engine(settings.database)
    try:
        async with engine.execution_options(**{WRITES: True}).begin() as connection:
            return await _Voice(connection, people).add()
    finally:
        await engine.dispose()


class _Voice:
    def __init__(self, connection: AsyncConnection, people: Sequence[str]) -> None:
        self._connection = connection
        self._people = people
        self._tenant = ""
        self._department = ""
        self._users: dict[str, str] = {}
        self._numbers: list[str] = []

    async def add(self) -> list[str]:
        await self._find()
        users = list(self._users.values())
        groups = [
            await self._group(strategy, users[:5])
            for strategy in (Strategy.RING_ALL, Strategy.HUNT, Strategy.PAGING)
        ]
        await self._queue(users[5:10])
        for owner in users:
            await self._insert(VoicemailBox, {"user_id": owner})
        await self._insert(VoicemailBox, {"ring_group_id": groups[0]})
        inner = await self._ivr({"kind": "voicemail", "ref": users[0]})
        outer = await self._ivr({"kind": "ivr", "ref": inner})
        await self._insert(
            HoursRoute,
            {
                "department_id": self._department,
                "state": HoursState.OPEN,
                "destination_kind": DestinationKind.IVR,
                "destination_ref": outer,
                "prompt": _PROMPT,
            },
        )
        await self._number(OwnerKind.DEPARTMENT, self._department)
        room, place = new_id(), new_id()
        await self._insert(Conference, {"id": room, "name": "Room", "pin": "4711"})
        await self._number(OwnerKind.CONFERENCE, room)
        await self._insert(ParkingPlace, {"id": place, "name": "Place"})
        await self._number(OwnerKind.PARKING, place)
        await self._insert(TenantOptions, {"dial_codes": {"intercom": INTERCOM}})
        first = self._people[0]
        paging = self._numbers[2]
        to_people = [*self._people[:6], f"*4{first}", f"{INTERCOM}{first}", f"{INTERCOM}{paging}"]
        return [*self._numbers, *to_people, *_CODES]

    async def _find(self) -> None:
        department = (
            await self._connection.execute(
                select(Department.tenant_id, Department.id).where(Department.name == "All")
            )
        ).one()
        self._tenant, self._department = department
        rows = await self._connection.execute(
            select(Extension.number, Extension.owner_id).where(Extension.number.in_(self._people))
        )
        self._users = {row.number: row.owner_id for row in rows}
        await self._connection.execute(
            update(Membership)
            .where(Membership.tenant_id == self._tenant)
            .values(overrides={"presence.intercom": True, "presence.park_calls": True})
        )

    async def _group(self, strategy: Strategy, members: Sequence[str]) -> str:
        group = new_id()
        await self._insert(
            RingGroup,
            {
                "id": group,
                "name": strategy.value,
                "department_id": self._department,
                "strategy": strategy,
                "ring_seconds": _RING_SECONDS,
                "greeting": _PROMPT if strategy is Strategy.HUNT else None,
                "no_answer": {"kind": "voicemail", "ref": group}
                if strategy is Strategy.RING_ALL
                else None,
            },
        )
        for position, user in enumerate(members):
            row = {"ring_group_id": group, "user_id": user, "position": position}
            await self._insert(RingGroupMember, row)
        await self._number(OwnerKind.RING_GROUP, group)
        return group

    async def _queue(self, agents: Sequence[str]) -> None:
        """A queue that hunts, and whose callers give up after a while."""
        queue = new_id()
        fields = {"department_id": self._department, "ring_seconds": _RING_SECONDS}
        fields |= {"greeting": _PROMPT, "max_wait_seconds": 2 * _RING_SECONDS}
        await self._insert(Queue, {"id": queue, "name": "Queue", **fields})
        for position, user in enumerate(agents):
            row = {"queue_id": queue, "user_id": user, "position": position}
            await self._insert(QueueAgent, row)
            await self._insert(UserStatus, {"user_id": user, "queues": True})
        await self._number(OwnerKind.QUEUE, queue)

    async def _ivr(self, first_key: Mapping[str, str]) -> str:
        ivr = new_id()
        await self._insert(
            Ivr,
            {
                "id": ivr,
                "name": f"IVR {len(self._numbers)}",
                "department_id": self._department,
                "prompt": _PROMPT,
                "no_input": {"kind": "dial_by_name", "ref": ""},
            },
        )
        ways = {"1": first_key, "2": {"kind": "dial_by_name", "ref": ""}}
        for key, destination in ways.items():
            await self._insert(IvrKey, {"ivr_id": ivr, "keys": key, "destination": destination})
        await self._number(OwnerKind.IVR, ivr)
        return ivr

    async def _number(self, kind: OwnerKind, owner: str) -> None:
        number = str(700 + len(self._numbers))
        self._numbers.append(number)
        await self._insert(Extension, {"number": number, "owner_kind": kind, "owner_id": owner})

    async def _insert(self, model: type[Base], row: Mapping[str, object]) -> None:
        await self._connection.execute(insert(model), [{"tenant_id": self._tenant, **row}])
