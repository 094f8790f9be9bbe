"""API clients: programs that sign in by OAuth 2 client credentials (RFC 6749 §4.4)."""

import hmac
from datetime import datetime
from typing import cast

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.clock import Clock
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import get_in, require_version, select_in
from orchestrator.db.session import Database
from orchestrator.departments.lookup import department_names
from orchestrator.errors import Denied, Invalid, NotSignedIn
from orchestrator.rights.rules import Right, may_elevate, require
from orchestrator.schemas import Page
from orchestrator.signin.model import ApiClient, SignIn
from orchestrator.signin.rules import CLIENT_TOKEN, hash_token, new_token
from orchestrator.signin.schemas import (
    ApiClientCreate,
    ApiClientOut,
    ApiClientPatch,
    ApiClientQuery,
    ApiClientWithSecret,
    TokenOut,
)
from orchestrator.signin.service import Client, drop_ended, own_scope
from orchestrator.signin.sessions import end_sign_ins
from orchestrator.tenants.lookup import is_suspended
from orchestrator.types import Actor, ActorKind, Grant, Role, Scope, TenantId, new_id

_KEYS = {"name": ApiClient.name, "created_at": ApiClient.created_at}

_TABLE = cast(Table, ApiClient.__table__)

RIGHT = Right.STORAGE_AND_MAINTENANCE
"""Held by the two system roles: API clients are part of running the installation."""


class ApiClientService:
    """Use cases of API clients. Nobody can give a client a role they could not give a person."""

    kind = ActorKind.API_CLIENT

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self, scope: Scope, query: ApiClientQuery) -> Page[ApiClientOut]:
        require(scope.actor, RIGHT)
        statement = select_in(scope, ApiClient)
        if query.search:
            statement = statement.where(ApiClient.name.icontains(query.search, autoescape=True))
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=ApiClient.id
            )
            return Page(items=[_show(row) for row in rows], next=following)

    async def get(self, scope: Scope, id: str) -> ApiClientOut:  # noqa: A002
        require(scope.actor, RIGHT)
        async with self._database.reading() as session:
            return _show(await get_in(session, scope, ApiClient, id))

    async def create(self, scope: Scope, body: ApiClientCreate) -> ApiClientWithSecret:
        """A new client and its secret, which is shown only now."""
        require(scope.actor, RIGHT)
        _check_role(scope, body.role)
        secret = new_token()
        async with self._database.transaction(scope) as session:
            await _check_department(session, scope, body.department)
            row = ApiClient(
                tenant_id=scope.tenant,
                name=body.name,
                client_id=new_id(),
                secret_hash=hash_token(secret),
                role=body.role,
                department_id=body.department,
                disabled=body.disabled,
            )
            session.add(row)
            await session.flush()
            return ApiClientWithSecret(**dict(_show(row)), client_secret=secret)

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: ApiClientPatch,
        version: int | None = None,
    ) -> ApiClientOut:
        require(scope.actor, RIGHT)
        changes = patch.changes()
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, ApiClient, id)
            require_version(row, version)
            _check_role(scope, row.role)
            if "role" in changes:
                _check_role(scope, patch.role)
            if "department" in changes:
                await _check_department(session, scope, patch.department)
                row.department_id = patch.department
            for name in changes.keys() - {"department"}:
                setattr(row, name, changes[name])
            await session.flush()
            return _show(row)

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        """Delete a client; its tokens end at once."""
        require(scope.actor, RIGHT)
        async with self._database.transaction(scope) as session:
            row = await get_in(session, scope, ApiClient, id)
            require_version(row, version)
            _check_role(scope, row.role)
            await end_sign_ins(session, ActorKind.API_CLIENT, row.id)
            await session.delete(row)

    async def token(self, client_id: str, secret: str, client: Client) -> TokenOut:
        """A short-lived token; `NotSignedIn` in equal words for whatever is wrong."""
        now = self._clock.now()
        async with self._database.reading() as session:
            row = await session.scalar(select(ApiClient).where(ApiClient.client_id == client_id))
            stored = row.secret_hash if row is not None else hash_token("")
            right = hmac.compare_digest(stored, hash_token(secret))
            actor = await self.actor(session, row.id) if row is not None and right else None
        if actor is None or actor.tenant is None:
            raise NotSignedIn("The client is not known.")
        token = new_token()
        async with self._database.transaction(own_scope(actor)) as session:
            await drop_ended(session, actor.tenant, now)
            session.add(_sign_in(actor, token, now, client))
            # Through the table: being used is no edit, it must not move the version.
            await session.execute(
                update(_TABLE).where(_TABLE.c.id == actor.id).values(last_used_at=now)
            )
        return TokenOut(access_token=token, expires_in=int(CLIENT_TOKEN.total_seconds()))

    async def actor(self, session: AsyncSession, id: str) -> Actor | None:  # noqa: A002
        row = await session.get(ApiClient, id)
        if row is None or row.disabled or await is_suspended(session, TenantId(row.tenant_id)):
            return None
        grant = Grant(row.role, row.department_id)
        return Actor(ActorKind.API_CLIENT, row.id, row.name, TenantId(row.tenant_id), (grant,))


def _sign_in(actor: Actor, token: str, now: datetime, client: Client) -> SignIn:
    return SignIn(
        tenant_id=actor.tenant,
        token_hash=hash_token(token),
        actor_kind=actor.kind,
        actor_id=actor.id,
        created_at=now,
        last_seen_at=now,
        expires_at=now + CLIENT_TOKEN,
        ip=client.address or None,
        user_agent=client.user_agent or None,
    )


def _check_role(scope: Scope, role: Role) -> None:
    if not may_elevate(scope.actor, role):
        raise Denied(f"You may not give or take the role {role.value}.")


async def _check_department(session: AsyncSession, scope: Scope, department: str | None) -> None:
    if department is not None and department not in await department_names(session, scope):
        raise Invalid.field("body.department", "there is no such department")


def _show(row: ApiClient) -> ApiClientOut:
    return ApiClientOut(
        id=row.id,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        name=row.name,
        client_id=row.client_id,
        role=row.role,
        department=row.department_id,
        disabled=row.disabled,
        last_used_at=row.last_used_at,
    )
