"""Which devices are hot-desk phones, and whose they are: inside the transactions of other services.

A phone changes hands here alone, so that each change leaves a line in the audit log that says what
it was; the row's own line says who had the phone before.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.audit.notes import note
from orchestrator.db.scope import select_in
from orchestrator.devices.model import Device
from orchestrator.errors import NotFound
from orchestrator.types import Scope

Phone = Device
KEYS = {"name": Device.name, "created_at": Device.created_at}
ID = Device.id


def phones_in(scope: Scope) -> Select[Device]:
    """SELECT of the tenant's hot-desk phones."""
    return select_in(scope, Device).where(Device.hot_desk)


def filtered(
    scope: Scope,
    *,
    user: str | None = None,
    used: bool | None = None,
    disabled: bool | None = None,
) -> Select[Device]:
    """SELECT of those that `user` uses, that anybody uses or nobody, that are disabled or not."""
    found = phones_in(scope)
    if user is not None:
        found = found.where(Device.user_id == user)
    if used is not None:
        found = found.where(Device.user_id.is_not(None) if used else Device.user_id.is_(None))
    return found if disabled is None else found.where(Device.disabled.is_(disabled))


def used_before(scope: Scope, instant: datetime) -> Select[Device]:
    """SELECT of those whose user logged in before `instant`."""
    return phones_in(scope).where(Device.logged_in_at < instant)


async def phone_in(session: AsyncSession, scope: Scope, phone: str) -> Device:
    """The hot-desk phone with this id; NotFound for any other device."""
    found = await session.scalar(phones_in(scope).where(Device.id == phone))
    if found is None:
        raise NotFound("There is no such hot-desk phone.")
    return found


async def log_in(
    session: AsyncSession, scope: Scope, phone: Device, user: str, now: datetime
) -> None:
    """Make `phone` that of `user`, who leaves any other one; whoever had it before is logged out.

    Logged out first: a person may not have two phones, not even between two statements.
    """
    had = await session.scalars(phones_in(scope).where(Device.user_id == user))
    left = [each for each in had if each is not phone]
    if phone.user_id not in {None, user}:
        left.append(phone)
    await log_out(session, scope, left)
    phone.user_id, phone.logged_in_at = user, now
    note(session, scope, "tenant:hot_desk:logged_in", ("device", phone.id))
    await session.flush()


async def log_out(session: AsyncSession, scope: Scope, phones: Iterable[Device]) -> int:
    """Make these phones nobody's; how many had somebody."""
    used = [phone for phone in phones if phone.user_id is not None]
    for phone in used:
        phone.user_id, phone.logged_in_at = None, None
        note(session, scope, "tenant:hot_desk:logged_out", ("device", phone.id))
    await session.flush()
    return len(used)


async def log_out_user(session: AsyncSession, scope: Scope, user: str) -> None:
    """Log `user` out of the hot-desk phone that they use, if they do."""
    had = await session.scalars(phones_in(scope).where(Device.user_id == user))
    await log_out(session, scope, had)
