"""Routes of the audit log."""

from orchestrator.audit.schemas import AuditPage, AuditQuery
from orchestrator.audit.service import AuditService
from orchestrator.rights.rules import Right
from orchestrator.web.crud import Noun, list_route
from orchestrator.web.routes import Route

_NOUN = Noun(
    "audit-entries",
    "audit entry",
    Right.STORAGE_AND_MAINTENANCE,
    Right.STORAGE_AND_MAINTENANCE,
)


def audit_routes(service: AuditService) -> list[Route]:
    return [list_route(_NOUN, service, AuditQuery, AuditPage)]
