"""Users of a tenant: people with an extension, and their memberships."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.audit.notes import note
from orchestrator.db.bulk import RowErrors
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import get_in, select_in
from orchestrator.db.session import Database
from orchestrator.errors import NotFound
from orchestrator.events.service import EventService
from orchestrator.people.lookup import require_outranks, require_own_or_managed
from orchestrator.people.model import Extension, Membership, User
from orchestrator.people.rules import OwnerKind, managed_departments
from orchestrator.people.schemas import (
    PinBody,
    PinOut,
    UserBulk,
    UserBulkOut,
    UserCreate,
    UserOut,
    UserPatch,
    UserQuery,
)
from orchestrator.people.view import readable, show_users
from orchestrator.people.writing import open_desk
from orchestrator.rights.rules import Right, require
from orchestrator.schemas import Page
from orchestrator.signin.passwords import Passwords
from orchestrator.types import ActorKind, Scope

_KEYS = {"number": Extension.number, "last_name": User.last_name, "created_at": User.created_at}


class UserService:
    """Use cases of users. An actor sees and changes users of the departments they manage."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        events: EventService,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._events = events

    async def list(self, scope: Scope, query: UserQuery) -> Page[UserOut]:
        require(scope.actor, Right.MANAGE_USERS_SAME_DEPARTMENT)
        statement = _filtered(_visible(scope), query)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys=_KEYS, id_column=User.id
            )
            return Page(items=await show_users(session, rows), next=following)

    async def get(self, scope: Scope, id: str) -> UserOut:  # noqa: A002
        require(scope.actor, Right.MANAGE_USERS_SAME_DEPARTMENT)
        async with self._database.reading() as session:
            user = await session.scalar(_visible(scope).where(User.id == id))
            if user is None:
                raise NotFound("There is no such user.")
            return (await show_users(session, [user]))[0]

    async def create(self, scope: Scope, body: UserCreate) -> UserOut:
        """A new user; LimitReached when the tenant has as many as it may."""
        require(scope.actor, Right.MANAGE_USERS_SAME_DEPARTMENT)
        password_hash = await self._hash(body)
        async with self._writing(scope) as session:
            desk = await open_desk(session, scope)
            user = await desk.add(body, password_hash)
            return (await show_users(session, [user]))[0]

    async def update(
        self,
        scope: Scope,
        id: str,  # noqa: A002
        patch: UserPatch,
        version: int | None = None,
    ) -> UserOut:
        """Change what `patch` names. A new password ends all sign-ins of the user."""
        require(scope.actor, Right.MANAGE_USERS_SAME_DEPARTMENT)
        password_hash = await self._hash(patch)
        async with self._database.transaction(scope) as session:
            desk = await open_desk(session, scope)
            user = await desk.change(id, patch, password_hash, version)
            await desk.finish()
            return (await show_users(session, [user]))[0]

    async def delete(self, scope: Scope, id: str, version: int | None = None) -> None:  # noqa: A002
        """Delete a user; InUse while DIDs lead there, Conflict for the last system owner."""
        require(scope.actor, Right.MANAGE_USERS_SAME_DEPARTMENT)
        async with self._database.transaction(scope) as session:
            desk = await open_desk(session, scope)
            await desk.remove(id, version)
            await desk.finish()

    async def reset_totp(self, scope: Scope, id: str) -> None:  # noqa: A002
        """Take one-time codes off a user who lost the authenticator."""
        require(scope.actor, Right.MANAGE_USERS_SAME_DEPARTMENT)
        async with self._database.transaction(scope) as session:
            desk = await open_desk(session, scope)
            await desk.reset_totp(id)

    async def pin(self, scope: Scope, id: str) -> PinOut:  # noqa: A002
        """One's own PIN (`-`), or that of somebody one manages, which is noted."""
        async with self._database.transaction(scope) as session:
            user = await self._theirs(session, scope, id)
            if user.id != scope.actor.id:
                note(session, scope, "tenant:user:pin_revealed", ("user", user.id))
            return PinOut(pin=user.pin)

    async def set_pin(self, scope: Scope, id: str, body: PinBody) -> PinOut:  # noqa: A002
        """Change one's own PIN, or that of somebody one manages."""
        async with self._database.transaction(scope) as session:
            user = await self._theirs(session, scope, id)
            await (await open_desk(session, scope)).set_pin(user, body.pin)
            return PinOut(pin=user.pin)

    async def _theirs(self, session: AsyncSession, scope: Scope, id: str) -> User:  # noqa: A002
        """The actor, or somebody whom they manage and who does not stand above them."""
        user = await require_own_or_managed(session, scope, id)
        if scope.actor.kind is not ActorKind.USER or user != scope.actor.id:
            await require_outranks(session, scope, user)
        return await get_in(session, scope, User, user)

    async def bulk(self, scope: Scope, body: UserBulk) -> UserBulkOut:
        """All of it or nothing; `Invalid` names every wrong row, not just the first."""
        require(scope.actor, Right.MANAGE_USERS_SAME_DEPARTMENT)
        created_hashes = await asyncio.gather(*map(self._hash, body.create))
        updated_hashes = await asyncio.gather(*map(self._hash, body.update))
        async with self._writing(scope) as session:
            desk = await open_desk(session, scope)
            rows = RowErrors(session)
            for index, id_ in enumerate(body.delete):
                await rows.run(f"delete.{index}", desk.remove(id_))
            updated = [
                await rows.run(f"update.{index}", desk.change(row.id, row, hash_, None))
                for index, (row, hash_) in enumerate(zip(body.update, updated_hashes, strict=True))
            ]
            created = [
                await rows.run(f"create.{index}", desk.add(row, hash_))
                for index, (row, hash_) in enumerate(zip(body.create, created_hashes, strict=True))
            ]
            rows.raise_found()
            await desk.finish()
            return UserBulkOut(
                created=await show_users(session, [row for row in created if row]),
                updated=await show_users(session, [row for row in updated if row]),
                deleted=len(body.delete),
            )

    async def in_department(
        self, session: AsyncSession, scope: Scope, department: str
    ) -> Sequence[str]:
        """Readable names of the members of a department."""
        rows = await session.scalars(
            select_in(scope, User)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.department_id == department)
            .order_by(User.last_name)
            .limit(20)
        )
        return [readable(user) for user in rows]

    @asynccontextmanager
    async def _writing(self, scope: Scope) -> AsyncIterator[AsyncSession]:
        """A transaction that may run into a limit of the tenant, which is then an event."""
        async with (
            self._events.limits_recorded(scope),
            self._database.transaction(scope) as session,
        ):
            yield session

    async def _hash(self, body: UserCreate | UserPatch) -> str | None:
        return await self._passwords.hash(body.password) if body.password is not None else None


def _visible(scope: Scope) -> Select[Any]:
    """Users of the departments that the actor manages, joined with their numbers."""
    statement = select_in(scope, User).join(
        Extension,
        and_(Extension.owner_kind == OwnerKind.USER, Extension.owner_id == User.id),
    )
    reach = managed_departments(scope.actor)
    return statement if reach is None else statement.where(_is_in(reach))


def _is_in(departments: Collection[str]) -> ColumnElement[bool]:
    return (
        select(Membership.id)
        .where(Membership.user_id == User.id, Membership.department_id.in_(departments))
        .exists()
    )


def _filtered(statement: Select[Any], query: UserQuery) -> Select[Any]:
    if query.department is not None:
        statement = statement.where(_is_in([query.department]))
    if query.disabled is not None:
        statement = statement.where(User.disabled.is_(query.disabled))
    if query.search:
        columns = (User.first_name, User.last_name, User.email, Extension.number)
        found = [column.icontains(query.search, autoescape=True) for column in columns]
        statement = statement.where(or_(*found))
    return statement
