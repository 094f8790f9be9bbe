"""How the people of an office have their calls forwarded, for scenarios."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from orchestrator.forwarding.model import ForwardingException, StatusProfile, UserStatus
from orchestrator.forwarding.rules import Status, When
from orchestrator.types import DestinationKind, StoredDestination
from tests.asterisk.office import Colleague, Office, Provider, until

MOBILE = "0612345678"


def to(who: Colleague) -> StoredDestination:
    return {"kind": "user", "ref": who.user_id}


def outside(number: str = MOBILE, kind: str = "external") -> StoredDestination:
    return {"kind": kind, "ref": number}


async def status(office: Office, who: Colleague, status: Status, **columns: Any) -> None:
    """Put a person into a status; `columns` are those of `UserStatus`."""
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(UserStatus(user_id=who.user_id, status=status, **columns))
    await until(lambda: office.plan.people[who.user_id].forwarding.status is status)


async def end_temporary(office: Office, who: Colleague) -> datetime:
    """Let the person's temporary status end in a second; when that is."""
    soon = datetime.now(UTC) + timedelta(seconds=1)
    async with office.books.database.transaction(office.books.scope) as session:
        query = select(UserStatus).where(UserStatus.user_id == who.user_id)
        (await session.scalars(query)).one().temporary_until = soon
    await until(lambda: office.plan.people[who.user_id].forwarding.temporary_until == soon)
    return soon


async def profile(
    office: Office,
    who: Colleague,
    status: Status = Status.AVAILABLE,
    *,
    ways: dict[When, StoredDestination] | None = None,
    external: StoredDestination | None = None,
    **columns: Any,
) -> None:
    """Set one profile; `external` where calls from outside go, if elsewhere."""
    destinations = {
        when.value: {"internal": way, "external": external or way}
        for when, way in (ways or {}).items()
    }
    row = StatusProfile(user_id=who.user_id, status=status, destinations=destinations, **columns)
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(row)
    await until(lambda: status in office.plan.people[who.user_id].forwarding.profiles)


async def exception(office: Office, who: Colleague, way: Colleague, **columns: Any) -> None:
    row = ForwardingException(
        user_id=who.user_id,
        destination_kind=DestinationKind.USER,
        destination_ref=way.user_id,
        **columns,
    )
    async with office.books.database.transaction(office.books.scope) as session:
        session.add(row)
    await until(lambda: bool(office.plan.people[who.user_id].forwarding.exceptions))


async def hired(office: Office, *numbers: str, **columns: Any) -> list[Colleague]:
    return [await office.hire(number, **columns) for number in numbers]


async def network(office: Office) -> Provider:
    """A provider that takes calls to numbers with a leading 0."""
    provider = await office.provider()
    await office.rule(provider, prefixes=["0"])
    return provider
