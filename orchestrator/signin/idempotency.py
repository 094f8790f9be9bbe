"""Answers kept for repeated requests: the same `Idempotency-Key` acts once."""

import re
from dataclasses import dataclass
from datetime import timedelta

import orjson
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.clock import Clock
from orchestrator.db.errors import Taken
from orchestrator.db.session import Database
from orchestrator.errors import Conflict, Invalid, NotSignedIn
from orchestrator.signin.model import IdempotencyKey
from orchestrator.types import Actor, Scope, TenantId

KEPT_FOR = timedelta(days=1)

_KEY = re.compile(r"[!-~]{1,128}")


@dataclass(frozen=True, slots=True)
class Kept:
    """The first answer to a request; `headers` are the few worth repeating."""

    status: int
    body: bytes
    headers: dict[str, str]


class IdempotencyService:
    """One row per actor and key: made before the work, filled after it, gone after a failure."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, actor: Actor, key: str, fingerprint: str) -> Kept | None:
        """None: go on, the key is yours. Else the answer to repeat.

        Raises `Conflict` when the key was used for another request (`key-reused`), and while the
        first request still runs (`still-running`).
        """
        if not _KEY.fullmatch(key):
            raise Invalid.field("header.Idempotency-Key", "must be 1 to 128 visible characters")
        scope = _scope(actor)
        try:
            async with self._database.transaction(scope) as session:
                await self._drop_old(session, scope)
                row = await self._row(session, scope, key)
                if row is None:
                    session.add(
                        IdempotencyKey(
                            tenant_id=scope.tenant,
                            actor_id=actor.id,
                            key=key,
                            fingerprint=fingerprint,
                            expires_at=self._clock.now() + KEPT_FOR,
                        )
                    )
                    return None
                return _replayed(row, fingerprint)
        except Taken as error:
            raise _running() from error

    async def finish(self, actor: Actor, key: str, answer: Kept) -> None:
        """Keep the answer."""
        response = orjson.dumps([answer.body.decode(), answer.headers]).decode()
        await self._write(actor, key, {"status": answer.status, "response": response})

    async def forget(self, actor: Actor, key: str) -> None:
        """The work failed: the next request with this key tries again."""
        scope = _scope(actor)
        async with self._database.transaction(scope) as session:
            await session.execute(delete(IdempotencyKey).where(*_own(scope, key)))

    async def _write(self, actor: Actor, key: str, values: dict[str, int | str]) -> None:
        scope = _scope(actor)
        async with self._database.transaction(scope) as session:
            await session.execute(update(IdempotencyKey).where(*_own(scope, key)).values(values))

    async def _row(self, session: AsyncSession, scope: Scope, key: str) -> IdempotencyKey | None:
        found: IdempotencyKey | None = await session.scalar(
            select(IdempotencyKey).where(*_own(scope, key))
        )
        return found

    async def _drop_old(self, session: AsyncSession, scope: Scope) -> None:
        old = IdempotencyKey.expires_at < self._clock.now()
        await session.execute(
            delete(IdempotencyKey).where(IdempotencyKey.tenant_id == scope.tenant, old)
        )


def _own(scope: Scope, key: str) -> tuple[ColumnElement[bool], ...]:
    return (
        IdempotencyKey.tenant_id == scope.tenant,
        IdempotencyKey.actor_id == scope.actor.id,
        IdempotencyKey.key == key,
    )


def _scope(actor: Actor) -> Scope:
    """Keys live in the actor's own tenant, whatever tenant the request is about."""
    if actor.tenant is None:
        raise NotSignedIn("Sign in first.")
    return Scope(TenantId(actor.tenant), actor)


def _replayed(row: IdempotencyKey, fingerprint: str) -> Kept:
    if row.fingerprint != fingerprint:
        raise Conflict("This key was used for another request.", id="key-reused")
    if row.status is None or row.response is None:
        raise _running()
    body, headers = orjson.loads(row.response)
    return Kept(row.status, body.encode(), headers)


def _running() -> Conflict:
    return Conflict("The first request with this key still runs.", id="still-running")
