"""Users as sign-in sees them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.people.model import Membership, User
from orchestrator.people.view import readable
from orchestrator.signin.rules import Account
from orchestrator.tenants.lookup import is_suspended
from orchestrator.types import Actor, ActorKind, Grant, TenantId


class UserAccounts:
    """Users who have a password, with the grants of their memberships."""

    kind = ActorKind.USER

    async def by_email(self, session: AsyncSession, email: str) -> Account | None:
        row = await session.scalar(
            select(User).where(User.email == email, User.password_hash.is_not(None))
        )
        return await _account(session, row)

    async def by_id(self, session: AsyncSession, id: str) -> Account | None:  # noqa: A002
        return await _account(session, await session.get(User, id))

    async def actor(self, session: AsyncSession, id: str) -> Actor | None:  # noqa: A002
        account = await self.by_id(session, id)
        if account is None:
            return None
        grants = await _grants(session, id)
        return Actor(self.kind, account.id, account.name, account.tenant, grants)

    async def set_password(self, session: AsyncSession, id: str, password_hash: str) -> None:  # noqa: A002
        (await session.get_one(User, id)).password_hash = password_hash

    async def pending_totp(self, session: AsyncSession, id: str) -> str | None:  # noqa: A002
        return (await session.get_one(User, id)).totp_secret

    async def set_totp(self, session: AsyncSession, id: str, secret: str | None) -> None:  # noqa: A002
        row = await session.get_one(User, id)
        row.totp_secret, row.totp_confirmed_at = secret, None

    async def confirm_totp(self, session: AsyncSession, id: str, now: datetime) -> None:  # noqa: A002
        (await session.get_one(User, id)).totp_confirmed_at = now


async def dialler(session: AsyncSession, id: str) -> Actor | None:  # noqa: A002
    """A user who acts by a telephone; other than to sign in, that takes no e-mail address."""
    row = await session.get(User, id)
    if row is None or row.disabled:
        return None
    grants = await _grants(session, id)
    return Actor(ActorKind.USER, row.id, readable(row), TenantId(row.tenant_id), grants)


async def _grants(session: AsyncSession, user: str) -> tuple[Grant, ...]:
    rows = await session.scalars(
        select(Membership).where(Membership.user_id == user).order_by(Membership.id)
    )
    return tuple(
        Grant(row.role, row.department_id, tuple(sorted(row.overrides.items()))) for row in rows
    )


async def _account(session: AsyncSession, row: User | None) -> Account | None:
    if row is None or row.disabled or row.email is None:
        return None
    if await is_suspended(session, TenantId(row.tenant_id)):
        return None
    return Account(
        kind=ActorKind.USER,
        id=row.id,
        tenant=TenantId(row.tenant_id),
        name=readable(row),
        email=row.email,
        password_hash=row.password_hash,
        totp_secret=row.totp_secret if row.totp_confirmed_at is not None else None,
    )
