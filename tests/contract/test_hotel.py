"""Hotel rooms and minibars: reported by telephone, looked after by the reception."""

from dataclasses import dataclass

import pytest
import pytest_asyncio
from pydantic import ValidationError
from sqlalchemy import select

from orchestrator.clock import SystemClock
from orchestrator.db.session import Database
from orchestrator.departments.model import Department
from orchestrator.errors import Denied, LimitReached, NotFound, Stale
from orchestrator.features import DialledFeatures
from orchestrator.hotel.model import MinibarEntry
from orchestrator.hotel.schemas import MinibarPatch, MinibarQuery, RoomBody, RoomQuery
from orchestrator.hotel.service import MOST_OPEN, MOST_SETTLED, MinibarService, RoomService
from orchestrator.people.model import Membership
from orchestrator.routing.plan import Plan
from orchestrator.types import Actor, ActorKind, Grant, Role, Scope, new_id
from tests.factories.rows import Employee, add_customer, add_employee


@dataclass(frozen=True)
class Hotel:
    """Two rooms in the default department, one in the annexe, and the telephones in them."""

    database: Database
    scope: Scope
    rooms: RoomService
    minibar: MinibarService
    features: DialledFeatures
    suite: Employee
    single: Employee
    annexe: Employee
    department: str

    async def dial(self, room: Employee, report: str) -> None:
        await self.features.report_room(self.scope.tenant, room.user_id, report)

    def as_role(self, role: Role) -> Scope:
        """Somebody who has this role in the default department."""
        grants = (Grant(role, self.department),)
        actor = Actor(ActorKind.USER, new_id(), "Rita", self.scope.tenant, grants)
        return Scope(self.scope.tenant, actor)

    async def status(self, scope: Scope | None = None) -> dict[str, tuple[str, str]]:
        page = await self.rooms.list(scope or self.scope, RoomQuery())
        return {each.name.split()[0]: (each.status, each.word) for each in page.items}

    async def open_items(self) -> list[tuple[str, str, int]]:
        page = await self.minibar.list(self.scope, MinibarQuery(settled=False))
        return [(each.name.split()[0], each.item, each.count) for each in page.items]


@pytest_asyncio.fixture
async def hotel(database: Database) -> Hotel:
    clock = SystemClock()
    scope = await add_customer(database, "grand")
    suite, single, annexe = [await add_employee(database, scope, n) for n in ("201", "202", "301")]
    async with database.transaction(scope) as session:
        department = await session.scalar(select(Department.id))
        other = Department(id=new_id(), name="Annexe")
        session.add(other)
        await session.flush()
        place = await session.scalar(select(Membership).where(Membership.user_id == annexe.user_id))
        assert place is not None
        place.department_id = other.id
    return Hotel(
        database,
        scope,
        RoomService(database, clock),
        MinibarService(database, clock),
        DialledFeatures(database, clock, Plan),
        suite,
        single,
        annexe,
        department or "",
    )


async def test_the_last_report_on_a_room_counts(hotel: Hotel) -> None:
    await hotel.dial(hotel.suite, "1")
    await hotel.dial(hotel.single, "7")
    first = (await hotel.rooms.list(hotel.scope, RoomQuery())).items[0]
    await hotel.dial(hotel.suite, "2")
    assert await hotel.status() == {"201": ("2", "clean"), "202": ("7", "7")}
    await hotel.dial(hotel.suite, "2")
    page = await hotel.rooms.list(hotel.scope, RoomQuery(status="2"))
    (again,) = page.items
    assert (again.user, again.id) == (hotel.suite.user_id, first.id)
    assert again.reported_at > first.reported_at, "the same again is news"


async def test_the_reception_says_how_a_room_is(hotel: Hotel) -> None:
    reception = hotel.as_role(Role.RECEPTIONIST)
    shown = await hotel.rooms.set_status(reception, hotel.suite.user_id, RoomBody(status="2"))
    assert (shown.word, shown.name) == ("clean", "201 User 201")
    assert await hotel.status() == {"201": ("2", "clean")}


