"""Pure rules of the tenant tree."""

from enum import StrEnum

from orchestrator.errors import Denied
from orchestrator.types import TenantId


class TenantKind(StrEnum):
    """Where a tenant stands in the tree platform > reseller > customer."""

    PLATFORM = "platform"
    RESELLER = "reseller"
    CUSTOMER = "customer"


FROM_ABOVE = frozenset({"suspended", "max_calls", "max_users", "max_devices", "max_trunks"})
"""What a tenant may not decide about itself."""

_EMERGENCY = {"US": ("911",), "CA": ("911",), "GB": ("112", "999"), "AU": ("000", "112")}


def check_from_above(tenant: TenantId, own: TenantId | None, fields: set[str]) -> None:
    """Refuse a tenant's own operator to lift the limits that were set from above."""
    if own == tenant and fields & FROM_ABOVE:
        raise Denied(f"{', '.join(sorted(fields & FROM_ABOVE))}: only from above.")


def emergency_numbers(country: str) -> tuple[str, ...]:
    """What a new tenant may dial always. 112 where we know no better: GSM phones know it too."""
    return _EMERGENCY.get(country, ("112",))
