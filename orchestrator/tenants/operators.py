"""Operators: administrators without an extension, of the platform or a reseller; their accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.errors import Conflict, Denied, Invalid
from orchestrator.people.lookup import user_has_email
from orchestrator.schemas import Page
from orchestrator.signin.passwords import Passwords
from orchestrator.signin.rules import Account
from orchestrator.signin.sessions import end_sign_ins
from orchestrator.tenants.lookup import is_suspended
from orchestrator.tenants.model import Operator, Tenant
from orchestrator.tenants.rules import TenantKind
from orchestrator.tenants.schemas import (
    OperatorCreate,
    OperatorOut,
    OperatorPatch,
    OperatorQuery,
)
from orchestrator.types import Actor, ActorKind, Scope, TenantId

_KEYS = {"name": Operator.name, "email": Operator.email, "created_at": Operator.created_at}


class OperatorService:
    """Use cases of operators; operators manage those of their tenant and of all below."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def list(self, scope: Scope, query: OperatorQuery) -> Page[OperatorOut]:
        _require_operator(scope)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, _filtered(scope, query), query, keys=_KEYS, id_column=Operator.id
            )
            return Page(items=[_show(row) for row in rows], next=following)

    async def get(self, scope: Scope, id: str) -> OperatorOut:  # noqa: A002
        _require_operator(scope)
        async with self._database.reading() as session:
            return _show(await get_in(session, scope, Operator, id))

    async def create(self, scope: Scope, body: OperatorCreate) -> OperatorOut:
        """A new operator, of the platform or a reseller; customers have users instead."""
        _require_operator(scope)
        hashed = await self._passwords.hash(body.password) if body.password is not None else None
        async with self._database.transaction(scope) as session:
            tenant = await session.get(Tenant, scope.tenant)
            if tenant is None or tenant.kind is TenantKind.CUSTOMER:
                raise Conflict("A customer has no operators.", id="no-operators-here")
            await _check_email(session, body.email)
            row = Operator(
                tenant_id=scope.tenant,
                name=body.name,
                email=body.email,
                password_hash=hashed,
                disabled=body.disabled,
            )
            session.add(row)
            await session.flush()
            return _show(row)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: OperatorPatch,
        version: int | None = None,
    ) -> OperatorOut:
        """Change what `patch` names."""
        _require_operator(scope)
        changes = patch.changes()
        hashed = await self._passwords.hash(patch.password) if patch.password is not None else None
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, Operator, id)
            require_version(row, version)
            if "email" in changes and patch.email != row.email:
                await _check_email(session, patch.email)
            if "password" in changes:
                row.password_hash = hashed
            for name in changes.keys() - {"password"}:
                setattr(row, name, changes[name])
            if {"password", "disabled"} & changes.keys():
                await end_sign_ins(session, ActorKind.OPERATOR, row.id)
            await session.flush()
            await _require_one_left(session, scope)
            return _show(row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        _require_operator(scope)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, Operator, id)
            require_version(row, version)
            await end_sign_ins(session, ActorKind.OPERATOR, row.id)
            await session.delete(row)
            await session.flush()
            await _require_one_left(session, scope)

    async def reset_totp(self, scope: Scope, id: str) -> None:  # noqa: A002
        """Take one-time codes off an operator who lost the authenticator."""
        _require_operator(scope)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, Operator, id)
            row.totp_secret, row.totp_confirmed_at = None, None


class OperatorAccounts:
    """Operators as sign-in sees them."""

    kind = ActorKind.OPERATOR

    async def by_email(self, session: AsyncSession, email: str) -> Account | None:
        row = await session.scalar(select(Operator).where(Operator.email == email))
        return await _account(session, row)

    async def by_id(self, session: AsyncSession, id: str) -> Account | None:  # noqa: A002
        return await _account(session, await session.get(Operator, id))

    async def actor(self, session: AsyncSession, id: str) -> Actor | None:  # noqa: A002
        account = await self.by_id(session, id)
        if account is None:
            return None
        return Actor(self.kind, account.id, account.name, account.tenant)

    async def set_password(self, session: AsyncSession, id: str, password_hash: str) -> None:  # noqa: A002
        (await session.get_one(Operator, id)).password_hash = password_hash

    async def pending_totp(self, session: AsyncSession, id: str) -> str | None:  # noqa: A002
        return (await session.get_one(Operator, id)).totp_secret

    async def set_totp(self, session: AsyncSession, id: str, secret: str | None) -> None:  # noqa: A002
        row = await session.get_one(Operator, id)
        row.totp_secret, row.totp_confirmed_at = secret, None

    async def confirm_totp(self, session: AsyncSession, id: str, now: datetime) -> None:  # noqa: A002
        (await session.get_one(Operator, id)).totp_confirmed_at = now


async def _account(session: AsyncSession, row: Operator | None) -> Account | None:
    if row is None or row.disabled or await is_suspended(session, TenantId(row.tenant_id)):
        return None
    return Account(
        kind=ActorKind.OPERATOR,
        id=row.id,
        tenant=TenantId(row.tenant_id),
        name=row.name,
        email=row.email,
        password_hash=row.password_hash,
        totp_secret=row.totp_secret if row.totp_confirmed_at is not None else None,
    )


def _require_operator(scope: Scope) -> None:
    if scope.actor.kind not in {ActorKind.OPERATOR, ActorKind.SYSTEM}:
        raise Denied("Only operators may do this.")


async def _check_email(session: AsyncSession, email: str) -> None:
    if await user_has_email(session, email):
        raise Invalid.field("body.email", "is taken already")


async def _require_one_left(session: AsyncSession, scope: Scope) -> None:
    """The platform must keep somebody who can sign in, else nobody could mend anything."""
    tenant = await session.get_one(Tenant, scope.tenant)
    if tenant.kind is not TenantKind.PLATFORM:
        return
    left = await session.scalar(
        select(func.count())
        .select_from(Operator)
        .where(
            Operator.tenant_id == scope.tenant,
            Operator.disabled.is_(False),
            Operator.password_hash.is_not(None),
        )
    )
    if not left:
        raise Conflict("The last operator of the platform must stay.", id="last-operator")


def _filtered(scope: Scope, query: OperatorQuery) -> Select[Any]:
    statement = select_in(scope, Operator)
    if query.search:
        columns = (Operator.name, Operator.email)
        found = [column.icontains(query.search, autoescape=True) for column in columns]
        statement = statement.where(or_(*found))
    return statement


def _show(row: Operator) -> OperatorOut:
    return OperatorOut(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        name=row.name,
        email=row.email,
        can_sign_in=row.password_hash is not None and not row.disabled,
        totp=row.totp_confirmed_at is not None,
        disabled=row.disabled,
    )
