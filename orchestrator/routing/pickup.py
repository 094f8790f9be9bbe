"""Whose ringing calls a person may take. Pure."""

from orchestrator.rights.rules import Right
from orchestrator.routing.plan import Person, TenantPlan


def may_pick_up(tenant: TenantPlan, picker: Person, person: Person) -> bool:
    """The right counts if any department of the picker grants it; where the tenant limits it, a
    department that both are in."""
    granting = {d for d, rights in picker.rights.items() if Right.DIVERT_TRANSFER_PICKUP in rights}
    if tenant.options.calls.pickup_own_department and picker != person:
        granting &= person.departments
    return bool(granting)
