"""Sign-in: passwords and one-time codes in, bearer tokens out, and who a token stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyotp
import structlog
from pydantic import SecretStr
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.audit.notes import note
from orchestrator.clock import Clock
from orchestrator.db.session import Database
from orchestrator.errors import Denied, Invalid, LimitReached, NotFound, NotSignedIn
from orchestrator.signin.accounts import Accounts, Actors
from orchestrator.signin.model import SignIn
from orchestrator.signin.passwords import Passwords
from orchestrator.signin.rules import (
    IDLE,
    SEEN_EVERY,
    SESSION,
    Account,
    Attempts,
    hash_token,
    new_token,
)
from orchestrator.signin.schemas import (
    OwnSignInOut,
    OwnSignIns,
    PasswordChange,
    SignInOut,
    SignInRequest,
)
from orchestrator.signin.sessions import end_sign_ins
from orchestrator.types import Actor, ActorKind, Scope, TenantId

TRIES = 10
TRY_WINDOW = 900.0
"""Seconds; ten wrong passwords for one account from one address within it, then wait."""

ADDRESS_TRIES = 100
"""Wrong passwords from one address for any accounts within the window: guessing at large."""

CODE_LIFE = 90.0
"""Seconds for which a one-time code could be used again, were it not remembered."""

log = structlog.get_logger(__name__)


class TooManyTries(LimitReached):
    """Too many wrong passwords; `retry_after` in seconds."""

    id = "too-many-tries"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many wrong sign-ins. Try again in {retry_after} s.")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a token stands for: sign-in `id`, and who."""

    id: str
    actor: Actor
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Client:
    """Where a sign-in comes from."""

    address: str
    user_agent: str


