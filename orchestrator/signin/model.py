"""Tables of sign-in: sessions, API clients, and answers kept for repeated requests."""

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.db.base import SECRET, Base, Row, TenantOwned, utc_now, within_tenant, word
from orchestrator.types import ActorKind, Role, new_id


class SignIn(Base, TenantOwned):
    """One session. `token_hash` is the SHA-256 (hex) of the bearer token, which we never store."""

    __tablename__ = "sign_ins"
    __audited__ = False

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, info=SECRET)
    actor_kind: Mapped[ActorKind] = mapped_column(word(ActorKind))
    actor_id: Mapped[str] = mapped_column(String(36), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    last_seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    ip: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(300))


class ApiClient(Base, Row, TenantOwned):
    """A program that signs in by OAuth 2 client credentials, with a role as a user has one.

    `department_id` empty: the role holds everywhere in the tenant.
    """

    __tablename__ = "api_clients"
    __table_args__ = (within_tenant("department_id", "departments"),)

    name: Mapped[str] = mapped_column(String(80))
    client_id: Mapped[str] = mapped_column(String(64), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(255), info=SECRET)
    role: Mapped[Role] = mapped_column(word(Role))
    department_id: Mapped[str | None] = mapped_column(String(36), index=True)
    disabled: Mapped[bool] = mapped_column(default=False)
    last_used_at: Mapped[datetime | None]


class IdempotencyKey(Base, TenantOwned):
    """The answer to a POST, kept so that a repeated request gets the same one.

    `fingerprint` is the SHA-256 (hex) of method, path and body. `status` and `response` are
    empty while the first request runs.
    """

    __tablename__ = "idempotency_keys"
    __audited__ = False
    __table_args__ = (UniqueConstraint("tenant_id", "actor_id", "key"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    actor_id: Mapped[str] = mapped_column(String(36))
    key: Mapped[str] = mapped_column(String(128))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    response: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(index=True)
