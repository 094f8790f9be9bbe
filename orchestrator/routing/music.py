"""What waiting callers hear: which class of Asterisk's music on hold. Pure.

A class is named by the id of its playlist (`asterisk/music.py`); `DEFAULT` is the product's own.
"""

from orchestrator.routing.plan import TenantPlan

DEFAULT = "default"


def music_of(tenant: TenantPlan, department: str | None, own: str | None = None) -> str:
    """`own` of the object that the call waits at, else that of the department, else that of the
    tenant. A playlist without tracks is passed over."""
    line = tenant.departments.get(department or "")
    for wanted in (own, line.music if line else None, tenant.options.calls.music):
        if wanted is not None and wanted in tenant.playlists:
            return wanted
    return DEFAULT
