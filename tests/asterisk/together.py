"""People of an office who work together: they park calls, fetch them and pick them up."""

import asyncio

from sqlalchemy import select

from orchestrator.options.schemas import OptionsPatch
from orchestrator.parking.model import ParkingPlace
from orchestrator.people.model import Extension, Membership, OwnerKind
from orchestrator.types import SYSTEM_ACTOR, Role, Scope, new_id
from tests.asterisk.office import Books, Colleague, Office, until, until_found
from tests.phones.baresip import BaresipPhone


async def promote(books: Books, *people: Colleague, role: Role = Role.RECEPTIONIST) -> None:
    """Give people the rights of a role."""
    ids = [who.user_id for who in people]
    async with books.database.transaction(books.scope) as session:
        rows = await session.scalars(select(Membership).where(Membership.user_id.in_(ids)))
        for row in rows:
            row.role = role


async def receptionists(office: Office, *numbers: str) -> list[Colleague]:
    """People who may park."""
    people = [await office.hire(number) for number in numbers]
    await promote(office.books, *people)
    rights = "presence.park_calls"
    await until(
        lambda: all(
            any(rights in held for held in office.plan.people[who.user_id].rights.values())
            for who in people
        )
    )
    return people


async def speakers(office: Office, *tones: float) -> list[BaresipPhone]:
    """Receptionists 101, 102... whose phones say these tones."""
    people = await receptionists(office, *(str(101 + n) for n in range(len(tones))))
    phones = (office.speaker(who, tone) for who, tone in zip(people, tones, strict=True))
    return list(await asyncio.gather(*phones))


async def talk(one: BaresipPhone, other: BaresipPhone) -> None:
    """Both hear each other, from now on."""
    one.listen_anew()
    other.listen_anew()
    await asyncio.gather(one.until_hears(other.tone), other.until_hears(one.tone))


async def until_music(phone: BaresipPhone, *tones: float) -> None:
    """The phone hears something, and it is none of the tones."""
    await until_found(lambda: phone.hears_music(but=tones))


async def add_place(office: Office, number: str) -> None:
    """Add a shared parking place for everybody."""
    place = new_id()
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(ParkingPlace(id=place, name=f"Place {number}"))
        session.add(Extension(number=number, owner_kind=OwnerKind.PARKING, owner_id=place))
    await until(lambda: number in office.plan.extensions)


async def choose(office: Office, **areas: dict[str, object]) -> None:
    """Set options of the tenant: `parking={"return_seconds": 2}`."""
    before = office.plan.options
    scope = Scope(office.books.scope.tenant, SYSTEM_ACTOR)
    await office.centrale.services.options.update(scope, OptionsPatch.model_validate(areas))
    await until(lambda: office.plan.options != before)
