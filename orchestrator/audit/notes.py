"""Audit entries for what changes no row: entering a tenant, revealing a secret, signing in."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.audit.model import AuditEntry
from orchestrator.db.origin import ORIGIN
from orchestrator.types import Scope


def note(session: AsyncSession, scope: Scope, tag: str, thing: tuple[str, str]) -> None:
    """Add an entry with `tag` (`subject:thing:action`) about `thing` (kind, id)."""
    session.add(
        AuditEntry(
            tenant_id=scope.tenant,
            actor_kind=scope.actor.kind,
            actor_id=scope.actor.id,
            actor_name=scope.actor.name,
            tag=tag,
            object_kind=thing[0],
            object_id=thing[1],
            ip=ORIGIN.get(),
        )
    )


async def is_noted(session: AsyncSession, scope: Scope, tag: str, thing: tuple[str, str]) -> bool:
    """Whether such an entry is there already."""
    found = await session.scalar(
        select(AuditEntry.id)
        .where(
            AuditEntry.tenant_id == scope.tenant,
            AuditEntry.tag == tag,
            AuditEntry.object_kind == thing[0],
            AuditEntry.object_id == thing[1],
        )
        .limit(1)
    )
    return found is not None
