"""The audit log, for reading: the session hook of `db/session.py` writes it."""

from orchestrator.audit.model import AuditEntry
from orchestrator.audit.schemas import AuditOut, AuditQuery
from orchestrator.db.paging import fetch_page
from orchestrator.db.scope import select_in
from orchestrator.db.session import Database
from orchestrator.rights.rules import Right, require
from orchestrator.schemas import Page
from orchestrator.types import Scope


class AuditService:
    """Use cases of the audit log; only those who run the whole tenant may read it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, scope: Scope, query: AuditQuery) -> Page[AuditOut]:
        """Entries of the tenant, newest first."""
        require(scope.actor, Right.STORAGE_AND_MAINTENANCE)
        statement = select_in(scope, AuditEntry)
        for name in ("object_kind", "object_id", "actor_id"):
            if (value := getattr(query, name)) is not None:
                statement = statement.where(getattr(AuditEntry, name) == value)
        if query.since is not None:
            statement = statement.where(AuditEntry.at >= query.since)
        if query.until is not None:
            statement = statement.where(AuditEntry.at < query.until)
        async with self._database.reading() as session:
            rows, following = await fetch_page(
                session, statement, query, keys={"at": AuditEntry.at}, id_column=AuditEntry.id
            )
            return Page(items=[AuditOut.model_validate(row) for row in rows], next=following)
