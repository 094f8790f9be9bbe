"""Makes audit entries from the changes that a session is about to write."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from typing import TypedDict

from sqlalchemy import inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import History
from sqlalchemy.orm.state import InstanceState

from orchestrator.db.base import Base, utc_now
from orchestrator.types import ActorKind, Scope, new_id

MASK = "***"
"""Stands for a secret: the entry tells that it changed, never what it was."""

_STAMPS = frozenset({"created_at", "updated_at", "version", "tenant_id"})

Columns = dict[str, object]


class Entry(TypedDict):
    """The columns of one row of `audit_entries`."""

    id: str
    tenant_id: str
    actor_kind: ActorKind
    actor_id: str
    actor_name: str
    tag: str
    object_kind: str
    object_id: str
    before: Columns | None
    after: Columns | None
    ip: str | None
    at: datetime


def entries(session: Session, scope: Scope, ip: str | None) -> Iterator[Entry]:
    """One entry per added, changed and deleted row of audited models.

    To be called in `after_flush`: ids are set, and the history of attributes is still there.
    """
    for row in session.new:
        if _audited(row):
            yield _entry(scope, ip, row, "created", (None, _after(row)))
    for row in session.deleted:
        if _audited(row):
            yield _entry(scope, ip, row, "deleted", (_before(row), None))
    for row in session.dirty:
        if _audited(row):
            before, after = _difference(row)
            if after:
                yield _entry(scope, ip, row, "updated", (before, after))


def _audited(row: object) -> bool:
    return isinstance(row, Base) and row.__audited__


def _entry(
    scope: Scope,
    ip: str | None,
    row: object,
    action: str,
    sides: tuple[Columns | None, Columns | None],
) -> Entry:
    kind = _kind(row)
    return Entry(
        id=new_id(),
        tenant_id=_tenant(row) or scope.tenant,
        actor_kind=scope.actor.kind,
        actor_id=scope.actor.id,
        actor_name=scope.actor.name,
        tag=f"tenant:{kind}:{action}",
        object_kind=kind,
        object_id=str(getattr(row, "id", "")),
        before=sides[0],
        after=sides[1],
        ip=ip,
        at=utc_now(),
    )


def _tenant(row: object) -> str | None:
    """Whose history it is. A tenant's own row belongs to the parent, who outlives it."""
    tenant: str | None = getattr(row, "tenant_id", None) or getattr(row, "parent_id", None)
    return tenant


def _kind(row: object) -> str:
    """`outbound_rule` for OutboundRule."""
    name = type(row).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _columns(row: object) -> Iterator[tuple[str, History, bool]]:
    """Name, history and secrecy of every column of `row` that people may want to know."""
    state: InstanceState[object] = inspect(row)
    for attribute in state.mapper.column_attrs:
        if attribute.key not in _STAMPS:
            secret = bool(attribute.columns[0].info.get("secret"))
            yield attribute.key, state.attrs[attribute.key].history, secret


def _plain(value: object, secret: bool) -> object:
    """`value` as JSON may hold it."""
    if secret:
        return None if value is None else MASK
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value


def _after(row: object) -> Columns:
    return {
        key: _plain(history.sum()[0], secret)
        for key, history, secret in _columns(row)
        if history.sum() and history.sum()[0] is not None
    }


def _before(row: object) -> Columns:
    """What was stored: for a changed and then deleted row, the stored value, not the new one."""
    stored: Columns = {}
    for key, history, secret in _columns(row):
        values = [*(history.deleted or ()), *(history.unchanged or ())]
        if values and values[0] is not None:
            stored[key] = _plain(values[0], secret)
    return stored


def _difference(row: object) -> tuple[Columns, Columns]:
    before: Columns = {}
    after: Columns = {}
    for key, history, secret in _columns(row):
        if history.has_changes():
            old = history.deleted[0] if history.deleted else None
            new = history.added[0] if history.added else None
            before[key] = _plain(old, secret)
            after[key] = _plain(new, secret)
    return before, after