class SignInService:
    """Use cases of sign-in, for all kinds of accounts."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        passwords: Passwords,
        accounts: Sequence[Accounts],
        clients: Actors,
    ) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._accounts = {each.kind: each for each in accounts}
        self._actors: dict[ActorKind, Actors] = {**self._accounts, clients.kind: clients}
        self._tries = Attempts(TRIES, TRY_WINDOW)
        self._address_tries = Attempts(ADDRESS_TRIES, TRY_WINDOW)
        self._used_codes = Attempts(1, CODE_LIFE)

    async def sign_in(self, asked: SignInRequest, client: Client) -> SignInOut:
        """A token for the right password (and code).

        Raises `NotSignedIn`, equal in words and time for unknown accounts and wrong passwords;
        `NotSignedIn` with id `totp-required` when the password is right and a code is missing;
        `TooManyTries`.
        """
        keys = ((asked.email, client.address), (client.address,))
        self._refuse_hurry(keys)
        account = await self._find(asked.email)
        stored = account.password_hash if account else None
        if not await self._passwords.verify(stored, asked.password) or account is None:
            self._count_failure(keys)
            log.info("sign-in refused", address=client.address)
            raise NotSignedIn("This e-mail address and password do not belong together.")
        if account.totp_secret is not None:
            self._check_code(account.totp_secret, asked.totp, keys)
        self._tries.succeeded(keys[0])
        return await self._begin(account, asked.password, client)

    async def resolve(self, token: str) -> SignedIn:
        """Who `token` stands for now; `NotSignedIn` when it ended or the account did."""
        now = self._clock.now()
        async with self._database.reading() as session:
            row = await session.scalar(select(SignIn).where(SignIn.token_hash == hash_token(token)))
            if row is None or row.expires_at <= now or row.last_seen_at + IDLE <= now:
                raise NotSignedIn("This sign-in has ended.")
            actor = await self._actors[row.actor_kind].actor(session, row.actor_id)
        if actor is None:
            raise NotSignedIn("This sign-in has ended.")
        if row.last_seen_at + SEEN_EVERY <= now:
            await self._seen(actor, row.id, now)
        return SignedIn(row.id, actor, row.expires_at)

    async def sign_out(self, signed_in: SignedIn) -> None:
        """End this sign-in."""
        await self.end(signed_in, signed_in.id)

    async def own(self, signed_in: SignedIn) -> OwnSignIns:
        """One's own sign-ins, newest first."""
        async with self._database.reading() as session:
            rows = await session.scalars(
                select(SignIn)
                .where(
                    SignIn.actor_kind == signed_in.actor.kind,
                    SignIn.actor_id == signed_in.actor.id,
                    SignIn.expires_at > self._clock.now(),
                )
                .order_by(SignIn.created_at.desc())
                .limit(200)
            )
            shown = [OwnSignInOut.model_validate(row) for row in rows]
        return OwnSignIns(
            items=[each.model_copy(update={"present": each.id == signed_in.id}) for each in shown]
        )

    async def end(self, signed_in: SignedIn, id: str) -> None:  # noqa: A002
        """End one of one's own sign-ins."""
        actor = signed_in.actor
        async with self._database.transaction(own_scope(actor)) as session:
            row = await session.get(SignIn, id)
            if row is None or (row.actor_kind, row.actor_id) != (actor.kind, actor.id):
                raise NotFound("There is no such sign-in.")
            await session.execute(delete(SignIn).where(SignIn.id == id))

    async def change_password(self, signed_in: SignedIn, body: PasswordChange) -> None:
        """A new password for oneself; all other sign-ins end."""
        await self.prove(signed_in, body.present, "body.present")
        actor = signed_in.actor
        password_hash = await self._passwords.hash(body.new)
        async with self._database.transaction(own_scope(actor)) as session:
            await self.accounts_of(actor).set_password(session, actor.id, password_hash)
            await end_sign_ins(session, actor.kind, actor.id, keep=signed_in.id)

    async def prove(self, signed_in: SignedIn, password: SecretStr, field: str) -> Account:
        """The own account, after its password was given once more; `Invalid` when it is wrong."""
        actor = signed_in.actor
        key = (actor.id, "proof")
        self._refuse_hurry((key,))
        async with self._database.reading() as session:
            account = await self.accounts_of(actor).by_id(session, actor.id)
        if account is None:
            raise NotSignedIn("This sign-in has ended.")
        if not await self._passwords.verify(account.password_hash, password):
            self._tries.failed(key, self._clock.monotonic())
            raise Invalid.field(field, "is not your password")
        return account

    def accounts_of(self, actor: Actor) -> Accounts:
        """Where the account of a person is kept; `Denied` for programs, who have none."""
        if actor.kind not in self._accounts:
            raise Denied("API clients have no password.")
        return self._accounts[actor.kind]

    async def _find(self, email: str) -> Account | None:
        async with self._database.reading() as session:
            for accounts in self._accounts.values():
                if found := await accounts.by_email(session, email):
                    return found
        return None

    async def _begin(self, account: Account, password: SecretStr, client: Client) -> SignInOut:
        outdated = account.password_hash and self._passwords.is_outdated(account.password_hash)
        fresh = await self._passwords.hash(password) if outdated else None
        token, now = new_token(), self._clock.now()
        actor = Actor(account.kind, account.id, account.name, account.tenant)
        row = SignIn(
            tenant_id=account.tenant,
            token_hash=hash_token(token),
            actor_kind=account.kind,
            actor_id=account.id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + SESSION,
            ip=client.address or None,
            user_agent=client.user_agent or None,
        )
        async with self._database.transaction(own_scope(actor)) as session:
            if fresh is not None:
                await self._accounts[account.kind].set_password(session, account.id, fresh)
            await drop_ended(session, account.tenant, now)
            session.add(row)
            note(session, own_scope(actor), "tenant:sign_in:created", (account.kind, account.id))
        return SignInOut(token=token, expires_at=row.expires_at)

    async def _seen(self, actor: Actor, id: str, now: datetime) -> None:  # noqa: A002
        async with self._database.transaction(own_scope(actor)) as session:
            await session.execute(update(SignIn).where(SignIn.id == id).values(last_seen_at=now))

    def _refuse_hurry(self, keys: Sequence[tuple[str, ...]]) -> None:
        now = self._clock.monotonic()
        waits = [
            (self._address_tries if len(key) == 1 else self._tries).wait(key, now) for key in keys
        ]
        if wait := max(waits):
            raise TooManyTries(wait)

    def _count_failure(self, keys: tuple[tuple[str, str], tuple[str]]) -> None:
        now = self._clock.monotonic()
        self._tries.failed(keys[0], now)
        self._address_tries.failed(keys[1], now)

    def _check_code(
        self, secret: str, code: str | None, keys: tuple[tuple[str, str], tuple[str]]
    ) -> None:
        """A code counts once: who looked over a shoulder must not use it again."""
        if code is None:
            raise NotSignedIn("Send the code of your authenticator too.", id="totp-required")
        now = self._clock.monotonic()
        fits = pyotp.TOTP(secret).verify(code, for_time=self._clock.now(), valid_window=1)
        if not fits or self._used_codes.wait((secret, code), now):
            self._count_failure(keys)
            raise NotSignedIn("This code is not right.", id="totp-wrong")
        self._used_codes.failed((secret, code), now)


async def drop_ended(session: AsyncSession, tenant: TenantId, now: datetime) -> None:
    """Delete the sign-ins of a tenant that have ended by themselves."""
    await session.execute(
        delete(SignIn).where(SignIn.tenant_id == tenant, SignIn.expires_at <= now)
    )


def own_scope(actor: Actor) -> Scope:
    """The scope of what concerns only the actor's own account."""
    if actor.tenant is None:
        raise NotSignedIn("Sign in first.")
    return Scope(actor.tenant, actor)
