"""What sign-in asks of those who keep accounts: operators (tenants) and users (people)."""

from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.signin.rules import Account
from orchestrator.types import Actor, ActorKind


class Actors(Protocol):
    """One kind of actor. The disabled, and those of suspended tenants, do not exist."""

    @property
    def kind(self) -> ActorKind: ...

    async def actor(self, session: AsyncSession, id: str) -> Actor | None:  # noqa: A002
        """The actor with this id, with the grants it holds now."""


class Accounts(Actors, Protocol):
    """Accounts of people, who sign in with a password."""

    async def by_email(self, session: AsyncSession, email: str) -> Account | None:
        """The account that signs in with `email` (lower case)."""

    async def by_id(self, session: AsyncSession, id: str) -> Account | None:  # noqa: A002
        """The account with this id."""

    async def set_password(self, session: AsyncSession, id: str, password_hash: str) -> None:  # noqa: A002
        """Keep a new password hash."""

    async def pending_totp(self, session: AsyncSession, id: str) -> str | None:  # noqa: A002
        """The secret that is enrolled and waits for its first code."""

    async def set_totp(self, session: AsyncSession, id: str, secret: str | None) -> None:  # noqa: A002
        """Keep a secret that waits for confirmation, or none at all."""

    async def confirm_totp(self, session: AsyncSession, id: str, now: datetime) -> None:  # noqa: A002
        """From now on sign-in asks for a code."""