async def test_what_was_taken_is_listed_until_it_is_settled_or_deleted(hotel: Hotel) -> None:
    await hotel.dial(hotel.suite, "*12*3*7*1")
    await hotel.dial(hotel.single, "*12*1")
    assert sorted(await hotel.open_items()) == [
        ("201", "12", 3),
        ("201", "7", 1),
        ("202", "12", 1),
    ]
    query = MinibarQuery(user=hotel.suite.user_id)
    beer, water = (await hotel.minibar.list(hotel.scope, query)).items
    paid = await hotel.minibar.update(hotel.scope, beer.id, MinibarPatch(settled=True))
    assert paid.settled_at
    again = await hotel.minibar.update(hotel.scope, beer.id, MinibarPatch(settled=True))
    assert again.settled_at == paid.settled_at
    await hotel.minibar.delete(hotel.scope, water.id)
    assert await hotel.open_items() == [("202", "12", 1)]
    done = await hotel.minibar.list(hotel.scope, MinibarQuery(settled=True))
    assert [each.id for each in done.items] == [beer.id]
    back = await hotel.minibar.update(hotel.scope, beer.id, MinibarPatch(settled=False))
    assert back.settled_at is None
    with pytest.raises(Stale):
        await hotel.minibar.delete(hotel.scope, beer.id, paid.version)


async def test_the_reception_reaches_its_own_departments_alone(hotel: Hotel) -> None:
    for room in (hotel.suite, hotel.annexe):
        await hotel.dial(room, "1")
        await hotel.dial(room, "*1*1")
    reception = hotel.as_role(Role.RECEPTIONIST)
    assert set(await hotel.status(reception)) == {"201"}
    with pytest.raises(NotFound, match="no such user"):
        await hotel.rooms.set_status(reception, hotel.annexe.user_id, RoomBody(status="2"))
    mine = await hotel.minibar.list(reception, MinibarQuery())
    assert [each.user for each in mine.items] == [hotel.suite.user_id]
    query = MinibarQuery(user=hotel.annexe.user_id)
    (theirs,) = (await hotel.minibar.list(hotel.scope, query)).items
    with pytest.raises(NotFound):
        await hotel.minibar.update(reception, theirs.id, MinibarPatch(settled=True))
    with pytest.raises(NotFound):
        await hotel.minibar.delete(reception, theirs.id)


async def test_a_guest_reports_and_does_nothing_else(hotel: Hotel) -> None:
    await hotel.dial(hotel.suite, "*1*1")
    guest = hotel.as_role(Role.USER)
    with pytest.raises(Denied):
        await hotel.rooms.list(guest, RoomQuery())
    with pytest.raises(Denied):
        await hotel.rooms.set_status(guest, hotel.suite.user_id, RoomBody(status="2"))
    with pytest.raises(Denied):
        await hotel.minibar.list(guest, MinibarQuery())
    with pytest.raises(Denied):
        await hotel.rooms.report_status(hotel.scope, "2")


async def test_rooms_of_another_hotel_are_not_there(hotel: Hotel) -> None:
    await hotel.dial(hotel.suite, "*1*1")
    (entry,) = (await hotel.minibar.list(hotel.scope, MinibarQuery())).items
    other = await add_customer(hotel.database, "palace")
    assert (await hotel.rooms.list(other, RoomQuery())).items == []
    with pytest.raises(NotFound):
        await hotel.rooms.set_status(other, hotel.suite.user_id, RoomBody(status="2"))
    with pytest.raises(NotFound):
        await hotel.minibar.delete(other, entry.id)


async def test_a_minibar_that_nobody_settles_takes_no_more_and_old_entries_go(
    hotel: Hotel,
) -> None:
    now = hotel.rooms._clock.now()
    room = hotel.suite.user_id

    def entries(count: int, *, settled: bool) -> list[MinibarEntry]:
        when = now if settled else None
        return [
            MinibarEntry(user_id=room, item="1", count=1, reported_at=now, settled_at=when)
            for _ in range(count)
        ]

    async with hotel.database.transaction(hotel.scope) as session:
        session.add_all(entries(MOST_OPEN - 1, settled=False))
        session.add_all(entries(MOST_SETTLED + 5, settled=True))
    with pytest.raises(LimitReached):
        await hotel.dial(hotel.suite, "*1*1*2*2")
    await hotel.dial(hotel.suite, "*1*1")
    with pytest.raises(LimitReached):
        await hotel.dial(hotel.suite, "*1*1")
    async with hotel.database.reading() as session:
        rows = list(await session.scalars(select(MinibarEntry)))
    assert sum(row.settled_at is not None for row in rows) == MOST_SETTLED
    assert sum(row.settled_at is None for row in rows) == MOST_OPEN


@pytest.mark.parametrize("status", ["", "12", "*", "a", None])
def test_a_status_is_one_digit(status: str | None) -> None:
    with pytest.raises(ValidationError):
        RoomBody.model_validate({"status": status})
