"""What other services ask of users, inside their own transactions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from orchestrator.db.scope import select_in
from orchestrator.errors import Denied, FieldError, Invalid, NotFound
from orchestrator.people.model import Extension, Membership, User
from orchestrator.people.rules import OwnerKind, Place, managed_departments, may_manage, outranks
from orchestrator.people.view import numbers_of, readable
from orchestrator.rights.rules import Right, allowed
from orchestrator.types import ActorKind, Role, Scope


def of_managed_users(
    scope: Scope, user_id: InstrumentedAttribute[str] | InstrumentedAttribute[str | None]
) -> ColumnElement[bool]:
    """A condition: the user in column `user_id` is one whom the actor manages."""
    reach = managed_departments(scope.actor)
    if reach is None:
        return true()
    member = Membership.user_id == user_id
    return select(Membership.id).where(member, Membership.department_id.in_(reach)).exists()


async def require_managed(session: AsyncSession, scope: Scope, user: str, what: str) -> None:
    """Raise NotFound unless the actor manages `user`; `what` is what they asked for."""
    places = await places_of(session, scope, user)
    if not any(may_manage(scope.actor, place.department) for place in places):
        raise NotFound(f"There is no such {what}.")


async def require_own_or_managed(
    session: AsyncSession, scope: Scope, user: str, *rights: Right
) -> str:
    """The id of `user`; `-` is the actor. NotFound unless the actor is or manages that user, or
    holds one of `rights` in a department of the user."""
    actor = scope.actor
    own = actor.id if actor.kind is ActorKind.USER else ""
    places = await places_of(session, scope, own if user == "-" else user)
    if own and user in {"-", own} and places:
        return own
    if not any(
        may_manage(actor, place.department)
        or any(allowed(actor, right, place.department) for right in rights)
        for place in places
    ):
        raise NotFound("There is no such user.")
    return user


async def mobile_of(session: AsyncSession, scope: Scope, user: str) -> str | None:
    """The mobile number of `user`."""
    return await session.scalar(
        select(User.mobile).where(User.tenant_id == scope.tenant, User.id == user)
    )


async def user_with_number(session: AsyncSession, scope: Scope, number: str) -> str | None:
    """The id of the user whose extension is `number`; None when it is nobody's."""
    return await session.scalar(
        select(Extension.owner_id).where(
            Extension.tenant_id == scope.tenant,
            Extension.number == number,
            Extension.owner_kind == OwnerKind.USER,
        )
    )


async def require_outranks(session: AsyncSession, scope: Scope, user: str) -> None:
    """Raise Denied when `user` holds a role that the actor could not give."""
    if not outranks(scope.actor, await places_of(session, scope, user)):
        raise Denied("You may not do this to somebody whose role you could not give.")


async def places_of(session: AsyncSession, scope: Scope, user: str) -> list[Place]:
    """The memberships of `user`; empty for somebody who is not in this tenant."""
    rows = await session.scalars(select_in(scope, Membership).where(Membership.user_id == user))
    return [place_of(row) for row in rows]


def place_of(row: Membership) -> Place:
    overrides = tuple((Right(name), on) for name, on in sorted(row.overrides.items()))
    return Place(row.department_id, row.role, row.is_main, overrides)


async def names_of(session: AsyncSession, scope: Scope, users: Iterable[str]) -> dict[str, str]:
    """User id -> readable name, such as `101 Ada Lovelace`."""
    wanted = list(users)
    rows = await session.scalars(select_in(scope, User).where(User.id.in_(wanted)))
    numbers = await numbers_of(session, wanted)
    return {row.id: readable(row, numbers.get(row.id, "")) for row in rows}


@dataclass(frozen=True, slots=True)
class Named:
    """How a user is shown in lists."""

    number: str
    name: str
    disabled: bool


async def named(session: AsyncSession, scope: Scope, users: Iterable[str]) -> dict[str, Named]:
    """User id -> number and name, of those who are users of the tenant."""
    wanted = list(users)
    rows = await session.scalars(select_in(scope, User).where(User.id.in_(wanted)))
    numbers = await numbers_of(session, wanted)
    return {row.id: Named(numbers.get(row.id, ""), readable(row), row.disabled) for row in rows}


async def require_users(
    session: AsyncSession, scope: Scope, users: Sequence[str], field: str
) -> None:
    """Raise Invalid for every place of a list that names nobody, or somebody again.

    `field` has a `{}` for the place: `body.members.{}`.
    """
    known = await names_of(session, scope, users)
    first: dict[str, int] = {}
    wrong: list[FieldError] = []
    for place, user in enumerate(users):
        if first.setdefault(user, place) != place:
            wrong.append(FieldError(field.format(place), "is named twice"))
        elif user not in known:
            wrong.append(FieldError(field.format(place), "there is no such user"))
    if wrong:
        raise Invalid(f"{len(wrong)} user(s) cannot be in this list.", wrong)


async def user_has_email(session: AsyncSession, email: str) -> bool:
    """Whether a user signs in with `email`."""
    found = await session.scalar(
        select(User.id).where(User.email == email, User.password_hash.is_not(None))
    )
    return found is not None


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who gets mail, in `language` (None: that of the tenant)."""

    email: str
    language: str | None


async def readers(session: AsyncSession, scope: Scope, users: Iterable[str]) -> list[Reader]:
    """Those of `users` who have an e-mail address and are not disabled."""
    wanted = select_in(scope, User).where(
        User.id.in_(list(users)), User.email.is_not(None), User.disabled.is_(False)
    )
    rows = await session.scalars(wanted.order_by(User.id))
    return [Reader(row.email or "", row.language) for row in rows]


async def administrators(session: AsyncSession, scope: Scope) -> list[str]:
    """The users (ids) who look after the tenant: its system owners and administrators."""
    roles = (Role.SYSTEM_OWNER, Role.SYSTEM_ADMIN)
    wanted = select_in(scope, Membership).where(Membership.role.in_(roles))
    return [row.user_id for row in await session.scalars(wanted)]


def users_in(departments: Iterable[str]) -> Select[str]:
    """A subquery: ids of the members of these departments."""
    return select(Membership.user_id).where(Membership.department_id.in_(list(departments)))


def numbers_in(scope: Scope, users: Select[str] | list[str]) -> Select[str]:
    """A subquery: extension numbers of these users."""
    return select(Extension.number).where(
        Extension.tenant_id == scope.tenant,
        Extension.owner_kind == OwnerKind.USER,
        Extension.owner_id.in_(users),
    )


async def has_number(session: AsyncSession, scope: Scope, number: str) -> bool:
    """Whether `number` is an extension of the tenant."""
    found = await session.scalar(
        select(Extension.id).where(Extension.tenant_id == scope.tenant, Extension.number == number)
    )
    return found is not None
