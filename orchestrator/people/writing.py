"""Changes of users inside one transaction, with all their rules; single edits and bulk share it."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db.base import utc_now
from orchestrator.db.scope import count_in, get_in, require_version
from orchestrator.departments.lookup import default_department, department_names
from orchestrator.destinations.service import require_unused
from orchestrator.devices.hot_desks import log_out_user
from orchestrator.devices.lookup import add_device
from orchestrator.errors import Conflict, Denied, Invalid, NotFound
from orchestrator.forwarding.lookup import require_mobile_unused
from orchestrator.people.lookup import place_of
from orchestrator.people.model import Extension, Membership, User
from orchestrator.people.numbering import check_number
from orchestrator.people.pins import random_pin, weakness
from orchestrator.people.rules import OwnerKind, Place, may_manage, merged, outranks
from orchestrator.people.schemas import MembershipIn, UserCreate, UserPatch
from orchestrator.people.view import numbers_of, readable
from orchestrator.signin.sessions import end_sign_ins
from orchestrator.tenants.lookup import limits_of, operator_has_email, require_room
from orchestrator.types import ActorKind, Destination, DestinationKind, Role, Scope
from orchestrator.voicemail.lookup import add_box

_GUARDED = frozenset({"email", "password", "disabled", "pin"})
"""Whoever changes these could take over or lock out the person."""

_APART = frozenset({"number", "memberships", "password", "pin"})
"""Fields of a user that are not plain columns of `users`."""


class UserDesk:
    """Adds, changes and removes users in one transaction. Made by `open_desk`.

    Password hashes come in ready: making one is slow, and a transaction must be short.
    """

    def __init__(self, session: AsyncSession, scope: Scope, departments: set[str]) -> None:
        self._session = session
        self._scope = scope
        self._departments = departments
        self._owner_touched = False

    async def add(self, body: UserCreate, password_hash: str | None) -> User:
        """A new user with number, memberships and devices."""
        limits = await limits_of(self._session, self._scope)
        present = await self._session.scalar(count_in(self._scope, User)) or 0
        require_room(limits.max_users, present, "users")
        wanted = self._places(body.memberships)
        if not wanted:
            main = await default_department(self._session, self._scope)
            wanted = (Place(main, Role.USER, is_main=True),)
        places = merged(self._scope.actor, (), wanted)
        await check_number(self._session, self._scope, body.number)
        user = User(
            tenant_id=self._scope.tenant,
            password_hash=password_hash,
            pin=random_pin(body.number) if body.pin is None else strong(body.pin, body.number),
            **body.model_dump(exclude={*_APART, "devices", "voicemail"}),
        )
        await self._check_sign_in(user)
        self._session.add(user)
        await self._session.flush()
        self._session.add(
            Extension(
                tenant_id=self._scope.tenant,
                number=body.number,
                owner_kind=OwnerKind.USER,
                owner_id=user.id,
            )
        )
        await self._set_places(user, {}, places)
        if body.voicemail:
            add_box(self._session, self._scope, user.id)
        for draft in body.devices:
            await add_device(self._session, self._scope, user.id, draft)
        await self._session.flush()
        return user

    async def change(
        self,
        id: str,  # noqa: A002
        patch: UserPatch,
        password_hash: str | None,
        version: int | None,
    ) -> User:
        """Change what `patch` names."""
        user = await self._managed(id)
        require_version(user, version)
        changes = patch.changes()
        memberships = await self._memberships(user)
        before = [place_of(row) for row in memberships.values()]
        self._guard(user, before, _GUARDED & changes.keys())
        # A change of number or memberships is a change of the user: its version must move. Here,
        # with the other fields and before any query, so that it moves by one.
        user.updated_at = utc_now()
        for name in changes.keys() - _APART:
            setattr(user, name, changes[name])
        if "mobile" in changes and not user.mobile:
            await require_mobile_unused(self._session, self._scope, user.id)
        if "password" in changes:
            user.password_hash = password_hash
        if "number" in changes:
            await check_number(self._session, self._scope, patch.number)
            (await self._extension(user)).number = patch.number
        if "pin" in changes:
            user.pin = strong(patch.pin, (await self._extension(user)).number)
        if "memberships" in changes:
            places = merged(self._scope.actor, before, self._places(patch.memberships))
            await self._set_places(user, memberships, places)
        await self._check_sign_in(user)
        if {"password", "disabled"} & changes.keys():
            await end_sign_ins(self._session, ActorKind.USER, user.id)
        if user.disabled:
            await log_out_user(self._session, self._scope, user.id)
        await self._session.flush()
        return user

    async def set_pin(self, user: User, pin: str) -> None:
        """Change the PIN of a user whom the actor is, or may change."""
        user.pin = strong(pin, (await self._extension(user)).number)
        await self._session.flush()

    async def reset_totp(self, id: str) -> None:  # noqa: A002
        """Sign in with the password alone again: for somebody who lost the authenticator."""
        user = await self._managed(id)
        memberships = await self._memberships(user)
        self._guard(user, [place_of(row) for row in memberships.values()], {"totp"})
        user.totp_secret, user.totp_confirmed_at = None, None
        await self._session.flush()

    async def remove(self, id: str, version: int | None = None) -> None:  # noqa: A002
        """Delete the user with number, devices and memberships, but for the hot-desk phone that
        they use; refused while calls lead there."""
        user = await self._managed(id)
        require_version(user, version)
        memberships = await self._memberships(user)
        self._guard(user, [place_of(row) for row in memberships.values()], {"user"})
        if not all(may_manage(self._scope.actor, d) for d in memberships):
            raise Denied("The user is also in departments that you do not manage.")
        number = (await numbers_of(self._session, [user.id])).get(user.id, "")
        await require_unused(
            self._session,
            self._scope,
            Destination(DestinationKind.USER, user.id),
            Destination(DestinationKind.MOBILE, user.id),
            Destination(DestinationKind.VOICEMAIL, user.id),
            Destination(DestinationKind.EXTENSION, number),
            name=readable(user, number),
        )
        await end_sign_ins(self._session, ActorKind.USER, user.id)
        await log_out_user(self._session, self._scope, user.id)
        await self._session.delete(await self._extension(user))
        for row in memberships.values():
            await self._session.delete(row)
        await self._session.flush()
        await self._session.delete(user)
        await self._session.flush()

    async def finish(self) -> None:
        """The last check of the transaction: a system owner must be left where there was one."""
        if not self._owner_touched:
            return
        left = await self._session.scalar(
            select(func.count())
            .select_from(Membership)
            .join(User, User.id == Membership.user_id)
            .where(
                Membership.tenant_id == self._scope.tenant,
                Membership.role == Role.SYSTEM_OWNER,
                User.disabled.is_(False),
            )
        )
        if not left:
            raise Conflict("The last system owner must stay.", id="last-system-owner")

    def _places(self, memberships: Sequence[MembershipIn]) -> tuple[Place, ...]:
        for index, row in enumerate(memberships):
            if row.department not in self._departments:
                field = f"body.memberships.{index}.department"
                raise Invalid.field(field, "there is no such department")
        return tuple(
            Place(row.department, row.role, row.is_main, tuple(sorted(row.overrides.items())))
            for row in memberships
        )

    async def _managed(self, id: str) -> User:  # noqa: A002
        """The user, if the actor manages one of their departments; else there is no such user."""
        user = await get_in(self._session, self._scope, User, id)
        departments = await self._memberships(user)
        if not any(may_manage(self._scope.actor, department) for department in departments):
            raise NotFound("There is no such user.")
        return user

    async def _memberships(self, user: User) -> dict[str, Membership]:
        """Department id -> membership."""
        rows = await self._session.scalars(select(Membership).where(Membership.user_id == user.id))
        return {row.department_id: row for row in rows}

    async def _extension(self, user: User) -> Extension:
        rows = await self._session.scalars(
            select(Extension).where(
                Extension.owner_kind == OwnerKind.USER, Extension.owner_id == user.id
            )
        )
        return rows.one()

    def _guard(
        self, user: User, places: Sequence[Place], fields: set[str] | frozenset[str]
    ) -> None:
        if any(place.role is Role.SYSTEM_OWNER for place in places) and not user.disabled:
            self._owner_touched = True
        if fields and not outranks(self._scope.actor, places):
            raise Denied("You may not do this to somebody whose role you could not give.")

    async def _set_places(
        self, user: User, before: dict[str, Membership], places: Sequence[Place]
    ) -> None:
        wanted = {place.department: place for place in places}
        for department, row in before.items():
            if department not in wanted:
                await self._session.delete(row)
            elif row.is_main and not wanted[department].is_main:
                row.is_main = False
        # Two rows may not be main, not even between two statements.
        await self._session.flush()
        for department, place in wanted.items():
            row = before.get(department) or Membership(
                tenant_id=self._scope.tenant, user_id=user.id, department_id=department
            )
            row.role, row.is_main = place.role, place.is_main
            row.overrides = {right.value: on for right, on in place.overrides}
            self._session.add(row)
        await self._session.flush()

    async def _check_sign_in(self, user: User) -> None:
        """A sign-in needs an e-mail address that no operator has; users are checked by an index."""
        if user.password_hash is None:
            return
        if user.email is None:
            raise Invalid.field("body.email", "is needed to sign in")
        if await operator_has_email(self._session, user.email):
            raise Conflict("email is taken already")


def strong(pin: str, number: str) -> str:
    """`pin`, unless it is too easy to guess for the person at extension `number`."""
    if why := weakness(pin, number):
        raise Invalid.field("body.pin", why)
    return pin


async def open_desk(session: AsyncSession, scope: Scope) -> UserDesk:
    """A desk for one transaction."""
    departments = set(await department_names(session, scope))
    return UserDesk(session, scope, departments)
