"""Users as they are shown: with number and memberships, read in bulk."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.people.model import Extension, Membership, User
from orchestrator.people.rules import OwnerKind
from orchestrator.people.schemas import MembershipOut, UserOut


async def show_users(session: AsyncSession, users: Sequence[User]) -> list[UserOut]:
    """`users` in their order, with two selects for all of them."""
    ids = [user.id for user in users]
    numbers = await numbers_of(session, ids)
    memberships = defaultdict(list)
    for row in await session.scalars(
        select(Membership).where(Membership.user_id.in_(ids)).order_by(Membership.id)
    ):
        memberships[row.user_id].append(_membership(row))
    return [_user(user, numbers.get(user.id, ""), memberships[user.id]) for user in users]


async def numbers_of(session: AsyncSession, users: Sequence[str]) -> dict[str, str]:
    """User id -> extension number."""
    rows = await session.execute(
        select(Extension.owner_id, Extension.number).where(
            Extension.owner_kind == OwnerKind.USER, Extension.owner_id.in_(users)
        )
    )
    return {row.owner_id: row.number for row in rows}


def readable(user: User, number: str = "") -> str:
    """How a user is named to people: `101 Ada Lovelace`."""
    return " ".join(part for part in (number, user.first_name, user.last_name) if part) or user.id


def _membership(row: Membership) -> MembershipOut:
    return MembershipOut(
        department=row.department_id, role=row.role, is_main=row.is_main, overrides=row.overrides
    )


def _user(user: User, number: str, memberships: list[MembershipOut]) -> UserOut:
    return UserOut(
        id=user.id,
        version=user.version,
        created_at=user.created_at,
        updated_at=user.updated_at,
        number=number,
        first_name=user.first_name,
        last_name=user.last_name,
        email=user.email,
        mobile=user.mobile,
        language=user.language,
        can_sign_in=user.password_hash is not None and not user.disabled,
        totp=user.totp_confirmed_at is not None,
        disabled=user.disabled,
        ring_seconds=user.ring_seconds,
        outbound_caller_id=user.outbound_caller_id,
        may_call_out=user.may_call_out,
        calls_out_in_hours_only=user.calls_out_in_hours_only,
        record_calls=user.record_calls,
        pin_protected=user.pin_protected,
        pin_seconds=user.pin_seconds,
        memberships=memberships,
    )
